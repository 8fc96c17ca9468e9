//! Leaving rows out before they are copied.

use arrow::array::{Array, BooleanArray, RecordBatch};
use arrow::compute::{filter_record_batch, prep_null_mask_filter};
use thermocline_formats::Predicate;

use crate::{Error, Result};

/// Filtering is worth its time while it leaves out at least one row in four.
const WORTH_IT: (usize, usize) = (1, 4);

/// After a batch that was not worth it, so many pass unfiltered before the next is tried.
const PATIENCE: u32 = 8;

/// Leaves out the rows that a predicate is not true for, as long as that pays: DuckDB filters what
/// is left, so nothing depends on it.
#[derive(Debug, Default)]
pub(super) struct Sieve {
    rest: u32,
}

impl Sieve {
    /// The rows of a batch that may pass.
    pub(super) fn pass(
        &mut self,
        predicate: &Predicate,
        batch: RecordBatch,
    ) -> Result<RecordBatch> {
        if *predicate == Predicate::True {
            return Ok(batch);
        }
        if self.rest > 0 {
            self.rest -= 1;
            return Ok(batch);
        }
        let answers = predicate
            .evaluate(&batch)
            .map_err(|error| Error::internal(error.to_string()))?;
        let passes = truths(answers);
        let left_out = batch.num_rows() - passes.true_count();
        let (part, of) = WORTH_IT;
        if left_out * of < batch.num_rows() * part {
            self.rest = PATIENCE;
            return Ok(batch);
        }
        Ok(filter_record_batch(&batch, &passes)?)
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

    use arrow::array::{ArrayRef, AsArray, Int64Array};
    use arrow::datatypes::Int64Type;

    use super::*;

    fn batch(values: impl IntoIterator<Item = Option<i64>>) -> RecordBatch {
        let column: ArrayRef = Arc::new(values.into_iter().collect::<Int64Array>());
        RecordBatch::try_from_iter([("x", column)]).unwrap()
    }

    fn values(batch: &RecordBatch) -> Vec<Option<i64>> {
        batch.column(0).as_primitive::<Int64Type>().iter().collect()
    }

    #[test]
    fn only_what_is_true_passes() {
        let rows = batch([Some(1), None, Some(9), Some(5)]);
        let large = Predicate::gt("x", 4_i64);
        let passed = Sieve::default().pass(&large, rows.clone()).unwrap();
        assert_eq!(values(&passed), [Some(9), Some(5)]);
        let passed = Sieve::default()
            .pass(&Predicate::True, rows.clone())
            .unwrap();
        assert_eq!(passed, rows);
    }

    #[test]
    fn a_sieve_that_catches_little_rests_for_a_while() {
        let mut sieve = Sieve::default();
        let any = Predicate::ge("x", 1_i64);
        let dense = batch((0..100).map(Some));
        assert_eq!(sieve.pass(&any, dense.clone()).unwrap().num_rows(), 100);
        let sparse = batch([Some(0), Some(0), Some(1)]);
        for _ in 0..PATIENCE {
            assert_eq!(sieve.pass(&any, sparse.clone()).unwrap().num_rows(), 3);
        }
        assert_eq!(sieve.pass(&any, sparse).unwrap().num_rows(), 1);
    }
}
