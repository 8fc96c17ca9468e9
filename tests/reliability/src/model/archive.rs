//! The jobs of an archive: which rows each must have brought into its table.
//!
//! A job is the rows 0, 1, 2 and so on of a sequence that its number decides. Its table has
//! the first so many of them, and never fewer than before.

use std::collections::{BTreeMap, BTreeSet};

use super::row::{Cell, Row, cell};
use super::{At, Change};
use crate::failure::{Failure, Outcome, ensure};

/// A job's rows have keys from its number times this on.
pub const JOB: i64 = 1_000_000;

/// The key column of archived tables.
pub const KEY: &str = "k";

/// One job.
#[derive(Debug, Clone, Default)]
pub struct JobFacts {
    /// Numbers of rows up to which a call was to bring the table, and since when.
    asked: Vec<(At, u64)>,
    /// Numbers of rows that were promised, or seen, to be in the table.
    promised: Vec<(At, u64)>,
    /// Its end.
    finished: Option<Change>,
    /// Runs that have begun.
    begun: usize,
    /// Runs under way.
    running: usize,
}

/// The begin of one run.
#[derive(Debug, Clone, Copy)]
pub struct Begun {
    /// Runs of the job that had begun with it.
    number: usize,
    /// Whether no other was under way.
    alone: bool,
}

/// What the newest version of an archive's table was found to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenArchive {
    /// Its name.
    pub table: String,
    /// The version.
    pub version: u64,
    /// All of its rows.
    pub rows: Vec<Row>,
}

/// How many rows of each job a version has.
pub type Counts = BTreeMap<usize, u64>;

/// All jobs of one archive.
#[derive(Debug, Clone, Default)]
pub struct ArchiveFacts {
    jobs: BTreeMap<usize, JobFacts>,
    /// What versions were seen to have, by table.
    versions: BTreeMap<(String, u64), Counts>,
}

impl ArchiveFacts {
    /// Whether anything was ever archived.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    /// The table of a job.
    #[must_use]
    pub fn table(job: usize) -> &'static str {
        if job.is_multiple_of(3) { "b" } else { "a" }
    }

    /// How many rows it has in all.
    #[must_use]
    pub fn rows(job: usize) -> u64 {
        (job as u64).wrapping_mul(37) % 90
    }

    /// A run of a job begins.
    pub fn begin(&mut self, job: usize) -> Begun {
        let facts = self.jobs.entry(job).or_default();
        facts.begun += 1;
        facts.running += 1;
        Begun {
            number: facts.begun,
            alone: facts.running == 1,
        }
    }

    /// A run is over, or was given up.
    pub fn end(&mut self, job: usize) {
        if let Some(facts) = self.jobs.get_mut(&job) {
            facts.running = facts.running.saturating_sub(1);
        }
    }

    /// Whether another run of the job was under way at the same time as this one.
    #[must_use]
    pub fn had_others(&self, job: usize, begun: Begun) -> bool {
        let facts = self.jobs.get(&job);
        !begun.alone || facts.is_some_and(|facts| facts.begun > begun.number)
    }

    /// A call is about to be made that may bring the job to this number of rows; with
    /// `last`, to its end.
    pub fn ask(&mut self, job: usize, total: u64, last: bool, at: At) {
        let facts = self.jobs.entry(job).or_default();
        facts.asked.push((at, total));
        if last {
            facts.finished.get_or_insert(Change::asked(at));
        }
    }

    /// The job has at least this many rows in its table.
    pub fn promise(&mut self, job: usize, total: u64, at: At) {
        self.jobs.entry(job).or_default().promised.push((at, total));
    }

    /// The job has no more rows.
    pub fn finished(&mut self, job: usize, at: At) {
        let facts = self.jobs.entry(job).or_default();
        let finished = facts.finished.get_or_insert(Change::asked(at));
        finished.done.get_or_insert(at);
    }

    /// How many rows must be in the table.
    #[must_use]
    pub fn least(&self, job: usize, at: At) -> u64 {
        let promised = self.jobs.get(&job).map(|facts| facts.promised.as_slice());
        let known = promised
            .into_iter()
            .flatten()
            .filter(|(when, _)| *when <= at);
        known.map(|(_, total)| *total).max().unwrap_or(0)
    }

    /// Checks the number of rows that a job was said, or seen, to have between two times.
    ///
    /// # Errors
    /// When some are missing, or it is no number that a call has made.
    pub fn check_rows(&self, job: usize, rows: u64, from: At, to: At) -> Outcome {
        let least = self.least(job, from);
        ensure(rows >= least, || {
            format!("job {job} has {rows} rows in its table, and {least} were promised")
        })?;
        let facts = self.jobs.get(&job);
        let asked = facts.map(|facts| facts.asked.as_slice());
        let mut asked = asked.into_iter().flatten();
        let known = rows == 0 || asked.any(|(when, total)| *when <= to && *total == rows);
        ensure(known, || {
            format!("job {job} has {rows} rows in its table, where no call ends: {facts:?}")
        })
    }

    /// Checks whether a job that begins is said to be at its end.
    ///
    /// # Errors
    /// When that is not as it was promised.
    pub fn check_end(&self, job: usize, done: bool, rows: u64, from: At, to: At) -> Outcome {
        let facts = self.jobs.get(&job);
        let finished = facts.and_then(|facts| facts.finished);
        ensure(done || !finished.is_some_and(|f| f.must(from)), || {
            format!("job {job} has finished, and is said to have more rows: {facts:?}")
        })?;
        ensure(!done || finished.is_some_and(|f| f.may(to)), || {
            format!("job {job} is said to have finished, and has not: {facts:?}")
        })?;
        let all = Self::rows(job);
        ensure(!done || rows == all, || {
            format!("job {job} has finished with {rows} rows of {all}")
        })
    }

    /// Checks a version that was the newest at some time between these, and remembers it.
    ///
    /// # Errors
    /// When a row is missing, there twice or wrong.
    pub fn check(&mut self, seen: &SeenArchive, from: At, to: At) -> Outcome {
        let counts = counts(&seen.rows).map_err(|f| {
            f.at(format!(
                "version {} of archive `{}`",
                seen.version, seen.table
            ))
        })?;
        let jobs: BTreeSet<usize> = self.jobs.keys().chain(counts.keys()).copied().collect();
        for job in jobs {
            let rows = counts.get(&job).copied().unwrap_or(0);
            if Self::table(job) != seen.table {
                ensure(rows == 0, || {
                    format!("rows of job {job} are in table `{}`", seen.table)
                })?;
                continue;
            }
            self.check_rows(job, rows, from, to)?;
            self.promise(job, rows, to);
        }
        self.check_version(&seen.table, seen.version, &counts)
    }

    /// Checks a version that may be an old one.
    ///
    /// # Errors
    /// When it is not as it was seen before.
    pub fn check_version(&mut self, table: &str, version: u64, found: &Counts) -> Outcome {
        let known = self
            .versions
            .entry((table.to_owned(), version))
            .or_insert_with(|| found.clone());
        ensure(known == found, || {
            format!("version {version} of archive `{table}` had {known:?}, and now {found:?}")
        })
    }

    /// The versions that were seen.
    #[must_use]
    pub fn versions(&self) -> Vec<(String, u64)> {
        self.versions.keys().cloned().collect()
    }

    /// Checks that no table with promised rows is missing.
    ///
    /// # Errors
    /// When one is.
    pub fn check_tables(&self, seen: &[SeenArchive], from: At) -> Outcome {
        for job in self.jobs.keys() {
            let (table, least) = (Self::table(*job), self.least(*job, from));
            let found = seen.iter().any(|seen| seen.table == table);
            ensure(found || least == 0, || {
                format!("archive `{table}` is not there, and job {job} has {least} rows in it")
            })?;
        }
        Ok(())
    }

    /// The same facts on a new disk that holds everything that the old one was promised.
    pub(super) fn rebase(&mut self) {
        for facts in self.jobs.values_mut() {
            facts.running = 0;
            let times = facts.asked.iter_mut().chain(&mut facts.promised);
            times.for_each(|(when, _)| *when = 0);
            if let Some(finished) = &mut facts.finished {
                finished.asked = 0;
                finished.done = finished.done.map(|_| 0);
            }
        }
    }
}

/// How many rows of each job are among these: the first so many of each, once.
///
/// # Errors
/// When they are not, or one of them is wrong.
pub fn counts(rows: &[Row]) -> Outcome<Counts> {
    let mut found: BTreeMap<usize, BTreeSet<i64>> = BTreeMap::new();
    for row in rows {
        let Some(Cell::Int(key)) = row.get(KEY) else {
            return Err(Failure::new(format!("a row without a key: {row:?}")));
        };
        for (column, value) in row {
            let expected = cell(*key, column, true);
            ensure(*value == expected, || {
                format!("row {key}: `{column}` is {value:?} instead of {expected:?}")
            })?;
        }
        let job = usize::try_from(key.div_euclid(JOB)).unwrap_or(usize::MAX);
        ensure(
            found.entry(job).or_default().insert(key.rem_euclid(JOB)),
            || format!("row {key} is there twice"),
        )?;
    }
    for (job, rows) in &found {
        let whole = rows.iter().copied().eq((0..).take(rows.len()));
        ensure(whole, || {
            format!("job {job} has rows {rows:?}, which is no beginning of it")
        })?;
    }
    let sized = found
        .into_iter()
        .map(|(job, rows)| (job, rows.len() as u64));
    Ok(sized.collect())
}
