//! Second act: small budgets, and where everything settles under them.

use thermocline::{Store, TableSnapshot, Tier};
use tokio::time::Instant;

use super::report::{FlightsIn, Placement, TierLine};
use super::show::Show;
use super::{HOT_BUDGET, WARM_BUDGET};
use crate::failure::Outcome;
use crate::output::{Align, Grid, as_float, bytes, count, plural, seconds};

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

pub(super) async fn play(store: &Store, show: &Show) -> Outcome<Placement> {
    show.act(2, "It cools into three tiers")?;
    let started = Instant::now();
    let (moves, example) = settle(store).await?;
    let took = started.elapsed();
    show.say(&format!(
        "    Memory may hold {}, warm files {}; the policy made {} in {}, such as\n",
        bytes(HOT_BUDGET),
        bytes(WARM_BUDGET),
        plural(u64::try_from(moves).unwrap_or(u64::MAX), "move"),
        seconds(took)
    ))?;
    for line in example {
        show.remark(&line)?;
    }

    let tiers = lines(store);
    let flights = flights(store);
    let columns = [
        ("tier", Align::Left),
        ("what it is", Align::Left),
        ("segments", Align::Right),
        ("rows", Align::Right),
        ("bytes", Align::Right),
        ("a row", Align::Right),
        ("of raw", Align::Right),
        ("flights of", Align::Left),
    ];
    let mut grid = Grid::new(&columns, show.paint());
    for line in &tiers {
        let months: Vec<_> = flights
            .iter()
            .filter(|flights| flights.tier == line.tier)
            .flat_map(|flights| flights.months.iter().map(|month| month_name(month)))
            .collect();
        grid.row([
            line.tier.to_string(),
            what_it_is(line.tier).to_owned(),
            line.segments.to_string(),
            count(line.rows),
            bytes(line.bytes),
            format!("{:.1} B", line.bytes_per_row),
            format!("{:.0} %", line.ratio_to_raw * 100.0),
            span(&months),
        ]);
    }
    show.say(&format!("\n{}", grid.render("    ")))?;
    Ok(Placement {
        tiers,
        moves,
        settle_seconds: took.as_secs_f64(),
        flights,
    })
}

/// Steps the mover until it rests. Returns the number of moves, and the first in two lines.
async fn settle(store: &Store) -> Outcome<(usize, Vec<String>)> {
    for name in store.tables() {
        store.table(&name)?.seal().await?;
    }
    let plan = store.plan();
    let example = plan.moves.iter().find(|m| m.table == "flights").map(|m| {
        vec![
            format!("flights {}: {}, because", m.partition, m.action),
            m.reason.to_string(),
        ]
    });
    let mut moves = 0;
    // Each round brings a segment one tier down at most; more rounds than that never help.
    for _ in 0..8 {
        let done = store.step().await?.moves.done.len();
        moves += done;
        if done == 0 {
            break;
        }
    }
    Ok((moves, example.unwrap_or_default()))
}

fn lines(store: &Store) -> Vec<TierLine> {
    store
        .stats()
        .tiers
        .into_iter()
        .map(|(tier, stats)| {
            let over = |total: u64, n: u64| {
                if n == 0 {
                    0.0
                } else {
                    as_float(total) / as_float(n)
                }
            };
            TierLine {
                tier,
                segments: stats.segments,
                rows: stats.rows,
                bytes: stats.bytes,
                raw_bytes: stats.raw_bytes,
                bytes_per_row: over(stats.bytes, stats.rows),
                ratio_to_raw: over(stats.bytes, stats.raw_bytes),
            }
        })
        .collect()
}

fn flights(store: &Store) -> Vec<FlightsIn> {
    let snapshot = store.snapshot();
    let segments = snapshot
        .table("flights")
        .map(TableSnapshot::segments)
        .unwrap_or_default();
    [Tier::Hot, Tier::Warm, Tier::Cold]
        .into_iter()
        .map(|tier| {
            let here: Vec<_> = segments
                .iter()
                .filter(|segment| segment.tier == tier)
                .collect();
            let mut months: Vec<String> = here
                .iter()
                .filter_map(|segment| segment.partition.split_once('='))
                .map(|(_, month)| month.to_owned())
                .collect();
            months.sort();
            months.dedup();
            FlightsIn {
                tier,
                rows: here.iter().map(|segment| segment.rows).sum(),
                months,
            }
        })
        .collect()
}

fn what_it_is(tier: Tier) -> &'static str {
    match tier {
        Tier::Hot => "Arrow in memory",
        Tier::Warm => "mapped Arrow files",
        Tier::Cold => "Parquet, zstd",
    }
}

/// `2013-02` as `Feb`; with the year where it is another.
fn month_name(month: &str) -> String {
    let parts = month.split_once('-').and_then(|(year, m)| {
        let place = m.parse::<usize>().ok()?.checked_sub(1)?;
        Some((year, MONTHS.get(place)?))
    });
    match parts {
        Some(("2013", name)) => (*name).to_owned(),
        Some((year, name)) => format!("{name} {year}"),
        None => month.to_owned(),
    }
}

/// `Jan … Jun` for a run, which these are: the oldest go first.
fn span(months: &[String]) -> String {
    match months {
        [] => "-".to_owned(),
        [one] => one.clone(),
        [first, .., last] => format!("{first} … {last}"),
    }
}
