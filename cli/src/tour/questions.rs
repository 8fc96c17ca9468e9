//! Third act: questions over all tiers at once.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use futures::StreamExt;
use serde_json::Value;
use thermocline::olap::ScanReport;
use thermocline::{Sql, Store, TableSnapshot, Tier};
use tokio::time::Instant;

use super::report::Answer;
use super::show::{Show, millis};
use crate::failure::Outcome;
use crate::output::rows::{render_rows, to_json};
use crate::output::{count, seconds};

/// A question, its query, and the tables that the query reads.
struct Question {
    question: &'static str,
    sql: &'static str,
    tables: &'static [&'static str],
}

const QUESTIONS: [Question; 6] = [
    Question {
        question: "How much flying is a year of New York?",
        sql: "SELECT count(*) AS flights, sum(distance) AS miles, count(dep_delay) AS departed FROM flights",
        tables: &["flights"],
    },
    Question {
        question: "Which airlines fly most, and how late are they?",
        sql: "SELECT name AS airline, count(*) AS flights, round(avg(dep_delay), 1) AS mean_delay, \
              round(100 * avg(CASE WHEN dep_delay > 60 THEN 1 ELSE 0 END), 1) AS pct_an_hour_late \
              FROM flights JOIN airlines USING (carrier) GROUP BY name ORDER BY flights DESC LIMIT 5",
        tables: &["flights", "airlines"],
    },
    Question {
        question: "When should one leave?",
        sql: "SELECT CASE WHEN hour < 9 THEN '1 before 9' WHEN hour < 13 THEN '2 before 13' \
              WHEN hour < 17 THEN '3 before 17' ELSE '4 evening' END AS leaving, count(*) AS flights, \
              round(avg(dep_delay), 1) AS mean_delay, bar(avg(dep_delay), 0, 30, 30) AS minutes \
              FROM flights GROUP BY leaving ORDER BY leaving",
        tables: &["flights"],
    },
    Question {
        question: "What does fog do?",
        sql: "SELECT CASE WHEN visib < 1 THEN 'under 1 mile' WHEN visib < 5 THEN '1 to 5 miles' \
              ELSE 'clear' END AS visibility, count(*) AS flights, \
              round(avg(dep_delay), 1) AS mean_delay, \
              round(100 * avg(CASE WHEN dep_time IS NULL THEN 1 ELSE 0 END), 1) AS pct_cancelled \
              FROM flights JOIN weather USING (origin, time_hour) GROUP BY visibility ORDER BY min(visib)",
        tables: &["flights", "weather"],
    },
    Question {
        question: "Which aircraft worked hardest?",
        sql: "SELECT manufacturer, model, count(DISTINCT tailnum) AS aircraft, count(*) AS flights, \
              (sum(air_time) / 60)::BIGINT AS hours FROM flights JOIN planes USING (tailnum) \
              GROUP BY ALL ORDER BY hours DESC LIMIT 4",
        tables: &["flights", "planes"],
    },
    Question {
        question: "What did the blizzard of 8 February 2013 do?",
        sql: "SELECT origin, a.name AS airport, count(*) AS scheduled, count(dep_time) AS departed \
              FROM flights f JOIN airports a ON a.faa = f.origin \
              WHERE time_hour >= TIMESTAMP '2013-02-08 17:00' AND time_hour < TIMESTAMP '2013-02-09 17:00' \
              GROUP BY ALL ORDER BY origin",
        tables: &["flights", "airports"],
    },
];

/// What came back, and what it took.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) schema: SchemaRef,
    pub(super) batches: Vec<RecordBatch>,
    pub(super) time: std::time::Duration,
    pub(super) scan: ScanReport,
}

/// Runs a query to its end.
pub(super) async fn ask(store: &Store, sql: &str) -> Outcome<Asked> {
    let started = Instant::now();
    let mut stream = store.sql(sql).await?;
    let schema = stream.schema();
    let mut batches = Vec::new();
    while let Some(batch) = stream.next().await {
        batches.push(batch?);
    }
    Ok(Asked {
        schema,
        batches,
        time: started.elapsed(),
        scan: stream.report(),
    })
}

impl Asked {
    pub(super) fn json(&self) -> Outcome<Value> {
        to_json(&self.schema, &self.batches)
    }

    pub(super) fn table(&self, show: &Show) -> Outcome<String> {
        Ok(render_rows(
            &self.schema,
            &self.batches,
            show.paint(),
            "    ",
        )?)
    }
}

pub(super) async fn play(store: &Store, show: &Show) -> Outcome<Vec<Answer>> {
    show.act(3, "One SQL over all of it")?;
    // Starts the query engine, so that the first question is not charged for it.
    ask(store, "SELECT 1").await?;
    let mut answers = Vec::new();
    for question in &QUESTIONS {
        let asked = ask(store, question.sql).await?;
        let tiers = tiers_of(store, question.tables);
        show.say(&format!(
            "\n    {}\n{}",
            show.paint().bold(question.question),
            asked.table(show)?
        ))?;
        show.remark(&what_it_took(&asked, &tiers))?;
        answers.push(Answer {
            question: question.question,
            sql: question.sql,
            rows: asked.json()?,
            milliseconds: millis(asked.time),
            tiers,
            segments: asked.scan.segments,
            segments_ruled_out: asked.scan.segments_pruned,
            rows_scanned: asked.scan.rows_scanned,
        });
    }
    Ok(answers)
}

fn what_it_took(asked: &Asked, tiers: &[Tier]) -> String {
    let ScanReport {
        segments,
        segments_pruned,
        rows_scanned,
        ..
    } = asked.scan;
    let read = if segments_pruned > 0 {
        format!(
            "{} of {segments} segments ruled out unread",
            segments_pruned
        )
    } else {
        let names: Vec<_> = tiers.iter().map(ToString::to_string).collect();
        format!("{segments} segments in {}", names.join(", "))
    };
    format!(
        "{} · {read} · {} rows read",
        seconds(asked.time),
        count(rows_scanned)
    )
}

/// The tiers that these tables are in, fastest first.
fn tiers_of(store: &Store, tables: &[&str]) -> Vec<Tier> {
    let snapshot = store.snapshot();
    let found = tables.iter().filter_map(|name| snapshot.table(name));
    let mut tiers: Vec<Tier> = found.flat_map(TableSnapshot::tiers).collect();
    tiers.sort_unstable();
    tiers.dedup();
    tiers
}

/// For queries of one row: the integer in a column.
pub(super) fn integer(asked: &Asked, column: usize) -> Outcome<i128> {
    let value = asked
        .batches
        .first()
        .and_then(|batch| batch.columns().get(column));
    let value = value.ok_or_else(|| crate::failure::Failure::new("the query gave no row"))?;
    let text = arrow::util::display::array_value_to_string(&Arc::clone(value), 0)?;
    text.parse()
        .map_err(|_| crate::failure::Failure::new(format!("`{text}` is no whole number")))
}
