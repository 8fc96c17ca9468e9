//! Another process asks questions while this one writes and moves.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests may panic"
)]

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::kit::process::{Forked, asked_to_end, child_dir, tell};
use crate::kit::{TIERS, ids, options, random, rows, scatter};
use thermocline::olap::ErrorKind;
use thermocline::{Selection, Settings, Sql, Store};

const TEST: &str =
    "reader_process::a_reader_process_sees_whole_writes_in_their_order_while_rows_move";
const QUESTION: &str =
    "SELECT count(*), coalesce(sum(id), 0)::BIGINT, coalesce(max(id), -1) FROM events";

/// The child: asks until it is asked to end, then once more.
async fn ask(dir: &std::path::Path) {
    let end = asked_to_end();
    let reader = Store::builder(dir).open_reader().await.unwrap();
    loop {
        let last = end.load(Ordering::Acquire);
        match reader.sql(QUESTION).collect().await {
            Ok(answer) => {
                let batch = &answer[0];
                let numbers: Vec<i64> = batch
                    .columns()
                    .iter()
                    .map(|column| {
                        use thermocline::arrow::array::AsArray;
                        use thermocline::arrow::datatypes::Int64Type;
                        column.as_primitive::<Int64Type>().value(0)
                    })
                    .collect();
                tell(&format!("{} {} {}", numbers[0], numbers[1], numbers[2]));
            }
            // The files went away faster than it could pin: it asks again.
            Err(error) if error.kind() == ErrorKind::Expired => {
                tell(&format!("expired: {error}"));
                // Nothing moves any more when the parent asks for the end.
                assert!(!last, "{error}");
            }
            Err(error) => panic!("{error}: {error:?}"),
        }
        if last {
            return;
        }
    }
}

/// An answer as count, sum and greatest id.
fn parse(line: &str) -> Option<[i64; 3]> {
    if line.starts_with("expired") {
        return None;
    }
    let numbers: Vec<i64> = line.split(' ').map(|n| n.parse().unwrap()).collect();
    Some(numbers.try_into().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_process_sees_whole_writes_in_their_order_while_rows_move() {
    if let Some(dir) = child_dir() {
        return ask(&dir).await;
    }
    let mut random = random();
    let dir = tempfile::tempdir().unwrap();
    // Files go soon after nothing here needs them: the reader must pin again.
    let settings = Settings::default()
        .with_collect_after(Duration::from_millis(300))
        .with_cold_keep(Duration::from_millis(300));
    let builder = Store::builder(dir.path())
        .create_new()
        .background(false)
        .settings(settings);
    let store = builder.open().await.unwrap();
    let table = store.create_table("events", options()).await.unwrap();

    let readers = [(); 2].map(|()| Forked::run(TEST, dir.path().as_os_str()));
    // Both answer before there is a row, so that they see all of it.
    let mut firsts = Vec::new();
    for reader in &readers {
        firsts.push(reader.lines.recv_timeout(Duration::from_secs(60)).unwrap());
    }

    let mut prefixes = vec![0_i64];
    let mut total = 0;
    for round in 0..60 {
        let more = 1 + i64::try_from(random.below(200)).unwrap();
        table.append(rows(total..total + more)).await.unwrap();
        total += more;
        prefixes.push(total);
        match round % 10 {
            3 => drop(table.seal().await.unwrap()),
            5 => scatter(&table, &mut random).await,
            7 => drop(
                table
                    .move_to(&Selection::All, TIERS[random.below(3)])
                    .await
                    .unwrap(),
            ),
            9 => drop(store.step().await.unwrap()),
            _ => {}
        }
    }

    for (reader, first) in readers.into_iter().zip(firsts) {
        let lines = reader.finish();
        let mut answers = Vec::new();
        for line in std::iter::once(&first).chain(&lines) {
            answers.extend(parse(line));
        }
        println!(
            "{} answers, {} pins expired",
            answers.len(),
            lines.len() + 1 - answers.len()
        );
        assert!(
            answers.is_sorted_by_key(|[count, _, _]| *count),
            "{answers:?}"
        );
        for [count, sum, greatest] in &answers {
            assert!(
                prefixes.contains(count),
                "{count} is no number of whole writes"
            );
            assert_eq!((*sum, *greatest), (count * (count - 1) / 2, count - 1));
        }
        assert_eq!(
            answers.last().unwrap()[0],
            total,
            "the last answer has everything"
        );
        let mut counts: Vec<i64> = answers.iter().map(|[count, _, _]| *count).collect();
        counts.dedup();
        assert!(counts.len() > 3, "it only ever saw {counts:?}");
    }
    assert_eq!(
        ids(&store.snapshot(), "events").await,
        (0..total).collect::<Vec<_>>()
    );
    assert_eq!(store.health().background_errors, 0);
}
