//! Fifth act: a cold month comes back to warm, and the same question is asked again.

use std::time::Duration;

use thermocline::{Selection, Store, Tier};
use tokio::time::Instant;

use super::questions::{Asked, ask};
use super::report::Rewarm;
use super::show::{Show, millis};
use crate::failure::{Failure, Outcome};
use crate::output::{bytes, seconds};

const PARTITION: &str = "time_hour_month=2013-02";
const SQL: &str = "SELECT carrier, count(*) AS flights, median(dep_delay) AS median_delay, \
     max(dep_delay) AS worst_delay, count(DISTINCT tailnum) AS aircraft FROM flights \
     WHERE time_hour >= TIMESTAMP '2013-02-01' AND time_hour < TIMESTAMP '2013-03-01' \
     GROUP BY carrier ORDER BY flights DESC LIMIT 3";
/// The best of so many is shown: it is the tiers that are compared, not what else the machine does.
const TRIES: usize = 7;

pub(super) async fn play(store: &Store, show: &Show) -> Outcome<Rewarm> {
    show.act(5, "A cold month comes back")?;
    let (cold_answer, cold) = best(store).await?;
    show.say(&cold_answer.table(show)?)?;
    let cold_bytes = segment_bytes(store, |segment| segment.bytes)?;

    let started = Instant::now();
    store
        .table("flights")?
        .move_to(&Selection::Partition(PARTITION.to_owned()), Tier::Warm)
        .await?;
    let moved = started.elapsed();
    let (warm_answer, warm) = best(store).await?;
    let same_answer = cold_answer.json()? == warm_answer.json()?;
    let warm_bytes = store
        .stats()
        .tiers
        .get(&Tier::Warm)
        .map(|tier| tier.bytes)
        .unwrap_or_default();

    let ratio = cold.as_secs_f64() / warm.as_secs_f64().max(1e-9);
    show.say(&format!(
        "    asked of Parquet      {:>9}   {}\n\
         \x20   copied back to warm   {:>9}   its home stays cold, the copy may be dropped at any time\n\
         \x20   asked again           {:>9}   {ratio:.1} × as fast, {}\n",
        seconds(cold),
        bytes(cold_bytes),
        seconds(moved),
        seconds(warm),
        if same_answer { "the same answer" } else { "ANOTHER ANSWER" },
    ))?;
    Ok(Rewarm {
        partition: PARTITION.to_owned(),
        sql: SQL,
        rows: cold_answer.json()?,
        same_answer,
        cold_milliseconds: millis(cold),
        warm_milliseconds: millis(warm),
        cold_bytes,
        warm_bytes,
        move_milliseconds: millis(moved),
    })
}

async fn best(store: &Store) -> Outcome<(Asked, Duration)> {
    let mut answer = ask(store, SQL).await?;
    let mut best = answer.time;
    for _ in 1..TRIES {
        answer = ask(store, SQL).await?;
        best = best.min(answer.time);
    }
    Ok((answer, best))
}

fn segment_bytes(store: &Store, of: impl Fn(&thermocline::SegmentInfo) -> u64) -> Outcome<u64> {
    let segments = store.table("flights")?.segments()?;
    let here: Vec<_> = segments
        .iter()
        .filter(|segment| segment.partition == PARTITION)
        .collect();
    if here.iter().any(|segment| segment.tier != Tier::Cold) || here.is_empty() {
        return Err(
            Failure::new(format!("{PARTITION} is not cold")).hint("please report this as a bug")
        );
    }
    Ok(here.into_iter().map(of).sum())
}
