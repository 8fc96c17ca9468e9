//! The name of a job, and what is named after it.

use crate::error::{Error, Result};

/// The longest name, in bytes: it is a part of file names.
const MAX_BYTES: usize = 128;

/// The rows that somebody archives, in their order, under a name of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job(String);

impl Job {
    /// # Errors
    /// When it cannot be a part of a file's name.
    pub(super) fn new(name: &str) -> Result<Self> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let starts_well = name.starts_with(|c: char| c.is_ascii_alphanumeric());
        if starts_well && name.len() <= MAX_BYTES && name.chars().all(is_plain) {
            return Ok(Self(name.to_owned()));
        }
        Err(Error::invalid(format!(
            "`{}` cannot be the name of a job; use up to {MAX_BYTES} letters, digits, `.`, `_` and \
             `-`, starting with a letter or a digit",
            name.escape_default()
        )))
    }

    pub(super) fn name(&self) -> &str {
        &self.0
    }

    /// Under which the job's rows are counted in the Delta log.
    pub(super) fn app(&self) -> String {
        format!("archive/{}", self.0)
    }

    /// Under which the log says that the job has no more rows.
    pub(super) fn done_app(&self) -> String {
        format!("archive/{}/done", self.0)
    }

    /// The name of a file; `own` is not used twice, and has no dot.
    pub(super) fn file(&self, own: &str) -> String {
        format!("{}.{own}.parquet", self.0)
    }

    /// Whether a file was written by this job.
    pub(super) fn wrote(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or_default();
        let stem = name.strip_suffix(".parquet");
        let parts = stem.and_then(|stem| stem.rsplit_once('.'));
        parts.is_some_and(|(job, _)| job == self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parts_of_file_names() {
        for good in ["a", "flights.csv-0123", "2024_01"] {
            assert!(Job::new(good).is_ok(), "{good}");
        }
        for bad in ["", ".a", "_a", "a/b", "ü", "a b", &"a".repeat(129)] {
            assert!(Job::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_job_knows_its_files_from_those_of_others() {
        let job = Job::new("a.b").unwrap();
        assert!(job.wrote(&format!("t/x=1/{}", job.file("0123-4"))));
        for other in [
            Job::new("a").unwrap().file("b.0123"),
            Job::new("a").unwrap().file("0123"),
            Job::new("a.b.c").unwrap().file("0123"),
            "a.b.0123.csv".to_owned(),
        ] {
            assert_eq!(job.wrote(&other), other == "a.b.0123.parquet", "{other}");
        }
    }
}
