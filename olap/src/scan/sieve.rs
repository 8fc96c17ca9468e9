//! Leaving rows out before they are copied.

use arrow::array::{Array, BooleanArray, RecordBatch};
use arrow::compute::{filter_record_batch, prep_null_mask_filter};
use arrow::datatypes::Schema;
use thermocline_formats::Predicate;

use crate::{Error, Result};

/// Filtering is worth its time while it leaves out at least one row in four.
const WORTH_IT: usize = 4;

/// After a batch that was not worth it, so many pass unfiltered before the next is tried.
const PATIENCE: u32 = 8;

/// What must be true all at once of the rows of a scan, the cheapest to find out first.
#[derive(Debug)]
pub(super) struct Conditions(Vec<Predicate>);

impl Conditions {
    /// The conditions that look at no column beside those of `schema`.
    pub(super) fn new(predicate: &Predicate, schema: &Schema) -> Self {
        let mut all = Vec::new();
        split(predicate, &mut all);
        all.retain(|part| {
            part.columns()
                .iter()
                .all(|name| schema.column_with_name(name).is_some())
        });
        all.sort_by_key(|part| cost(part, schema));
        Self(all)
    }
}

fn split(predicate: &Predicate, all: &mut Vec<Predicate>) {
    match predicate {
        Predicate::True => {}
        Predicate::And(parts) => parts.iter().for_each(|part| split(part, all)),
        part => all.push(part.clone()),
    }
}

/// Numbers are compared many times as fast as texts.
fn cost(predicate: &Predicate, schema: &Schema) -> usize {
    let columns = predicate.columns();
    let texts = columns.iter().filter(|name| {
        let field = schema.column_with_name(name);
        field.is_some_and(|(_, field)| field.data_type().primitive_width().is_none())
    });
    columns.len() + 8 * texts.count()
}

/// Leaves out the rows that a condition is not true for, as long as that pays: DuckDB filters what
/// is left, so nothing depends on it. Each thread of a scan has its own.
#[derive(Debug, Default)]
pub(super) struct Sieve {
    /// For each condition, how many batches it lets pass untried.
    rests: Vec<u32>,
}

impl Sieve {
    /// The rows of a batch that may pass. Each condition is tried on what those before it left.
    pub(super) fn pass(
        &mut self,
        conditions: &Conditions,
        mut batch: RecordBatch,
    ) -> Result<RecordBatch> {
        self.rests.resize(conditions.0.len(), 0);
        for (condition, rest) in conditions.0.iter().zip(&mut self.rests) {
            if *rest > 0 {
                *rest -= 1;
                continue;
            }
            let answers = condition
                .evaluate(&batch)
                .map_err(|error| Error::internal(error.to_string()))?;
            let passes = truths(answers);
            let left_out = batch.num_rows() - passes.true_count();
            if left_out * WORTH_IT < batch.num_rows() {
                *rest = PATIENCE;
            } else {
                batch = filter_record_batch(&batch, &passes)?;
            }
        }
        Ok(batch)
    }
}

/// Unknown is not true.
fn truths(answers: BooleanArray) -> BooleanArray {
    if answers.null_count() == 0 {
        return answers;
    }
    prep_null_mask_filter(&answers)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, AsArray, Int64Array, StringArray};
    use arrow::datatypes::Int64Type;

    use super::*;

    fn batch(values: impl IntoIterator<Item = Option<i64>>) -> RecordBatch {
        let column: ArrayRef = Arc::new(values.into_iter().collect::<Int64Array>());
        RecordBatch::try_from_iter([("x", column)]).unwrap()
    }

    fn passed(sieve: &mut Sieve, predicate: &Predicate, batch: &RecordBatch) -> Vec<Option<i64>> {
        let conditions = Conditions::new(predicate, batch.schema_ref());
        let passed = sieve.pass(&conditions, batch.clone()).unwrap();
        passed
            .column(0)
            .as_primitive::<Int64Type>()
            .iter()
            .collect()
    }

    #[test]
    fn only_what_is_true_passes() {
        let rows = batch([Some(1), None, Some(9), Some(5)]);
        let large = Predicate::gt("x", 4_i64);
        let mut sieve = Sieve::default();
        assert_eq!(passed(&mut sieve, &large, &rows), [Some(9), Some(5)]);
        let both = large.clone().and(Predicate::lt("x", 7_i64));
        assert_eq!(passed(&mut sieve, &both, &rows), [Some(5)]);
        let either = large.or(Predicate::is_null("x"));
        assert_eq!(passed(&mut sieve, &either, &rows), [None, Some(9), Some(5)]);
        let all = [Some(1), None, Some(9), Some(5)];
        assert_eq!(passed(&mut sieve, &Predicate::True, &rows), all);
    }

    #[test]
    fn numbers_come_before_texts_and_unknown_columns_not_at_all() {
        let words: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1]));
        let rows = RecordBatch::try_from_iter([("w", words), ("x", numbers)]).unwrap();
        let text = Predicate::eq("w", "a");
        let number = Predicate::eq("x", 1_i64);
        let predicate = text
            .clone()
            .and(Predicate::eq("gone", 1_i64))
            .and(number.clone());
        let Conditions(parts) = Conditions::new(&predicate, rows.schema_ref());
        assert_eq!(parts, [number, text]);
    }

    #[test]
    fn a_condition_that_catches_little_rests_for_a_while() {
        let mut sieve = Sieve::default();
        let any = Predicate::ge("x", 1_i64);
        let dense = batch((0..100).map(Some));
        assert_eq!(passed(&mut sieve, &any, &dense).len(), 100);
        let sparse = batch([Some(0), Some(0), Some(1)]);
        for _ in 0..PATIENCE {
            assert_eq!(passed(&mut sieve, &any, &sparse).len(), 3);
        }
        assert_eq!(passed(&mut sieve, &any, &sparse), [Some(1)]);
    }
}
