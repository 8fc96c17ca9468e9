//! What a simulation found, as a table.

use thermocline::policy::simulate::{Outcome as Replay, Summary};

use crate::output::{Align, Console, Grid, bytes, count, plural};

/// A line about the trace, and one for each policy and budget.
pub(super) fn render(summary: &Summary, replays: &[Replay], console: Console) -> String {
    let mut text = format!(
        "{} for {} of {}; {} requested\n\n",
        plural(summary.requests, "request"),
        plural(summary.objects, "object"),
        bytes(summary.footprint_bytes),
        bytes(summary.bytes),
    );
    let priced = replays.iter().any(|replay| replay.money.is_some());
    let compared = (replays.iter()).any(|replay| replay.byte_misses_to_belady.is_some());
    let mut columns = vec![
        ("budget", Align::Right),
        ("policy", Align::Left),
        ("hits", Align::Right),
        ("requests missed", Align::Right),
        ("bytes missed", Align::Right),
        ("moved", Align::Right),
    ];
    if compared {
        columns.push(("to belady", Align::Right));
    }
    if priced {
        columns.push(("money", Align::Right));
    }
    let mut grid = Grid::new(&columns, console.paint());
    for replay in replays {
        let mut row = vec![
            bytes(replay.budget_bytes),
            replay.policy.to_string(),
            count(replay.hits),
            percent(replay.request_miss_ratio),
            percent(replay.byte_miss_ratio),
            bytes(replay.bytes_moved),
        ];
        if compared {
            let distance = replay.byte_misses_to_belady;
            row.push(distance.map_or("-".to_owned(), |times| format!("{times:.3}×")));
        }
        if priced {
            let money = replay.money;
            row.push(money.map_or("-".to_owned(), |money| amount(money.total)));
        }
        grid.row(row);
    }
    text.push_str(&grid.render(""));
    if compared {
        text.push_str(
            "\n\"To belady\" compares missed bytes with those of belady, which knows the future.\n",
        );
    }
    text
}

fn percent(ratio: f64) -> String {
    format!("{:.2}%", ratio * 100.0)
}

/// Money with enough digits to compare small sums.
fn amount(money: f64) -> String {
    if money == 0.0 || money >= 1.0 {
        format!("{money:.2}")
    } else if money >= 0.001 {
        format!("{money:.5}")
    } else {
        format!("{money:.3e}")
    }
}
