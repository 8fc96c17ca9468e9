//! Fourth act: a writer is killed, and its receipts are held against what is left.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use arrow::array::AsArray;
use arrow::datatypes::Int32Type;
use arrow::record_batch::RecordBatch;
use thermocline::{Store, TableOptions};
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::data::FLIGHTS;
use super::questions::{ask, integer};
use super::report::Crash;
use super::show::{Show, millis};
use crate::failure::{Failure, Outcome};
use crate::output::{Console, count, seconds};

/// The table that the killed writer fills.
const TABLE: &str = "flights_again";
/// Rows of one append of the writer, and so of one receipt.
const BATCH_ROWS: usize = 2_048;
/// The writer is killed once it has receipts for this many rows.
const ENOUGH_ROWS: u64 = 100_000;

/// Fill a table and print the rows of each receipt, until killed.
#[derive(Debug, clap::Args)]
pub(crate) struct WriterArgs {
    dir: PathBuf,
}

/// What the killed process runs. It never ends by itself.
pub(crate) async fn run_writer(args: WriterArgs, console: Console) -> Outcome {
    let batches = FLIGHTS.batches(BATCH_ROWS)?;
    let schema = batches
        .first()
        .map(RecordBatch::schema)
        .ok_or_else(|| Failure::new("no rows"))?;
    let store = Store::builder(&args.dir).open().await?;
    let table = store.create_table(TABLE, TableOptions::new(schema)).await?;
    let mut out = console.out();
    let mut rows = 0;
    for batch in batches.iter().cycle() {
        table.append(batch.clone()).await?;
        rows += batch.num_rows();
        writeln!(out, "{rows}")?;
        out.flush()?;
    }
    Ok(())
}

pub(super) async fn play(dir: &Path, show: &Show) -> Outcome<(Store, Crash)> {
    show.act(4, "A writer is killed, nothing is lost")?;
    let place = dir.to_path_buf();
    let acknowledged_rows = spawn_blocking(move || kill_a_writer(&place))
        .await
        .map_err(|e| Failure::new(format!("the writer could not be watched: {e}")))??;

    let started = Instant::now();
    let store = Store::builder(dir).background(false).open().await?;
    let reopened = started.elapsed();
    let left = ask(
        &store,
        "SELECT count(*), coalesce(sum(distance), 0) FROM flights_again",
    )
    .await?;
    let found_rows = u64::try_from(integer(&left, 0)?).unwrap_or(0);
    let contents_match = integer(&left, 1)? == miles_of_first(found_rows)?;
    let flights = ask(
        &store,
        "SELECT count(*), sum(distance), count(dep_delay) FROM flights",
    )
    .await?;
    let flights_intact = (
        integer(&flights, 0)?,
        integer(&flights, 1)?,
        integer(&flights, 2)?,
    ) == (336_776, 350_217_607, 328_521);
    store.drop_table(TABLE).await?;

    let crash = Crash {
        acknowledged_rows,
        found_rows,
        lost_rows: acknowledged_rows.saturating_sub(found_rows),
        contents_match,
        flights_intact,
        reopen_milliseconds: millis(reopened),
    };
    tell(&crash, reopened, show)?;
    Ok((store, crash))
}

fn tell(crash: &Crash, reopened: std::time::Duration, show: &Show) -> Outcome {
    let paint = show.paint();
    let verdict =
        |good: bool, yes: &str, no: &str| if good { paint.good(yes) } else { paint.bad(no) };
    let more = crash.found_rows.saturating_sub(crash.acknowledged_rows);
    let on_their_way = if more > 0 {
        format!("; {} more were on their way", count(more))
    } else {
        String::new()
    };
    show.say(&format!(
        "    A second process wrote the flights once more and was killed with SIGKILL in the middle.\n\
         \x20   receipts it had printed   {} rows\n\
         \x20   found after reopening     {} rows, {}{on_their_way}\n\
         \x20   their contents            {}\n\
         \x20   flights, as before        {}\n",
        count(crash.acknowledged_rows),
        count(crash.found_rows),
        verdict(crash.lost_rows == 0, "none lost", "SOME WERE LOST"),
        verdict(crash.contents_match, "the first rows of the source, without a hole", "DIFFERENT"),
        verdict(crash.flights_intact, "336,776 rows, 350,217,607 miles", "DAMAGED"),
    ))?;
    show.remark(&format!(
        "reopened in {}, log replay included",
        seconds(reopened)
    ))
}

/// Starts the writer, kills it, and returns the rows that it had receipts for.
fn kill_a_writer(dir: &Path) -> Outcome<u64> {
    let failed = |doing: &str, e: std::io::Error| {
        Failure::new(format!("cannot {doing} a second process: {e}"))
    };
    let own = std::env::current_exe().map_err(|e| failed("find the command for", e))?;
    let mut child = Command::new(own)
        .arg("tour-writer")
        .arg(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| failed("start", e))?;
    let receipts = child.stdout.take().map(BufReader::new);
    let receipts = receipts.ok_or_else(|| Failure::new("the second process has no output"))?;
    let counted = count_receipts(receipts, &mut child);
    // Whatever happened, no process is left behind.
    let _already_dead = child.kill();
    let complaint = complaint(&mut child);
    child.wait().map_err(|e| failed("wait for", e))?;
    match counted? {
        rows if rows >= ENOUGH_ROWS => Ok(rows),
        _ => Err(Failure::new(format!(
            "the second process stopped by itself: {complaint}"
        ))),
    }
}

/// Reads receipts, kills the writer when there are enough, and reads on to the end: what the pipe
/// still holds was printed before the kill.
fn count_receipts(receipts: BufReader<ChildStdout>, child: &mut Child) -> Outcome<u64> {
    let mut rows = 0;
    for line in receipts.lines() {
        // A last line cut short by the kill is no receipt that anybody could have read.
        let Ok(acknowledged) = line?.parse() else {
            break;
        };
        rows = acknowledged;
        if rows >= ENOUGH_ROWS {
            let _already_dead = child.kill();
        }
    }
    Ok(rows)
}

fn complaint(child: &mut Child) -> String {
    let mut text = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        // Only for the error message; without it the message is poorer.
        let _unread = stderr.read_to_string(&mut text);
    }
    text
}

/// The miles of the first rows that the writer writes.
fn miles_of_first(rows: u64) -> Outcome<i128> {
    let batches = FLIGHTS.batches(BATCH_ROWS)?;
    let mut miles = 0;
    let mut left = usize::try_from(rows).unwrap_or(usize::MAX);
    for batch in batches.iter().cycle() {
        let take = left.min(batch.num_rows());
        if take == 0 {
            break;
        }
        let column = batch.column_by_name("distance").map(|c| c.slice(0, take));
        let column = column.ok_or_else(|| Failure::new("flights has no distance"))?;
        miles += column
            .as_primitive::<Int32Type>()
            .iter()
            .flatten()
            .map(i128::from)
            .sum::<i128>();
        left -= take;
    }
    Ok(miles)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_miles_of_all_rows_are_the_known_sum() {
        assert_eq!(miles_of_first(336_776).unwrap(), 350_217_607);
        assert_eq!(miles_of_first(1).unwrap(), 1_400);
        assert_eq!(miles_of_first(336_777).unwrap(), 350_217_607 + 1_400);
    }
}
