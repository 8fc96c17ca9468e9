//! The versions of cold tables: what each was seen to have.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::row::Row;
use super::{Answer, At, Filter, Model};
use crate::failure::{Outcome, ensure};

/// Microseconds since 1970.
pub type Micros = i64;

/// What is known of the versions of all cold tables.
#[derive(Debug, Clone, Default)]
pub struct ColdFacts {
    /// By the table's number and the version's.
    versions: BTreeMap<(usize, u64), Version>,
    /// The shortest time for which anybody has said that old files are kept.
    keep: Option<Duration>,
}

/// One version.
#[derive(Debug, Clone)]
struct Version {
    /// The keys of its rows.
    keys: BTreeSet<i64>,
    /// When it was last seen to be the newest.
    newest: Option<Micros>,
}

impl ColdFacts {
    /// Files are kept for so long, or not even that any more.
    pub fn keeps(&mut self, keep: Duration) {
        self.keep = Some(self.keep.map_or(keep, |before| before.min(keep)));
    }

    /// The versions of a table that were seen.
    #[must_use]
    pub fn versions(&self, table: usize) -> Vec<u64> {
        let of_table = self.versions.range((table, 0)..=(table, u64::MAX));
        of_table.map(|((_, version), _)| *version).collect()
    }

    /// Whether files that were in a table at one time are certainly there at another. Times in
    /// the log are whole milliseconds.
    #[must_use]
    pub fn are_kept(&self, since: Micros, now: Micros) -> bool {
        let keep = self.keep.unwrap_or_default().as_micros();
        u128::from(now.abs_diff(since)) + 2_000 < keep
    }

    /// Whether a version must be readable now.
    #[must_use]
    pub fn is_kept(&self, table: usize, version: u64, now: Micros) -> bool {
        let known = self.versions.get(&(table, version));
        let newest = known.and_then(|known| known.newest);
        newest.is_some_and(|since| self.are_kept(since, now))
    }
}

impl Model {
    /// Checks the rows of a version of a cold table, and remembers them. `newest` is when it
    /// was the newest one, if it was.
    ///
    /// # Errors
    /// When a row was never written or is lost, there twice or wrong; when the version had
    /// other rows before; or when a later one lacks some of them.
    pub fn check_cold(
        &mut self,
        table: usize,
        version: u64,
        rows: &[Row],
        newest: Option<Micros>,
        at: At,
    ) -> Outcome {
        let found = self.group(&Answer {
            table,
            lsn: u64::MAX,
            filter: &Filter::All,
            rows,
        })?;
        for number in found.keys() {
            let facts = self.batches.get(*number);
            let may = facts.is_some_and(|f| f.asked <= at && f.lost.is_none());
            ensure(may, || {
                format!(
                    "version {version} of cold table {table} has rows of batch {number}: {facts:?}"
                )
            })?;
        }
        if self
            .tables
            .get(table)
            .is_none_or(|facts| facts.dropped.is_some())
        {
            return Ok(());
        }
        let keys: BTreeSet<i64> = found.into_values().flatten().collect();
        let is_within = |earlier: &BTreeSet<i64>, later: &BTreeSet<i64>| {
            let mut gone = earlier.difference(later);
            gone.all(|key| self.may_be_gone(table, *key, at))
        };
        let versions = &self.cold.versions;
        let describe = |other: u64, then: &BTreeSet<i64>| {
            format!(
                "version {version} of cold table {table} has {} rows, and {other} had {}; only the first has {:?}, only the second {:?}",
                keys.len(),
                then.len(),
                keys.difference(then).next(),
                then.difference(&keys).next()
            )
        };
        // Nothing of a table that is cold ever ceases to be, unless a policy forgets it.
        if let Some(((_, other), then)) = versions.range((table, 0)..(table, version)).next_back() {
            ensure(is_within(&then.keys, &keys), || {
                describe(*other, &then.keys)
            })?;
        }
        let behind = (table, version + 1)..=(table, u64::MAX);
        if let Some(((_, other), then)) = versions.range(behind).next() {
            ensure(is_within(&keys, &then.keys), || {
                describe(*other, &then.keys)
            })?;
        }
        if let Some(then) = versions.get(&(table, version)) {
            ensure(then.keys == keys, || describe(version, &then.keys))?;
        }
        let versions = &mut self.cold.versions;
        let known = versions
            .entry((table, version))
            .or_insert(Version { keys, newest: None });
        known.newest = known.newest.max(newest);
        Ok(())
    }
}
