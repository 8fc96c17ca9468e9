//! What `tour --json` prints: one object, an act a field.

use serde::Serialize;
use serde_json::Value;
use thermocline::Tier;

/// The whole tour.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) version: &'static str,
    /// Where the store was left; null if it was temporary.
    pub(super) dir: Option<String>,
    pub(super) hot_budget: u64,
    pub(super) warm_budget: u64,
    pub(super) ingest: Ingest,
    #[serde(flatten)]
    pub(super) placement: Placement,
    pub(super) questions: Vec<Answer>,
    pub(super) crash: Crash,
    pub(super) rewarm: Rewarm,
    pub(super) seconds: f64,
    pub(super) next: Vec<String>,
}

/// The first act.
#[derive(Debug, Serialize)]
pub(super) struct Ingest {
    pub(super) tables: Vec<TableIn>,
    pub(super) rows: u64,
    pub(super) seconds: f64,
    pub(super) rows_per_second: u64,
}

/// One table that came in.
#[derive(Debug, Serialize)]
pub(super) struct TableIn {
    pub(super) table: String,
    pub(super) rows: u64,
    /// Bytes as plain Arrow in memory.
    pub(super) raw_bytes: u64,
    pub(super) partition_by: Option<String>,
}

/// The second act: where everything settled.
#[derive(Debug, Serialize)]
pub(super) struct Placement {
    pub(super) tiers: Vec<TierLine>,
    pub(super) moves: usize,
    pub(super) settle_seconds: f64,
    /// The months of flights in each tier.
    pub(super) flights: Vec<FlightsIn>,
}

/// One tier of the store.
#[derive(Debug, Serialize)]
pub(super) struct TierLine {
    pub(super) tier: Tier,
    pub(super) segments: u64,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    pub(super) raw_bytes: u64,
    pub(super) bytes_per_row: f64,
    /// Bytes here over bytes as plain Arrow.
    pub(super) ratio_to_raw: f64,
}

/// Flights in one tier.
#[derive(Debug, Serialize)]
pub(super) struct FlightsIn {
    pub(super) tier: Tier,
    pub(super) rows: u64,
    pub(super) months: Vec<String>,
}

/// One question of the third act.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    pub(super) question: &'static str,
    pub(super) sql: &'static str,
    pub(super) rows: Value,
    pub(super) milliseconds: f64,
    /// Tiers that the tables it names are in.
    pub(super) tiers: Vec<Tier>,
    pub(super) segments: u64,
    pub(super) segments_ruled_out: u64,
    pub(super) rows_scanned: u64,
}

/// The fourth act: a writer is killed.
#[derive(Debug, Serialize)]
pub(super) struct Crash {
    /// Rows of the second copy whose receipts the writer had printed when it was killed.
    pub(super) acknowledged_rows: u64,
    /// Rows of it that the reopened store has.
    pub(super) found_rows: u64,
    pub(super) lost_rows: u64,
    /// Whether the found rows are the first ones of the source, by a sum over them.
    pub(super) contents_match: bool,
    /// Whether the first copy is still all there.
    pub(super) flights_intact: bool,
    pub(super) reopen_milliseconds: f64,
}

/// The fifth act: a cold month comes back.
#[derive(Debug, Serialize)]
pub(super) struct Rewarm {
    pub(super) partition: String,
    pub(super) sql: &'static str,
    pub(super) rows: Value,
    pub(super) same_answer: bool,
    pub(super) cold_milliseconds: f64,
    pub(super) warm_milliseconds: f64,
    pub(super) cold_bytes: u64,
    pub(super) warm_bytes: u64,
    pub(super) move_milliseconds: f64,
}
