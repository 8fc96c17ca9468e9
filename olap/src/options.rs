//! Settings of a query engine.

use std::path::PathBuf;

/// Rows in one batch of a result, unless [`SqlOptions::with_batch_rows`] says otherwise.
pub(crate) const DEFAULT_BATCH_ROWS: usize = 65_536;

/// How a store's queries run.
///
/// ```
/// use thermocline_olap::SqlOptions;
///
/// let options = SqlOptions::default()
///     .with_threads(4)
///     .with_memory_limit(2 << 30)
///     .with_spill_directory("/var/tmp/thermocline");
/// assert_eq!(options.threads, Some(4));
/// assert!(!options.allow_external_access);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqlOptions {
    /// Threads that all queries of the engine share; `None` is one for each core. More threads
    /// answer one query sooner and leave less of the machine to everything else.
    pub threads: Option<usize>,
    /// Bytes that all queries of the engine may hold together; `None` is 80 % of the machine's
    /// memory. What does not fit is spilled to disk where the operation allows it. The store's
    /// own segments in memory do not count.
    pub memory_limit: Option<u64>,
    /// Where queries spill to. `None` is a directory of this process below the system's temporary
    /// directory, made when it is first needed. Often a small memory file system: point it at a
    /// disk for data larger than memory.
    pub spill_directory: Option<PathBuf>,
    /// Whether queries may read and write files and reach the network by themselves
    /// (`read_parquet('…')`, `COPY … TO`). Off: a query sees the store's tables and nothing else,
    /// so that its text may come from somebody who is not trusted with the machine.
    pub allow_external_access: bool,
    /// Most rows in one batch of a result, 65,536 by default. Smaller batches arrive sooner and
    /// cost more each; the strings of one column of one batch must stay below 2 GiB.
    pub batch_rows: usize,
}

impl Default for SqlOptions {
    fn default() -> Self {
        Self {
            threads: None,
            memory_limit: None,
            spill_directory: None,
            allow_external_access: false,
            batch_rows: DEFAULT_BATCH_ROWS,
        }
    }
}

impl SqlOptions {
    /// Sets [`threads`](Self::threads); 0 is taken as 1.
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads.max(1));
        self
    }

    /// Sets [`memory_limit`](Self::memory_limit), in bytes.
    #[must_use]
    pub fn with_memory_limit(mut self, bytes: u64) -> Self {
        self.memory_limit = Some(bytes);
        self
    }

    /// Sets [`spill_directory`](Self::spill_directory).
    #[must_use]
    pub fn with_spill_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.spill_directory = Some(directory.into());
        self
    }

    /// Sets [`allow_external_access`](Self::allow_external_access).
    #[must_use]
    pub fn with_external_access(mut self, allow: bool) -> Self {
        self.allow_external_access = allow;
        self
    }

    /// Sets [`batch_rows`](Self::batch_rows); 0 is taken as 1.
    #[must_use]
    pub fn with_batch_rows(mut self, rows: usize) -> Self {
        self.batch_rows = rows.max(1);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_default_is_the_real_one() {
        assert_eq!(SqlOptions::default().batch_rows, 65_536);
        assert_eq!(SqlOptions::default().with_threads(0).threads, Some(1));
        assert_eq!(SqlOptions::default().with_batch_rows(0).batch_rows, 1);
    }
}
