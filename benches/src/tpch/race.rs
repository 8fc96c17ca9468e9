//! Our answers against DuckDB's: the same, and how fast.

use std::time::Duration;

use super::{Tpch, answers, queries};
use crate::context::{Context, ROUNDS};
use crate::duck::Duck;
use crate::harness::{Line, Outcome, Target, interleave, timed};

/// Runs each query on the store and on `theirs`, checks that the answers are the same, and
/// compares the times.
pub(crate) fn race(
    context: &Context,
    tpch: &Tpch,
    theirs: &Duck,
    yardstick: &str,
    worst_target: Option<Target>,
) -> Outcome<Vec<Line>> {
    let mut lines = Vec::new();
    for number in queries::NUMBERS {
        let sql = queries::text(number, tpch.scale).ok_or("there is no such query")?;
        let wrong = |error| format!("query {number}: {error}");
        let line = one(context, tpch, theirs, &sql, yardstick, number).map_err(wrong)?;
        lines.push(line);
    }
    let mean = Line::ratio("geometric mean", yardstick, geometric_mean(&lines))
        .with_target(Target::AtMost(1.0));
    let worst = lines.iter().max_by(|a, b| a.ratio.total_cmp(&b.ratio));
    let worst =
        worst.map(|line| Line::ratio(format!("worst ({})", line.what), yardstick, line.ratio));
    lines.push(mean);
    lines.extend(worst.map(|line| match worst_target {
        Some(target) => line.with_target(target),
        None => line,
    }));
    Ok(lines)
}

fn one(
    context: &Context,
    tpch: &Tpch,
    theirs: &Duck,
    sql: &str,
    yardstick: &str,
    number: i32,
) -> Outcome<Line> {
    let ours = answers::text(&context.block_on(tpch.query(sql))?)?;
    if tpch.scale == 1.0 {
        answers::as_published(number, &ours)?;
    }
    answers::same_rows(ours, answers::text(&theirs.query(sql)?)?)?;
    let pair = interleave(
        ROUNDS,
        || duration(|| context.block_on(tpch.query(sql))),
        || duration(|| theirs.query(sql)),
    )?;
    Ok(Line::time(format!("Q{number}"), yardstick, &pair))
}

fn duration<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<Duration> {
    Ok(timed(work)?.1)
}

fn geometric_mean(lines: &[Line]) -> f64 {
    let sum: f64 = lines.iter().map(|line| line.ratio.ln()).sum();
    (sum / lines.len() as f64).exp()
}
