//! The engine of Thermocline: tables whose rows live in memory, in
//! memory-mapped Arrow IPC files and in Parquet objects, and move between them.
//!
//! - [`Store`] is the one writer of a directory, [`Reader`] any number of
//!   readers beside it
//! - [`Table`] takes rows; a [`Receipt`] says how safe they are
//! - [`Snapshot`] is one consistent view of all tables and tiers; a [`Scan`] reads it
//! - [`Policy`] proposes a [`Plan`]; the mover carries it out
//!
//! A row's way: [`Table::append`] writes it to the log and into memory; a seal
//! makes a segment of it, sorted and in one partition; the segment gets a
//! durable home in a warm file, later in a cold object; a faster copy may be
//! put beside a slow home at any time, and dropped again.
//!
//! [`persistence`] keeps typed columns: in memory, in a directory of Parquet
//! files, in a table.
//!
//! Everything outside is behind [`Env`]: files, time, randomness and threads.

mod archive;
mod checksum;
mod cold;
mod columns;
mod env;
mod error;
mod event_time;
mod extensions;
mod garbage;
mod heat;
mod hot;
mod layout;
mod log;
mod lsn;
mod manifest;
mod mover;
mod numbered;
pub mod persistence;
mod reader;
mod scan;
mod segment;
mod settings;
mod snapshot;
mod store;
mod sync;
mod table;
mod warm;

pub use archive::{
    Archive, ArchiveBuilder, ArchiveOptions, ArchiveReport, ArchiveSnapshot, ArchivedPartition,
    ArchivedTable, Archiver, Chunk, ReadAhead,
};
pub use cold::{
    At, ColdCacheStats, ObjectOp, ObjectStoreSettings, RequestStats, is_plain_cold_option,
};
pub use env::{
    Clock, DirEntry, Env, FileLock, Fs, IdSource, LocalFs, Offload, SystemClock, WorkQueue,
    WriteFile,
};
pub use error::{Error, ErrorKind, Result};
pub use extensions::Extensions;
pub use heat::{AccessMeter, Accesses};
pub use log::{Durability, Receipt};
pub use lsn::{Lsn, LsnRange};
pub use mover::{
    CompactReport, Done, FailedMove, MoveReport, Selection, Skipped, StepReport, VacuumReport,
};
pub use reader::Reader;
pub use scan::{Morsel, MorselReader, Scan, ScanCounts, ScanOptions};
pub use segment::SegmentInfo;
pub use settings::Settings;
pub use snapshot::{Snapshot, SnapshotSource, TableSnapshot};
pub use store::{
    BackgroundError, BackupReport, ColdProblem, Health, Problem, Repair, RepairReport, Repaired,
    Store, StoreBuilder, StoreStats, TierStats, VerifyReport, WriteHealth,
};
pub use table::{Table, TableOptions};

pub use thermocline_formats::soa;
pub use thermocline_formats::{
    Bound, Codec, CompareOp, Compression, IpcCompression, IpcOptions, ParquetOptions, PartitionBy,
    Predicate, SegmentStats,
};
pub use thermocline_policy::eviction::EvictionPolicy;
pub use thermocline_policy::{
    Action, AgeClock, AgeRule, Budget, Budgets, HeatRule, Move, Plan, Policy, Reason, SegmentFacts,
    SegmentId, TableRules, Tier, Timestamp,
};
