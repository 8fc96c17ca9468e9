//! Figures of an open store.

use std::collections::BTreeMap;

use serde::Serialize;
use thermocline_policy::Tier;

use super::Core;
use crate::cold::{ColdCacheStats, ObjectOp, RequestStats};
use crate::lsn::Lsn;

/// Figures of an open store at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StoreStats {
    /// Each tier; a segment counts where its fastest copy is.
    pub tiers: BTreeMap<Tier, TierStats>,
    /// Rows that have no segment yet. They are in memory, and counted in hot.
    pub open_rows: u64,
    /// Number of tables.
    pub tables: u64,
    /// The last write.
    pub last_lsn: Lsn,
    /// The last write that is on disk.
    pub durable_lsn: Lsn,
    /// The first write that only the log has.
    pub log_start: Lsn,
    /// Bytes of the log on disk.
    pub log_bytes: u64,
    /// Version of the manifest.
    pub manifest_version: u64,
    /// Files that wait to be collected.
    pub garbage_files: u64,
    /// What was asked of the cold tier's object store since the store was opened, each
    /// kind that was asked at all.
    pub cold_requests: BTreeMap<ObjectOp, RequestStats>,
    /// HTTP requests to it, retries included; 0 when the cold tier is on this machine.
    pub cold_http_requests: u64,
    /// What the folder `cache` was good for; nothing when the cold tier is on this machine.
    pub cold_cache: ColdCacheStats,
}

/// Figures of one tier.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TierStats {
    /// Segments whose fastest copy is here.
    pub segments: u64,
    /// Rows of these, and in hot the rows that have no segment yet.
    pub rows: u64,
    /// Bytes of every copy that is here, promoted ones included.
    pub bytes: u64,
    /// Bytes of the same rows as plain Arrow in memory.
    pub raw_bytes: u64,
    /// Promoted copies here.
    pub copies: u64,
}

impl Core {
    pub(crate) fn stats(&self) -> StoreStats {
        let view = self.view();
        let mut tiers: BTreeMap<Tier, TierStats> = [Tier::Hot, Tier::Warm, Tier::Cold]
            .map(|tier| (tier, TierStats::default()))
            .into();
        let mut open_rows = 0;
        for table in view.tables.values() {
            for segment in &table.segments {
                let stats = tiers.entry(segment.tier()).or_default();
                stats.segments += 1;
                stats.rows += segment.facts.rows;
                stats.raw_bytes += segment.facts.hot_bytes;
                let copies = segment.copies();
                for tier in copies.iter().copied().chain([segment.home]) {
                    tiers.entry(tier).or_default().bytes += segment.bytes_in(tier).unwrap_or(0);
                }
                for tier in copies {
                    tiers.entry(tier).or_default().copies += 1;
                }
            }
            for rows in &table.open {
                let hot = tiers.entry(Tier::Hot).or_default();
                open_rows += rows.rows();
                hot.rows += rows.rows();
                hot.bytes += rows.bytes();
                hot.raw_bytes += rows.bytes();
            }
        }
        StoreStats {
            tiers,
            open_rows,
            tables: view.tables.len() as u64,
            last_lsn: self.next_lsn().previous(),
            durable_lsn: self.log.durable(),
            log_start: self.state().log_start,
            log_bytes: self.log.bytes(),
            manifest_version: view.version,
            garbage_files: self.garbage.len() as u64,
            cold_requests: self.cold.usage().stats(),
            cold_http_requests: self.cold.usage().attempts(),
            cold_cache: self.cold.disk_stats(),
        }
    }

    /// Sets the gauges to what [`stats`](Self::stats) says.
    pub(crate) fn set_gauges(&self) {
        let stats = self.stats();
        for (tier, figures) in &stats.tiers {
            let tier = tier.to_string();
            metrics::gauge!("thermocline_segments", "tier" => tier.clone())
                .set(as_f64(figures.segments));
            metrics::gauge!("thermocline_rows", "tier" => tier.clone()).set(as_f64(figures.rows));
            metrics::gauge!("thermocline_bytes", "tier" => tier).set(as_f64(figures.bytes));
        }
        metrics::gauge!("thermocline_log_bytes").set(as_f64(stats.log_bytes));
        metrics::gauge!("thermocline_cold_cache_bytes").set(as_f64(stats.cold_cache.bytes));
        metrics::gauge!("thermocline_garbage_files").set(as_f64(stats.garbage_files));
    }
}

/// A gauge takes floating point; above 2^53 it rounds.
fn as_f64(value: u64) -> f64 {
    value as f64
}
