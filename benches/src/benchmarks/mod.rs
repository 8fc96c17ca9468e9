//! The benchmarks, one a file.

mod append_disk;
mod append_memory;
mod archive;
mod cold_commit;
mod cold_reads;
mod cold_size;
mod group_commit;
mod hot_memory;
mod log_replay;
mod open;
mod policy;
mod scan_checked;
mod sql_cold;
mod sql_warm;
mod typed_add;
mod typed_arrow;
mod typed_duckdb;
mod typed_scan;

use crate::context::Context;
use crate::harness::{Line, Outcome};

/// One benchmark.
#[derive(Debug)]
pub(crate) struct Benchmark {
    pub(crate) name: &'static str,
    /// What it compares with what.
    pub(crate) what: &'static str,
    pub(crate) run: fn(&Context) -> Outcome<Vec<Line>>,
}

/// All of them, in the order they run.
pub(crate) const ALL: &[Benchmark] = &[
    Benchmark {
        name: "append_memory",
        what: "appending batches with a Memory receipt, against memcpy",
        run: append_memory::run,
    },
    Benchmark {
        name: "append_disk",
        what: "appending batches with a Disk receipt, against write and fdatasync",
        run: append_disk::run,
    },
    Benchmark {
        name: "group_commit",
        what: "64 writers of single rows, against a bare group commit",
        run: group_commit::run,
    },
    Benchmark {
        name: "hot_memory",
        what: "memory that rows take, against their bytes",
        run: hot_memory::run,
    },
    Benchmark {
        name: "scan_checked",
        what: "scanning warm files again, against the same without checksums",
        run: scan_checked::run,
    },
    Benchmark {
        name: "policy",
        what: "noting reads and planning, against a hash map and a sort",
        run: policy::run,
    },
    Benchmark {
        name: "open",
        what: "opening a store, against one with a hundredth of the segments",
        run: open::run,
    },
    Benchmark {
        name: "log_replay",
        what: "opening a store whose rows are in the log, against reading its files",
        run: log_replay::run,
    },
    Benchmark {
        name: "sql_warm",
        what: "TPC-H over warm files, against DuckDB's own tables",
        run: sql_warm::run,
    },
    Benchmark {
        name: "sql_cold",
        what: "TPC-H over cold files, against DuckDB's read_parquet of them",
        run: sql_cold::run,
    },
    Benchmark {
        name: "cold_size",
        what: "bytes of cold files, against DuckDB's COPY",
        run: cold_size::run,
    },
    Benchmark {
        name: "archive",
        what: "archiving Parquet files, against DuckDB's COPY of them",
        run: archive::run,
    },
    Benchmark {
        name: "cold_reads",
        what: "what point reads ask a remote store for, against one round of the pages",
        run: cold_reads::run,
    },
    Benchmark {
        name: "cold_commit",
        what: "moving rows to a cold table, against a put-if-absent",
        run: cold_commit::run,
    },
    Benchmark {
        name: "typed_add",
        what: "adding structs to columns and stores, against a Vec of them",
        run: typed_add::run,
    },
    Benchmark {
        name: "typed_arrow",
        what: "columns of structs to Arrow and back, against memcpy",
        run: typed_arrow::run,
    },
    Benchmark {
        name: "typed_duckdb",
        what: "appending structs to a DuckDB table, against a copy inside DuckDB",
        run: typed_duckdb::run,
    },
    Benchmark {
        name: "typed_scan",
        what: "filters and sums over columns, against a Vec of structs",
        run: typed_scan::run,
    },
];
