//! What the policy costs: noting a read, and planning over many segments.

use std::collections::HashMap;
use std::hint::black_box;
use std::time::Duration;

use thermocline::policy::trace::{Request, TraceEncoder};
use thermocline::{
    AccessMeter, AgeRule, Budget, HeatRule, Policy, SegmentFacts, SegmentId, TableRules, Tier,
    Timestamp,
};

use crate::context::{Context, ROUNDS};
use crate::harness::{Line, Outcome, Target, interleave, same, timed};

const SEGMENTS: u64 = 100_000;
const HALF_LIFE: Duration = Duration::from_secs(86_400);

/// Identifiers in no order, the same in every run: the steps of a full-period generator (constants of
/// D. Knuth's MMIX).
fn scattered(count: u64) -> impl Iterator<Item = u64> {
    let mut state = 1_u64;
    std::iter::repeat_with(move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state
    })
    .take(usize::try_from(count).unwrap_or(usize::MAX))
}

pub(super) fn run(context: &Context) -> Outcome<Vec<Line>> {
    let mut lines = accesses(context)?;
    lines.push(planning()?);
    Ok(lines)
}

/// Notes reads of segments in no order, and updates a map with an entry for each.
fn accesses(context: &Context) -> Outcome<Vec<Line>> {
    let segments = 10_000_usize;
    let reads: Vec<usize> = scattered(context.size(1_000_000, 10_000_000))
        .map(|n| usize::try_from(n >> 33).unwrap_or(0) % segments)
        .collect();
    let ids: Vec<SegmentId> = scattered(10_000)
        .map(|n| SegmentId(u128::from(n) << 64 | u128::from(!n)))
        .collect();
    let meters: Vec<AccessMeter> = ids.iter().map(|_| AccessMeter::default()).collect();
    let mut now = 0;
    let mut meter = || {
        timed(|| {
            for index in &reads {
                now += 50;
                if let Some(meter) = meters.get(*index) {
                    meter.touch(4_096, Timestamp(now), HALF_LIFE);
                }
            }
            Ok(())
        })
        .map(|((), took)| took)
    };
    let mut map: HashMap<SegmentId, u64> = ids.iter().map(|id| (*id, 0)).collect();
    let mut update = || {
        timed(|| {
            for index in &reads {
                if let Some(id) = ids.get(*index) {
                    *map.entry(*id).or_default() += 4_096;
                }
            }
            Ok(())
        })
        .map(|((), took)| took)
    };
    let noted = interleave(ROUNDS, &mut meter, &mut update)?;
    let traced = interleave(ROUNDS, || trace(&reads, &ids), &mut update)?;
    let total: u64 = meters.iter().map(|meter| meter.get().reads).sum();
    same(
        "the reads",
        &total,
        &((ROUNDS as u64 + 1) * reads.len() as u64),
    )?;
    let yardstick = "an update of a hash map";
    Ok(vec![
        Line::time("noting a read", yardstick, &noted).with_target(Target::AtMost(2.0)),
        Line::time("recording an access in a trace", yardstick, &traced)
            .with_target(Target::AtMost(2.0)),
    ])
}

fn trace(reads: &[usize], ids: &[SegmentId]) -> Outcome<Duration> {
    let ((), took) = timed(|| {
        let (mut encoder, mut bytes) = (TraceEncoder::new(), Vec::new());
        let mut now = 0;
        for index in reads {
            now += 50;
            if let Some(id) = ids.get(*index) {
                let object = u64::try_from(id.0 >> 64).unwrap_or(0);
                encoder.write(&Request::new(object, 4_096).at(Timestamp(now)), &mut bytes);
            }
        }
        encoder.finish(&mut bytes);
        black_box(bytes);
        Ok(())
    })?;
    Ok(took)
}

/// Plans over segments of which some move for every reason, and sorts as many by their identifiers.
fn planning() -> Outcome<Line> {
    let day = Duration::from_secs(86_400);
    let now = Timestamp(1_700_000_000_000_000);
    let facts: Vec<SegmentFacts> = scattered(SEGMENTS)
        .map(|n| {
            let age = Duration::from_secs(n % (90 * 86_400));
            let home = Tier::ALL
                .get(usize::try_from(n >> 62).unwrap_or(0) % 3)
                .copied();
            let mut facts = SegmentFacts::new(
                SegmentId(u128::from(n)),
                "readings",
                home.unwrap_or(Tier::Cold),
            )
            .with_hot_bytes(1 << 20)
            .with_ingested(now.saturating_sub(age));
            if n % 7 == 0 {
                facts.heat.touch(
                    (n >> 20) % (8 << 20),
                    now.saturating_sub(age / 2),
                    HALF_LIFE,
                );
                facts.last_access = Some(now.saturating_sub(age / 2));
            }
            facts
        })
        .collect();
    let rules = TableRules::default()
        .with_hot_to_warm(AgeRule::ingest_time(60 * day))
        .with_cold_to_warm(HeatRule::reads(1.5)?);
    let policy = Policy::default()
        .with_hot_budget(Budget::of(20_000 << 20))
        .with_warm_budget(Budget::of(30_000 << 20))
        .with_default_rules(rules);
    let plan = || {
        let (plan, took) = timed(|| Ok(policy.plan(&facts, now)))?;
        same("whether something moves", &plan.is_empty(), &false)?;
        Ok(took)
    };
    let sort = || {
        let mut copy = facts.clone();
        let ((), took) = timed(|| {
            copy.sort_by_key(|facts| facts.segment);
            Ok(())
        })?;
        black_box(copy);
        Ok(took)
    };
    let pair = interleave(ROUNDS, plan, sort)?;
    Ok(
        Line::time("planning over 100,000 segments", "sorting them", &pair)
            .with_target(Target::AtMost(5.0)),
    )
}
