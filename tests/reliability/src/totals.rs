//! What was tried over many runs of the program, kept in a file.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Outcome};

/// What the totals have to reach, once before a version is published.
pub const SEEDS: u64 = 500_000;
/// Images of power cuts.
pub const IMAGES: u64 = 1_000_000;
/// Killed processes.
pub const KILLS: u64 = 3_000;
/// Seconds of each fuzz target.
pub const SECONDS: u64 = 20 * 60;

/// Running totals.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Seeds of the simulator; the first ones, without a hole.
    pub seeds: u64,
    /// Calls of clients in them.
    pub calls: u64,
    /// Power cuts in them.
    pub power_cuts: u64,
    /// Calls of the disk that failed in them.
    pub failed_calls: u64,
    /// Seeds whose histories power cuts were tried on.
    pub histories: u64,
    /// Images of power cuts that a store was opened from.
    pub images: u64,
    /// Stores whose processes were killed.
    pub killed_stores: u64,
    /// Processes that were killed.
    pub kills: u64,
    /// Receipts that they had given.
    pub receipts: u64,
    /// Each fuzz target.
    pub fuzz: BTreeMap<String, Fuzzed>,
}

/// Totals of one fuzz target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fuzzed {
    /// Time spent, in seconds.
    pub seconds: u64,
    /// Inputs tried.
    pub mutations: u64,
}

impl Totals {
    /// Reads the totals; a file that is not there has none yet.
    ///
    /// # Errors
    /// When the file cannot be read, or holds something else.
    pub fn load(path: &Path) -> Outcome<Self> {
        let named = |e: &dyn fmt::Display| Failure::new(format!("{}: {e}", path.display()));
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = read(path).map_err(|e| named(&e))?;
        serde_json::from_str(&text).map_err(|e| named(&e))
    }

    /// Writes the totals, whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn store(&self, path: &Path) -> Outcome {
        let named = |e: &dyn fmt::Display| Failure::new(format!("{}: {e}", path.display()));
        let mut text = serde_json::to_string_pretty(self).map_err(|e| named(&e))?;
        text.push('\n');
        replace(path, &text).map_err(|e| named(&e))
    }

    /// Seconds of the target that had fewest.
    #[must_use]
    pub fn least_fuzzed(&self, targets: &[&str]) -> u64 {
        let seconds = targets
            .iter()
            .map(|name| self.fuzz.get(*name).map_or(0, |fuzzed| fuzzed.seconds));
        seconds.min().unwrap_or(0)
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} seeds ({} calls, {} power cuts, {} failed calls), {} images, {} kills ({} receipts)",
            self.seeds,
            self.calls,
            self.power_cuts,
            self.failed_calls,
            self.images,
            self.kills,
            self.receipts
        )?;
        for (name, fuzzed) in &self.fuzz {
            write!(f, ", {name} {} s", fuzzed.seconds)?;
        }
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "a file of this program")]
fn read(path: &Path) -> std::io::Result<String> {
    std::fs::read_to_string(path)
}

#[expect(clippy::disallowed_methods, reason = "a file of this program")]
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let aside = path.with_extension("new");
    std::fs::write(&aside, text)?;
    std::fs::rename(&aside, path)
}
