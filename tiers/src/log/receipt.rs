//! What a writer gets for its rows.

use std::fmt;
use std::str::FromStr;
use std::sync::Weak;

use crate::error::{Error, Result};
use crate::layout::TableId;
use crate::lsn::Lsn;
use crate::mover::wait_remote;
use crate::store::Core;

/// How safe a write must be before its receipt is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub enum Durability {
    /// In the memory of this process, visible to its queries. Lost with the
    /// process, until the next group commit has written it.
    Memory,
    /// In the log, synced to the disk.
    #[default]
    Disk,
    /// In a commit of the cold Delta table, for every engine to see.
    Remote,
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memory => "memory",
            Self::Disk => "disk",
            Self::Remote => "remote",
        })
    }
}

impl FromStr for Durability {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "memory" => Ok(Self::Memory),
            "disk" => Ok(Self::Disk),
            "remote" => Ok(Self::Remote),
            _ => Err(Error::invalid(format!(
                "`{text}` is no durability; use `memory`, `disk` or `remote`"
            ))),
        }
    }
}

/// The word of the store that it has a write.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The write's place in the order of all writes.
    pub lsn: Lsn,
    /// How safe it was when the receipt was given.
    pub durability: Durability,
    pub(crate) table: TableId,
    pub(crate) core: Weak<Core>,
}

impl Receipt {
    /// Waits until the write is at least as safe as `durability`.
    ///
    /// Waiting for `Remote` makes the mover seal and move the rows to cold within
    /// [`Settings::remote_delay`](crate::Settings::remote_delay), and later ones of the
    /// table with them; a store without its background mover needs
    /// [`Store::step`](crate::Store::step). Rows that are dropped before count as safe.
    ///
    /// # Errors
    /// When the log cannot be written, or the store was closed before.
    pub async fn wait(&self, durability: Durability) -> Result<()> {
        if durability <= self.durability {
            return Ok(());
        }
        let Some(core) = self.core.upgrade() else {
            return Err(Error::cancelled(
                "the store was closed before the write was known to be safe",
            ));
        };
        core.log.wait(self.lsn).await?;
        drop(core);
        if durability == Durability::Remote {
            wait_remote(&self.core, self.table, self.lsn).await?;
        }
        Ok(())
    }
}
