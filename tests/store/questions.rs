//! The same questions, whatever tier the rows are in: the answers of a plain
//! DuckDB over the source files, row by row.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may panic"
)]

use crate::kit::oracle::{Oracle, answer, difference};
use crate::kit::{builder, flights, random, scatter};
use thermocline::StoreBuilder;
use thermocline::arrow::array::RecordBatch;

/// What doubles that were summed in another order may differ by, as a share.
const TOLERANCE: f64 = 1e-9;

struct Question {
    name: &'static str,
    sql: &'static str,
    sums_doubles: bool,
    is_empty: bool,
}

/// The questions of `questions.sql`; its first lines say how it is written.
fn questions() -> Vec<Question> {
    let mut blocks = include_str!("questions.sql").split("\n\n");
    assert!(blocks.next().unwrap().starts_with("-- Questions"));
    blocks
        .map(|block| {
            let (name, sql) = block.strip_prefix("-- ").unwrap().split_once('\n').unwrap();
            Question {
                name,
                sql: sql.trim().trim_end_matches(';'),
                sums_doubles: name.starts_with("~ "),
                is_empty: name.starts_with("0 "),
            }
        })
        .collect()
}

fn check(question: &Question, got: &RecordBatch, expected: &RecordBatch, place: &str) {
    let tolerance = question.sums_doubles.then_some(TOLERANCE);
    if let Some(difference) = difference(got, expected, tolerance) {
        panic!("{}, {place}: {difference}\n{}", question.name, question.sql);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_question_is_answered_as_by_plain_duckdb_whatever_tiers_the_rows_are_in() {
    let dir = tempfile::tempdir().unwrap();
    ask_everything(builder(&dir)).await;
}

/// Needs an S3 server; see `scripts/s3_server`.
#[cfg(feature = "s3")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_question_is_answered_as_by_plain_duckdb_with_the_cold_tier_on_s3() {
    let Some(place) = thermocline_testing::extras::place("questions") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    ask_everything(builder(&dir).cold_url(place)).await;
}

async fn ask_everything(builder: StoreBuilder) {
    let mut random = random();
    let oracle = Oracle::of_flights();
    let questions = questions();
    assert!(questions.len() >= 40, "there are only {}", questions.len());
    let answers: Vec<RecordBatch> = questions.iter().map(|q| oracle.answer(q.sql)).collect();
    for (question, answer) in questions.iter().zip(&answers) {
        assert_eq!(
            answer.num_rows() == 0,
            question.is_empty,
            "{}",
            question.name
        );
    }

    let store = builder.open().await.unwrap();
    let mut tables = Vec::new();
    for name in flights::TABLES {
        tables.push(flights::load(&store, name, &mut random).await);
    }
    assert!(
        store.stats().open_rows > 0,
        "the last batches are in no segment yet"
    );
    // As they came in, then three times scattered; homes only ever get colder,
    // so that later rounds have more promoted copies.
    for round in 0..4 {
        if round > 0 {
            for table in &tables {
                scatter(table, &mut random).await;
            }
        }
        let place = format!("round {round}, {:?}", store.stats().tiers);
        for (question, expected) in questions.iter().zip(&answers) {
            check(
                question,
                &answer(&store, question.sql).await,
                expected,
                &place,
            );
        }
    }
    assert!(store.verify().await.unwrap().ok);
}
