//! Any predicate over rows of every simple kind: it is evaluated or refused, reads
//! the same after it was written, and statistics never rule out a row for which
//! it holds.

use thermocline_formats::{Predicate, SegmentStats};

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
    let batch = row::batch(&row::schema("k0"), 0..50)?;
    for start in (0..50).step_by(5) {
        let part = batch.slice(start, 5);
        let Ok(holds) = predicate.evaluate(&part) else {
            continue;
        };
        let may = predicate.may_match(&batch.schema(), &SegmentStats::of(&part));
        ensure(may || holds.true_count() == 0, || {
            format!("rows {start} on are ruled out, and match")
        })?;
    }
    Ok(())
}

fn seeds() -> Outcome<Vec<Vec<u8>>> {
    let predicates = [
        Predicate::True,
        Predicate::eq("part", 1),
        Predicate::ge("k0", 7_i64).and(Predicate::lt("value", 50_i64)),
        Predicate::is_null("value").or(Predicate::starts_with("text", "abc")),
        Predicate::is_in("part", [0, 2]).and(Predicate::is_not_null("at")),
    ];
    predicates
        .iter()
        .map(|predicate| serde_json::to_vec(predicate).map_err(seed))
        .collect()
}
