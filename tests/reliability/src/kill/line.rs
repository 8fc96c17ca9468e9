//! What a child says, one line each.

use std::fmt;
use std::str::FromStr;

use crate::failure::Failure;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// A batch is about to be appended.
    Ask { batch: usize },
    /// It has a receipt.
    Ack {
        batch: usize,
        lsn: u64,
        /// Whether the receipt says that it is on the disk.
        disk: bool,
    },
    /// A promise was broken before the eyes of the child.
    Broke(String),
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ask { batch } => writeln!(f, "ask {batch}"),
            Self::Ack { batch, lsn, disk } => writeln!(f, "ack {batch} {lsn} {disk}"),
            Self::Broke(what) => writeln!(f, "broke {}", what.replace('\n', " ")),
        }
    }
}

impl FromStr for Line {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        let parse = || {
            let (word, rest) = text.split_once(' ')?;
            let mut numbers = rest.split(' ');
            let mut next = || numbers.next();
            Some(match word {
                "ask" => Self::Ask {
                    batch: next()?.parse().ok()?,
                },
                "ack" => Self::Ack {
                    batch: next()?.parse().ok()?,
                    lsn: next()?.parse().ok()?,
                    disk: next()?.parse().ok()?,
                },
                "broke" => Self::Broke(rest.to_owned()),
                _ => return None,
            })
        };
        parse().ok_or_else(|| Failure::new(format!("the child said `{text}`")))
    }
}
