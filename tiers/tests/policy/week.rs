//! A scripted week in simulated time, on a real store in a real directory.
//!
//! Every day brings its rows; what is of yesterday is warm, what is older cold. On Tuesday somebody begins
//! to read a report on the January before last, twice a day, and stops on Thursday. On Wednesday a backfill
//! of events of last November arrives.

use std::time::Duration;

use thermocline_tiers::{AgeRule, HeatRule, Policy, SegmentInfo, TableRules, Tier};

use crate::plot::{Lane, Shown, draw};
use crate::world::{DAY, HOUR, START, World};

/// The Monday that the week begins with.
const MONDAY: i64 = START + 63 * DAY;
const MONTH: i64 = 31 * DAY;
const BACKFILL: i64 = START - 60 * DAY;

/// The mover works this often.
const STEP: i64 = 3 * HOUR;

fn policy() -> Policy {
    let hours = |n: i64| Duration::from_micros((n * HOUR) as u64);
    let rules = TableRules::default()
        .with_hot_to_warm(AgeRule::ingest_time(hours(23)))
        .with_warm_to_cold(AgeRule::ingest_time(hours(71)))
        .with_cold_to_warm(HeatRule::reads(1.5).unwrap().with_drop_below(0.5).unwrap());
    Policy::default()
        .with_half_life(hours(24))
        .with_default_rules(rules)
}

/// The hours of the week at which the report is read.
const REPORTS: [i64; 6] = [33, 39, 57, 63, 81, 87];

/// The hour of a restart: rows that only the log has are open again, and then sealed anew.
const RESTART: i64 = 60;

/// How many whole reads the report's month counts as, by the definition of heat.
fn reads_at(hour: i64) -> f64 {
    let past = REPORTS.iter().filter(|report| **report <= hour);
    past.map(|report| 0.5_f64.powf((hour - report) as f64 / 24.0))
        .sum()
}

fn lane(segment: &SegmentInfo) -> Lane {
    let (first, _) = segment.event_time.unwrap();
    if first.0 < START {
        Lane::Backfill
    } else if first.0 < START + MONTH {
        Lane::January
    } else {
        Lane::Day((first.0 - MONDAY).div_euclid(DAY))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_week_of_fresh_rows_a_report_and_a_backfill() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = World::new(dir.path(), policy()).await;
    let minutes = MONTH / 60_000_000;
    world.set(START + MONTH);
    world.ingest(START, minutes).await;
    let mut shown = Vec::new();
    // The days before, so that the week begins with all of it in place.
    for day in 58..62 {
        world.set(START + (day + 1) * DAY);
        world.ingest(START + day * DAY, 1_440).await;
        world.store.step().await.unwrap();
    }

    let mut report_tiers = Vec::new();
    for hour in (0..7 * 24).step_by(3) {
        let now = MONDAY + hour * HOUR;
        world.set(now);
        if hour % 24 == 0 {
            // The rows of the day that has just ended.
            world.ingest(now - DAY, 1_440).await;
        }
        if hour == 48 {
            world.ingest(BACKFILL, 1_440).await;
        }
        if REPORTS.contains(&hour) {
            let (rows, tiers) = world.report(START, START + MONTH).await;
            assert_eq!(rows as i64, minutes, "every row, in whatever tier");
            report_tiers.push((hour, tiers));
        }
        world.store.step().await.unwrap();
        // What is known of reads survives a restart in the middle of everything.
        if hour == RESTART {
            world = world.reopened().await;
        }
        check(&world, hour, &mut shown).await;
    }

    use Tier::{Cold, Warm};
    let first_two = [(33, vec![Cold]), (39, vec![Cold])];
    assert_eq!(
        report_tiers[..2],
        first_two,
        "the first reports read from cold"
    );
    for (hour, tiers) in &report_tiers[2..] {
        assert!(tiers.contains(&Warm), "at {hour} h: {tiers:?}");
        // Rows that are open after the restart are looked at too.
        assert!(
            !tiers.contains(&Cold),
            "at {hour} h nothing is read from cold: {tiers:?}"
        );
    }
    let svg = draw(&shown, &REPORTS, STEP / HOUR);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/images/week.svg");
    if std::env::var_os("THERMOCLINE_DRAW").is_some() {
        std::fs::write(path, &svg).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == svg,
        "docs/images/week.svg is not what the week looks like; draw it anew with THERMOCLINE_DRAW=1"
    );
}

/// Everything is where it belongs at this hour.
async fn check(world: &World, hour: i64, shown: &mut Vec<Shown>) {
    // Whether a promotion or a drop was due, from reads alone.
    let promoted = (39..=hour).any(|h| h % 3 == 0 && reads_at(h) >= 1.5);
    let cooled = hour > 87 && reads_at(hour) < 0.5;
    for segment in world.segments().await {
        let lane = lane(&segment);
        let (tier, home) = match lane {
            Lane::January if promoted && !cooled => (Tier::Warm, Tier::Cold),
            Lane::January => (Tier::Cold, Tier::Cold),
            Lane::Backfill | Lane::Day(_) => {
                let age = (world.now() - segment.sealed_at.0) / HOUR;
                let tier = match age {
                    0..=23 => Tier::Hot,
                    24..=71 => Tier::Warm,
                    _ => Tier::Cold,
                };
                (tier, tier)
            }
        };
        let at = format!("{lane:?} at {hour} h: {segment:?}");
        assert_eq!((segment.tier, segment.home), (tier, home), "{at}");
        shown.push(Shown {
            hour,
            lane,
            tier: segment.tier,
        });
    }
    if hour == RESTART {
        let snapshot = world.store.snapshot();
        let open = snapshot.table("readings").unwrap().open_rows();
        assert_eq!(open, 2 * 1_440, "the last day's and the backfill");
        for lane in [Lane::Day(1), Lane::Backfill] {
            let tier = Tier::Hot;
            shown.push(Shown { hour, lane, tier });
        }
    }
}
