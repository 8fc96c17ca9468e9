//! Adding rows to a table: one job, in chunks, each exactly once.
//!
//! The rows of a job have an order. A chunk is the next run of them: one file for each
//! partition, and one Delta commit with `txn("archive/<job>", n)`, where `n` counts the
//! rows of the job that are in the table from then on. So the log alone says where a job
//! that was interrupted goes on, however its rows were cut.
//!
//! Files of a chunk whose commit never came are collected by the next run of the job. It
//! raises the job's epoch first, so that nobody can commit them any more.

mod archiver;
mod begin;
mod held;
mod job;
mod options;
mod read_ahead;
mod write;

pub use archiver::{ArchiveReport, Archiver, Chunk};
pub use options::ArchiveOptions;
pub use read_ahead::ReadAhead;
