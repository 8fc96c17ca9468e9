//! What a store says of itself.

use std::collections::BTreeMap;

use thermocline_tiers::{Error, SegmentInfo, Store, Tier, WriteHealth};

use super::{Shared, marks};
use crate::failure::{Outcome, ensure};
use crate::model::Model;

/// Compares the figures with one another and with the model. Nothing happens between these
/// calls: there is one thread, and none of them waits.
pub(super) fn figures(shared: &Shared, store: &Store) -> Outcome<Result<(), Error>> {
    let (stats, health) = (store.stats(), store.health());
    let mut listed = Vec::new();
    let model = shared.model.borrow();
    for name in store.tables() {
        let table = attempt!(store.table(&name));
        let segments = attempt!(table.segments());
        let key = attempt!(table.schema()).field(0).name().clone();
        let number = Model::with_key(&key).unwrap_or(usize::MAX);
        let rows = segments.iter().map(|segment| segment.rows).sum::<u64>();
        let (_, most) = model.rows_now(|table| table == number);
        ensure(rows <= most, || {
            format!("the segments of `{name}` have {rows} rows, and {most} were written")
        })?;
        listed.extend(segments);
    }
    let by_tier = by_tier(&listed);
    for (tier, figures) in &stats.tiers {
        let (segments, mut rows) = by_tier.get(tier).copied().unwrap_or_default();
        if *tier == Tier::Hot {
            rows += stats.open_rows;
        }
        ensure((figures.segments, figures.rows) == (segments, rows), || {
            format!("in {tier} are {segments} segments with {rows} rows, and {figures:?} are told")
        })?;
    }
    marks::check(&model, store)?;
    let planned: Vec<_> = store.facts().iter().map(|facts| facts.segment).collect();
    let known = |id| listed.iter().any(|segment| segment.segment == id);
    ensure(
        planned.len() == listed.len() && planned.iter().all(|id| known(*id)),
        || format!("the policy is told of {planned:?}, and there are {listed:?}"),
    )?;
    let rows: u64 = stats.tiers.values().map(|figures| figures.rows).sum();
    let (least, most) = model.rows_now(|_| true);
    ensure((least..=most).contains(&rows), || {
        format!("the store counts {rows} rows, and there are {least} to {most}")
    })?;
    let durable = model.durable_at(shared.disk.steps());
    let (last, on_disk) = (stats.last_lsn.0, stats.durable_lsn.0);
    ensure(
        last >= model.acknowledged && on_disk >= durable && on_disk <= last,
        || {
            format!(
                "the store counts writes up to {last}, and {on_disk} on disk; {} has a receipt, and {durable} is on disk",
                model.acknowledged
            )
        },
    )?;
    let well = health.writes == WriteHealth::Good && health.failed_moves.is_empty();
    ensure(well || shared.faults.any(), || {
        format!("nothing failed, and the store is unwell: {health:?}")
    })?;
    Ok(Ok(()))
}

/// Segments and rows where their fastest copies are.
fn by_tier(segments: &[SegmentInfo]) -> BTreeMap<Tier, (u64, u64)> {
    let mut tiers: BTreeMap<Tier, (u64, u64)> = BTreeMap::new();
    for segment in segments {
        let (count, rows) = tiers.entry(segment.tier).or_default();
        *count += 1;
        *rows += segment.rows;
    }
    tiers
}
