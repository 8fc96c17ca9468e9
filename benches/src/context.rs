//! What all benchmarks of a run share.

use std::cell::OnceCell;
use std::future::Future;
use std::num::NonZero;
use std::path::Path;

use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::harness::Outcome;
use crate::tpch::Tpch;

/// How often each side of a comparison is measured.
pub(crate) const ROUNDS: usize = 5;
/// Memory that either side of a SQL comparison may use, in bytes.
pub(crate) const SQL_MEMORY: u64 = 4 << 30;

/// What all benchmarks of a run share. The fields are dropped in this order: stores before the
/// runtime that they work on, both before their files.
#[derive(Debug)]
pub(crate) struct Context {
    tpch: OnceCell<Tpch>,
    runtime: Runtime,
    dir: TempDir,
    quick: bool,
}

impl Context {
    pub(crate) fn new(quick: bool, dir: Option<&Path>) -> Outcome<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("thermocline-benches-");
        let dir = match dir {
            Some(dir) => builder.tempdir_in(dir)?,
            None => builder.tempdir()?,
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        Ok(Self {
            tpch: OnceCell::new(),
            runtime,
            dir,
            quick,
        })
    }

    /// The first for a quick run, the second for a full one.
    pub(crate) fn size<T>(&self, quick: T, full: T) -> T {
        if self.quick { quick } else { full }
    }

    pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// A new directory, removed when it is dropped.
    pub(crate) fn fresh_dir(&self) -> Outcome<TempDir> {
        Ok(tempfile::tempdir_in(self.dir.path())?)
    }

    /// The threads that either side of a SQL comparison may use.
    pub(crate) fn sql_threads() -> usize {
        std::thread::available_parallelism().map_or(1, NonZero::get)
    }

    /// The TPC-H tables, made when they are first asked for.
    pub(crate) fn tpch(&self) -> Outcome<&Tpch> {
        if let Some(tpch) = self.tpch.get() {
            return Ok(tpch);
        }
        let tpch = Tpch::build(self, self.size(0.1, 1.0))?;
        Ok(self.tpch.get_or_init(|| tpch))
    }

    /// Where files that live as long as the run belong.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }
}
