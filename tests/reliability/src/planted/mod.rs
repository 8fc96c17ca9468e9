//! Bugs that the machinery must find: the proof that it can fail.
//!
//! They live between the store and its disk, never in the product. Each makes
//! the store behave as if a step had been forgotten.

mod liar;

pub use liar::Liar;

use crate::failure::{Failure, Outcome};
use crate::power;
use crate::simulation::{self, Options};

/// One bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lie {
    /// The log is not synced.
    LogNotSynced,
    /// The manifest is not synced.
    ManifestNotSynced,
    /// A warm file is renamed before it is synced.
    WarmNotSynced,
    /// The directory of the log is not synced.
    LogDirNotSynced,
    /// The directory of the manifest is not synced.
    ManifestDirNotSynced,
    /// The directories of warm files are not synced.
    WarmDirNotSynced,
    /// New directories are not synced.
    NewDirsNotSynced,
    /// A warm file is removed as soon as its cold object is written, before the
    /// manifest says so.
    SourceGoneEarly,
    /// The log is trimmed as soon as a warm file has its name, before the
    /// manifest says so.
    LogTrimmedEarly,
    /// Warm files are written wrong, and what is read back is not what is on
    /// the disk.
    NotReadBack,
    /// What a failed sync may have lost is not written again at opening.
    NotRewritten,
    /// A torn end is not cut off.
    TornEndKept,
    /// Half of a write of the log is forgotten.
    HalfWritten,
    /// Two processes may write at the same time.
    NotLocked,
}

impl Lie {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::LogNotSynced,
        Self::ManifestNotSynced,
        Self::WarmNotSynced,
        Self::LogDirNotSynced,
        Self::ManifestDirNotSynced,
        Self::WarmDirNotSynced,
        Self::NewDirsNotSynced,
        Self::SourceGoneEarly,
        Self::LogTrimmedEarly,
        Self::NotReadBack,
        Self::NotRewritten,
        Self::TornEndKept,
        Self::HalfWritten,
        Self::NotLocked,
    ];
}

/// Searches seeds for one that finds the bug. Returns how many it took, and how
/// the bug showed.
///
/// # Errors
/// When none of `seeds` finds it.
pub fn hunt(lie: Lie, seeds: u64) -> Outcome<(u64, Failure)> {
    let options = Options {
        lie: Some(lie),
        ..Options::default()
    };
    for seed in 0..seeds {
        let found = caught(|| simulation::run(seed, options).1)
            .or_else(|| caught(|| power::run_with(seed, 20, Some(lie)).map(|_| ())));
        if let Some(found) = found {
            return Ok((seed + 1, found));
        }
    }
    Err(Failure::new(format!(
        "{lie:?} was not found by {seeds} seeds"
    )))
}

/// A panic counts as found too.
fn caught(run: impl FnOnce() -> Outcome) -> Option<Failure> {
    crate::campaign::caught(run).err()
}
