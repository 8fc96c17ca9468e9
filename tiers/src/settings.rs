//! Settings of an open store: plain data, none of it stored.

use std::time::Duration;

use thermocline_formats::{Compression, IpcOptions, ParquetOptions};

use crate::cold::ObjectStoreSettings;

/// How an open store works. Each setting trades something against something else.
///
/// ```
/// use std::time::Duration;
/// use thermocline_tiers::Settings;
///
/// let settings = Settings::default().with_seal_rows(100_000).with_seal_age(Duration::from_secs(5));
/// assert_eq!(settings.seal_rows, 100_000);
/// assert_eq!(settings.seal_bytes, 64 << 20);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// Open rows of a table are sealed when there are this many (1,048,576).
    /// More make larger segments, fewer make replay shorter.
    pub seal_rows: u64,
    /// Open rows of a table are sealed when they take this many bytes (64 MiB).
    pub seal_bytes: u64,
    /// Open rows of a table are sealed when the oldest is this old (60 s).
    /// Longer makes larger segments of a slow table, and keeps its log longer.
    pub seal_age: Duration,
    /// How often the background mover looks for work (200 ms).
    pub mover_interval: Duration,
    /// How often what is known of reads is saved (60 s). Less loses less of it in a crash, which only
    /// makes the policy start to learn anew.
    pub heat_interval: Duration,
    /// Compression of log frames (none). LZ4 costs processor time on each
    /// append and saves disk bandwidth.
    pub log_compression: Compression,
    /// A log file is closed when it has this many bytes (64 MiB). The log is
    /// trimmed by whole files.
    pub log_file_bytes: u64,
    /// When the log is larger than this (512 MiB), the oldest segments in
    /// memory get a warm file, so that it can be trimmed. Less makes opening
    /// after a crash faster, more writes fewer files.
    pub log_budget_bytes: u64,
    /// Writes with a `Memory` receipt may queue this many bytes (32 MiB) before
    /// the writer is made to wait for the disk.
    pub log_queue_bytes: usize,
    /// A new manifest file is begun, with a checkpoint, when the commits behind
    /// the last one take this many bytes (1 MiB), and more than it. More makes
    /// commits cheaper and opening slower.
    pub manifest_file_bytes: u64,
    /// Form of warm files.
    pub warm: IpcOptions,
    /// Form of cold files.
    pub cold: ParquetOptions,
    /// How an object store across a network is talked to.
    pub object_store: ObjectStoreSettings,
    /// Bytes of Parquet footers, page indexes and bloom filters kept in memory (64 MiB).
    pub cold_cache_bytes: u64,
    /// Bytes of remote objects kept in the folder `cache` of the store (1 GiB; 0 is none),
    /// so that reading them again, also after a restart, asks the object store for nothing.
    /// Only for a cold tier across a network.
    pub cold_disk_cache_bytes: u64,
    /// Warm files that are mapped at a time (16,384), besides those that are just being read. Linux gives
    /// a process 65,530 mappings. Fewer are mapped, and checked, more often.
    pub warm_maps: u64,
    /// How long a file is kept after nothing in this process needs it (30 s),
    /// so that readers in other processes can end their queries.
    pub collect_after: Duration,
    /// How long a cold file is kept after it has left its Delta table (7 days), so
    /// that readers of an older version, in whatever engine, can end their queries.
    /// Longer lets them go back further, and costs space.
    pub cold_keep: Duration,
    /// A checkpoint of a Delta table is written after this many commits (20). More
    /// makes commits cheaper on the whole, and opening a table slower for all readers.
    pub cold_checkpoint_commits: u64,
    /// How long the log of a Delta table goes back (30 days): what is older goes when a
    /// checkpoint is written. Longer lets readers ask for older versions.
    pub cold_log_keep: Duration,
    /// Cold files below this size (16 MiB) are small: compaction puts those of one
    /// partition together. More rewrites more and leaves fewer files.
    pub cold_small_bytes: u64,
    /// Compaction reads no more rows at once than take this many bytes in memory
    /// (256 MiB), nor than the budget of hot. More makes larger files and needs the memory.
    pub cold_compact_bytes: u64,
    /// The mover compacts a partition by itself when it has this many small cold files
    /// (16; 0 is never). Fewer make fewer files and more rewriting.
    pub cold_compact_files: usize,
    /// How long the rows of a write that somebody waits for to be remote stay where they
    /// are (5 s), before they are sealed and moved. Longer makes larger cold files.
    pub remote_delay: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seal_rows: 1 << 20,
            seal_bytes: 64 << 20,
            seal_age: Duration::from_secs(60),
            mover_interval: Duration::from_millis(200),
            heat_interval: Duration::from_secs(60),
            log_compression: Compression::None,
            log_file_bytes: 64 << 20,
            log_budget_bytes: 512 << 20,
            log_queue_bytes: 32 << 20,
            manifest_file_bytes: 1 << 20,
            warm: IpcOptions::default(),
            cold: ParquetOptions::default(),
            object_store: ObjectStoreSettings::default(),
            cold_cache_bytes: 64 << 20,
            cold_disk_cache_bytes: 1 << 30,
            warm_maps: 16_384,
            collect_after: Duration::from_secs(30),
            cold_keep: Duration::from_secs(7 * 24 * 3600),
            cold_checkpoint_commits: 20,
            cold_log_keep: Duration::from_secs(30 * 24 * 3600),
            cold_small_bytes: 16 << 20,
            cold_compact_bytes: 256 << 20,
            cold_compact_files: 16,
            remote_delay: Duration::from_secs(5),
        }
    }
}

macro_rules! with {
    ($($with:ident $field:ident: $type:ty,)*) => {$(
        #[doc = concat!("Sets [`", stringify!($field), "`](Self::", stringify!($field), ").")]
        #[must_use]
        pub fn $with(mut self, $field: $type) -> Self {
            self.$field = $field;
            self
        }
    )*};
}

impl Settings {
    with! {
        with_seal_rows seal_rows: u64,
        with_seal_bytes seal_bytes: u64,
        with_seal_age seal_age: Duration,
        with_mover_interval mover_interval: Duration,
        with_heat_interval heat_interval: Duration,
        with_log_compression log_compression: Compression,
        with_log_file_bytes log_file_bytes: u64,
        with_log_budget_bytes log_budget_bytes: u64,
        with_log_queue_bytes log_queue_bytes: usize,
        with_manifest_file_bytes manifest_file_bytes: u64,
        with_warm warm: IpcOptions,
        with_cold cold: ParquetOptions,
        with_object_store object_store: ObjectStoreSettings,
        with_cold_cache_bytes cold_cache_bytes: u64,
        with_cold_disk_cache_bytes cold_disk_cache_bytes: u64,
        with_warm_maps warm_maps: u64,
        with_collect_after collect_after: Duration,
        with_cold_keep cold_keep: Duration,
        with_cold_checkpoint_commits cold_checkpoint_commits: u64,
        with_cold_log_keep cold_log_keep: Duration,
        with_cold_small_bytes cold_small_bytes: u64,
        with_cold_compact_bytes cold_compact_bytes: u64,
        with_cold_compact_files cold_compact_files: usize,
        with_remote_delay remote_delay: Duration,
    }
}
