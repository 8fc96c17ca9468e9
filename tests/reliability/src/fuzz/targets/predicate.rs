//! Any predicate over rows of every type: it is evaluated or refused, reads the
//! same after it was written, says of each row alone what it says of all, and
//! statistics never rule out a row for which it holds.

use std::sync::OnceLock;

use arrow::array::{BooleanArray, RecordBatch};
use thermocline_formats::{Bound, CompareOp, Predicate, SegmentStats};
use thermocline_testing::arbitrary_batch;

use super::{Target, seed};
use crate::failure::{Failure, Outcome, ensure};
use crate::model::row;

pub(super) const TARGET: Target = Target {
    name: "predicate",
    run,
    seeds,
};

fn run(data: &[u8]) -> Outcome {
    let Ok(predicate) = serde_json::from_slice::<Predicate>(data) else {
        return Ok(());
    };
    let text = serde_json::to_vec(&predicate)
        .map_err(|e| Failure::new(format!("it cannot be written: {e}")))?;
    ensure(
        serde_json::from_slice(&text).ok().as_ref() == Some(&predicate),
        || "it is written as another".to_owned(),
    )?;
    for (batch, step) in [
        (&row::batch(&row::schema("k0"), 0..50)?, 5),
        (every_type(), 2),
    ] {
        check(&predicate, batch, step)?;
    }
    Ok(())
}

/// A few rows of every type that there is.
fn every_type() -> &'static RecordBatch {
    static BATCH: OnceLock<RecordBatch> = OnceLock::new();
    // Of a seed whose strings are short.
    BATCH.get_or_init(|| arbitrary_batch(2, 8))
}

fn check(predicate: &Predicate, batch: &RecordBatch, step: usize) -> Outcome {
    let all = predicate.evaluate(batch);
    let rows = batch.num_rows();
    for start in (0..rows).step_by(step) {
        let part = batch.slice(start, step.min(rows - start));
        let holds = predicate.evaluate(&part);
        ensure(holds.is_ok() == all.is_ok(), || {
            format!("rows {start} on are another case than all rows")
        })?;
        let (Ok(holds), Ok(all)) = (holds, &all) else {
            continue;
        };
        ensure(
            answers(&holds) == answers(&all.slice(start, part.num_rows())),
            || format!("rows {start} on get another answer by themselves"),
        )?;
        let may = predicate.may_match(&batch.schema(), &SegmentStats::of(&part));
        ensure(may || holds.true_count() == 0, || {
            format!("rows {start} on are ruled out, and match")
        })?;
    }
    // True, false and unknown: the opposite of the opposite is itself.
    let twice = Predicate::Not(Box::new(Predicate::Not(Box::new(predicate.clone()))));
    match (all, twice.evaluate(batch)) {
        (Ok(once), Ok(twice)) => ensure(answers(&once) == answers(&twice), || {
            "twice denied it is another".to_owned()
        }),
        (Err(_), Err(_)) => Ok(()),
        _ => Err(Failure::new(
            "it is refused, or its opposite is, but not both",
        )),
    }
}

fn answers(of: &BooleanArray) -> Vec<Option<bool>> {
    of.iter().collect()
}

fn seeds() -> Outcome<Vec<Vec<u8>>> {
    let mut predicates = vec![
        Predicate::True,
        Predicate::eq("part", 1),
        Predicate::ge("k0", 7_i64).and(Predicate::lt("value", 50_i64)),
        Predicate::is_null("value").or(Predicate::starts_with("text", "abc")),
        Predicate::is_in("part", [0, 2]).and(Predicate::is_not_null("at")),
    ];
    // Each type, with a value of the kind that fits it.
    let batch = every_type();
    let mut fitting = Vec::new();
    for field in batch.schema().fields() {
        let kinds = [
            Bound::Bool(true),
            Bound::Int(0),
            Bound::Float(0.5),
            Bound::Bytes(b"m".to_vec()),
        ];
        let compared = kinds.into_iter().map(|value| Predicate::Compare {
            column: field.name().clone(),
            op: CompareOp::Lt,
            value,
        });
        fitting.extend(compared.filter(|p| p.evaluate(batch).is_ok()));
    }
    predicates.push(Predicate::Or(fitting.clone()));
    predicates.push(Predicate::Not(Box::new(Predicate::And(fitting))));
    predicates
        .iter()
        .map(|predicate| serde_json::to_vec(predicate).map_err(seed))
        .collect()
}
