//! What tests may use if it is there: a Python with other readers, an S3 server.
//!
//! Where it is not, the test says that it is skipped and passes, unless
//! `THERMOCLINE_REQUIRE_EXTRAS` is set.

use std::path::PathBuf;
use std::time::SystemTime;

/// The Python that has the packages of `scripts/requirements.txt`, from `THERMOCLINE_PYTHON`;
/// `None` if there is none, and there need not be.
///
/// # Panics
/// When there is none, and there must be.
#[must_use]
pub fn python() -> Option<PathBuf> {
    variable(
        "THERMOCLINE_PYTHON",
        "a Python with the packages of scripts/requirements.txt",
    )
    .map(PathBuf::from)
}

/// The URL of a bucket that tests may fill, from `THERMOCLINE_TEST_S3`; `None` if there is none,
/// and there need not be. `scripts/s3_server` starts a server and says its variables.
///
/// # Panics
/// When there is none, and there must be.
#[must_use]
pub fn bucket() -> Option<String> {
    variable(
        "THERMOCLINE_TEST_S3",
        "a bucket of an S3 server, which scripts/s3_server starts",
    )
}

/// A prefix of its own in the [`bucket`] for a test.
///
/// # Panics
/// As [`bucket`].
#[must_use]
pub fn place(test: &str) -> Option<String> {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    Some(format!("{}/{test}-{}", bucket()?, now.as_nanos()))
}

fn variable(name: &str, what: &str) -> Option<String> {
    let value = std::env::var(name).ok();
    if value.is_none() {
        let required = std::env::var_os("THERMOCLINE_REQUIRE_EXTRAS").is_some();
        assert!(
            !required,
            "THERMOCLINE_REQUIRE_EXTRAS is set, but {name} does not name {what}"
        );
        println!("SKIPPED: {name} does not name {what}");
    }
    value
}
