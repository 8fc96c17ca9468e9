//! The tour: a year of flights through three tiers, in half a minute.
//!
//! Each act is a file: it does something to a real store, prints what happened, and returns the
//! figures for `--json`.

mod crash;
mod data;
mod ingest;
mod questions;
mod report;
mod rewarm;
mod show;
mod tiers;

use std::path::PathBuf;

use thermocline::{Budget, Policy, Store};

pub(crate) use crash::{WriterArgs, run_writer};

use crate::commands::ColdArgs;
use crate::failure::{Failure, Outcome};
use crate::output::{Console, seconds};
use report::Report;
use show::Show;

/// Small enough that a year of flights (23 MiB of plain Arrow) does not fit: about two months stay
/// in memory and four in warm files.
const HOT_BUDGET: u64 = 8 << 20;
const WARM_BUDGET: u64 = 12 << 20;

/// Plays the tour in `dir`, or in a temporary directory.
pub(crate) async fn run(
    dir: Option<PathBuf>,
    cold: &ColdArgs,
    json: bool,
    console: Console,
) -> Outcome {
    let show = Show::new(console, json);
    let started = tokio::time::Instant::now();
    let temporary = match &dir {
        Some(_) => None,
        None => Some(
            tempfile::Builder::new()
                .prefix("thermocline-tour-")
                .tempdir()
                .map_err(|e| Failure::new(format!("cannot make a temporary directory: {e}")))?,
        ),
    };
    let kept = dir.is_some();
    let place = dir.unwrap_or_else(|| {
        temporary
            .as_ref()
            .map(|t| t.path().join("store"))
            .unwrap_or_default()
    });
    show.title(&place, kept)?;

    let policy = Policy::default()
        .with_hot_budget(Budget::of(HOT_BUDGET))
        .with_warm_budget(Budget::of(WARM_BUDGET));
    let store = create(&place, cold, policy).await?;
    let ingest = ingest::play(&store, &show).await?;
    let placement = tiers::play(&store, &show).await?;
    let questions = questions::play(&store, &show).await?;
    store.close().await?;

    let (store, crash) = crash::play(&place, &show).await?;
    let rewarm = rewarm::play(&store, &show).await?;
    store.close().await?;

    let next = next_steps(kept.then(|| place.display().to_string()));
    show.next(&next, &seconds(started.elapsed()))?;
    let report = Report {
        version: env!("CARGO_PKG_VERSION"),
        dir: kept.then(|| place.display().to_string()),
        hot_budget: HOT_BUDGET,
        warm_budget: WARM_BUDGET,
        ingest,
        placement,
        questions,
        crash,
        rewarm,
        seconds: started.elapsed().as_secs_f64(),
        next,
    };
    show.report(&report)?;
    if report.crash.lost_rows > 0 || !report.crash.contents_match {
        return Err(Failure::new("acknowledged rows were lost").hint("please report this as a bug"));
    }
    Ok(())
}

async fn create(place: &std::path::Path, cold: &ColdArgs, policy: Policy) -> Outcome<Store> {
    let builder = Store::builder(place)
        .create_new()
        .policy(policy)
        .background(false);
    let store = cold.apply(builder).open().await;
    store.map_err(|error| match error.kind() {
        thermocline::ErrorKind::AlreadyExists => {
            Failure::from(error).also("the tour needs a directory of its own")
        }
        _ => Failure::from(error),
    })
}

/// What to try after the tour, as commands that can be pasted.
fn next_steps(kept: Option<String>) -> Vec<String> {
    // Started by `cargo run`, the command is hardly on the search path.
    let command = if std::env::var_os("CARGO").is_some() {
        "cargo run --release --"
    } else {
        "thermocline"
    };
    let Some(dir) = kept else {
        return vec![
            format!("{command} tour --dir flights.store"),
            format!("{command} segments flights.store --table flights"),
            format!("{command} sql flights.store \"FROM flights LIMIT 5\""),
        ];
    };
    let dir = if dir.contains(char::is_whitespace) {
        format!("'{dir}'")
    } else {
        dir
    };
    vec![
        format!("{command} segments {dir} --table flights"),
        format!("{command} sql {dir} \"SUMMARIZE flights\""),
        format!("{command} move {dir} --table flights --all --to cold"),
        format!("{command} policy {dir} --hot-budget none --table flights --cold-after 90d"),
        format!("{command} verify {dir}"),
    ]
}
