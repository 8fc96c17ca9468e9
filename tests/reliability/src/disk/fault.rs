//! Calls that fail.

use std::io;
use std::path::{Path, PathBuf};

use thermocline_testing::Random;

/// What is asked of the disk or of the object store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the call of its name")]
pub enum Call {
    Create,
    Append,
    Read,
    Map,
    Len,
    Write,
    Sync,
    Rename,
    Remove,
    List,
    MakeDir,
    SyncDir,
    Lock,
    Put,
    Get,
    Delete,
    ListObjects,
}

impl Call {
    /// Whether it changes anything, so that it can succeed and yet report an error.
    #[must_use]
    pub fn changes(self) -> bool {
        matches!(
            self,
            Self::Create
                | Self::Rename
                | Self::Remove
                | Self::SyncDir
                | Self::Put
                | Self::Delete
                | Self::MakeDir
                | Self::Append
        )
    }

    /// Whether it takes room on a local disk.
    #[must_use]
    pub fn takes_room(self) -> bool {
        matches!(
            self,
            Self::Create
                | Self::Write
                | Self::Sync
                | Self::MakeDir
                | Self::Rename
                | Self::SyncDir
                | Self::Lock
                | Self::Put
        )
    }
}

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// With EIO, and nothing is done.
    Eio,
    /// With ENOSPC, and nothing is done.
    Enospc,
    /// With EINTR, and nothing is done.
    Eintr,
    /// A write takes only a half of the bytes.
    Short,
    /// With EIO, although everything is done.
    Done,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Eio,
        Self::Enospc,
        Self::Eintr,
        Self::Short,
        Self::Done,
    ];

    /// Whether a call can fail this way.
    #[must_use]
    pub fn fits(self, call: Call) -> bool {
        match self {
            Self::Eio => true,
            Self::Eintr => !matches!(
                call,
                Call::Put | Call::Get | Call::Delete | Call::ListObjects
            ),
            Self::Enospc => call.takes_room(),
            Self::Short => call == Call::Write,
            Self::Done => call.changes(),
        }
    }

    /// The error, with the number that Linux gives it.
    #[must_use]
    pub fn error(self) -> io::Error {
        io::Error::from_raw_os_error(match self {
            Self::Eio | Self::Short | Self::Done => 5,
            Self::Enospc => 28,
            Self::Eintr => 4,
        })
    }
}

/// A call that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// The call.
    pub call: Call,
    /// How it failed.
    pub fault: Fault,
    /// The file, directory or object.
    pub path: PathBuf,
}

/// How long a fault stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lasts {
    /// For one call.
    Once,
    /// For every later call of the same kind, while others go well.
    OfItsKind,
    /// For every later call that can fail this way.
    ForEver,
}

/// Which calls fail.
#[derive(Debug, Clone, Default)]
pub enum Faults {
    /// None.
    #[default]
    None,
    /// The one after so many that this fault fits, and perhaps others after it.
    Countdown {
        /// Calls that go well before.
        after: u64,
        /// The fault.
        fault: Fault,
        /// Which later ones fail too.
        lasts: Lasts,
    },
    /// Every one of a kind.
    Every {
        /// The call.
        call: Call,
        /// The fault.
        fault: Fault,
    },
    /// The next one of a kind on a path that ends like this.
    At {
        /// The call.
        call: Call,
        /// The end of the path.
        path: &'static str,
        /// The fault.
        fault: Fault,
    },
    /// Every one that asks for room. (Disks that promise room and find out at the
    /// sync that there is none are [`Fault::Enospc`] at a sync.)
    Full,
    /// One in so many, at random.
    Chance {
        /// How rare.
        one_in: usize,
        /// Whose turn it is.
        random: Random,
    },
}

impl Faults {
    /// What happens to the next call.
    pub(super) fn next(&mut self, call: Call, what: &Path) -> Option<Fault> {
        match self {
            Self::None => None,
            Self::At {
                call: wanted,
                path,
                fault,
            } => {
                let fault = *fault;
                if call != *wanted || !what.to_string_lossy().ends_with(*path) {
                    return None;
                }
                *self = Self::None;
                Some(fault)
            }
            Self::Full => matches!(call, Call::Create | Call::Write | Call::MakeDir | Call::Put)
                .then_some(Fault::Enospc),
            Self::Countdown {
                after,
                fault,
                lasts,
            } => {
                let fault = *fault;
                if !fault.fits(call) {
                    return None;
                }
                if *after > 0 {
                    *after -= 1;
                    return None;
                }
                match lasts {
                    Lasts::Once => *self = Self::None,
                    Lasts::OfItsKind => *self = Self::Every { call, fault },
                    Lasts::ForEver => {}
                }
                Some(fault)
            }
            Self::Every {
                call: failing,
                fault,
            } => (call == *failing).then_some(*fault),
            Self::Chance { one_in, random } => {
                if !random.one_in(*one_in) {
                    return None;
                }
                let fault = Fault::ALL.get(random.below(Fault::ALL.len())).copied()?;
                fault.fits(call).then_some(fault)
            }
        }
    }
}
