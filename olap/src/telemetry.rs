//! What queries tell the process's metrics.

use tokio::time::Instant;

use crate::report::ScanReport;
use crate::{Error, ErrorKind};

pub(crate) fn finished(started: Instant, rows: u64, report: ScanReport) {
    ended(started, "ok");
    metrics::counter!("thermocline_sql_rows_total").increment(rows);
    metrics::counter!("thermocline_sql_rows_scanned_total").increment(report.rows_scanned);
    metrics::counter!("thermocline_sql_morsels_opened_total").increment(report.morsels_opened);
    metrics::counter!("thermocline_sql_segments_pruned_total").increment(report.segments_pruned);
    tracing::debug!(rows, ?report, "query finished");
}

pub(crate) fn failed(started: Instant, error: &Error) {
    ended(
        started,
        match error.kind() {
            ErrorKind::Cancelled => "cancelled",
            ErrorKind::OutOfMemory => "out_of_memory",
            ErrorKind::Storage | ErrorKind::Expired => "storage",
            ErrorKind::Internal => "internal",
            _ => "refused",
        },
    );
    tracing::debug!(%error, "query failed");
}

fn ended(started: Instant, outcome: &'static str) {
    metrics::counter!("thermocline_sql_queries_total", "outcome" => outcome).increment(1);
    metrics::histogram!("thermocline_sql_seconds").record(started.elapsed().as_secs_f64());
}
