//! The command as a user runs it: arguments in; exit code, standard output and standard error out.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]
#![expect(
    clippy::disallowed_methods,
    reason = "the files that tests give to the command"
)]

mod archive;
mod archive_memory;
mod backup;
mod bad_input;
mod cold;
mod ingest;
mod policy;
mod repair;
mod simulate;
mod sql;
mod support;
mod tiers;
mod tour;
mod usage;
mod verify;
