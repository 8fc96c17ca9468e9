//! One target a file.

mod batch;
mod csv;
mod frames;
mod ipc;
mod json;
mod log;
mod manifest;
mod parquet;
mod partition;
mod predicate;
mod rows;

use crate::failure::Outcome;

/// Something that takes any bytes.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, and that of its corpus.
    pub name: &'static str,
    /// Takes an input; an error or a panic is a find.
    pub run: fn(&[u8]) -> Outcome,
    /// Inputs to begin with.
    pub seeds: fn() -> Outcome<Vec<Vec<u8>>>,
}

/// All of them.
pub const TARGETS: [Target; 10] = [
    frames::TARGET,
    batch::TARGET,
    ipc::TARGET,
    parquet::TARGET,
    log::TARGET,
    manifest::TARGET,
    csv::TARGET,
    json::TARGET,
    partition::TARGET,
    predicate::TARGET,
];

/// The target of a name.
#[must_use]
pub fn target(name: &str) -> Option<Target> {
    TARGETS.into_iter().find(|target| target.name == name)
}

/// An error of what a seed is made with.
fn seed(error: impl std::fmt::Display) -> crate::Failure {
    crate::Failure::new(format!("a seed cannot be made: {error}"))
}
