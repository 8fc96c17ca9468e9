//! Comparing answers.

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use tpchgen::q_and_a::answers_sf1;

use crate::harness::Outcome;

/// How far two sums of floating point numbers may be apart that were added in another order, as a
/// part of either.
const ROUNDING: Tolerance = Tolerance {
    least: 1e-9,
    part: 1e-9,
};
/// How far a number may be from a published one: those have two decimal places, and the
/// specification allows for more where a division was rounded before it was printed.
const PUBLISHED: Tolerance = Tolerance {
    least: 0.01,
    part: 1e-7,
};

/// How far two numbers may be apart: so much, or such a part of them if that is more.
#[derive(Clone, Copy)]
struct Tolerance {
    least: f64,
    part: f64,
}

/// The query whose published keys are cut to four places in the copy that `tpchgen` has.
const CUT_KEYS: i32 = 11;

/// The rows of an answer as texts.
pub(super) fn text(batches: &[RecordBatch]) -> Outcome<Vec<Vec<String>>> {
    let options = FormatOptions::default();
    let mut rows = Vec::new();
    for batch in batches {
        let columns = batch.columns().iter();
        let columns = columns
            .map(|column| ArrayFormatter::try_new(column.as_ref(), &options))
            .collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            rows.push(
                columns
                    .iter()
                    .map(|column| column.value(row).to_string())
                    .collect(),
            );
        }
    }
    Ok(rows)
}

/// Whether two answers have the same rows, in any order.
pub(super) fn same_rows(mut ours: Vec<Vec<String>>, mut theirs: Vec<Vec<String>>) -> Outcome<()> {
    ours.sort_unstable();
    theirs.sort_unstable();
    compare(&ours, &theirs, ROUNDING)
}

/// Whether an answer is the one that the specification prints for scale factor 1.
pub(super) fn as_published(number: i32, ours: &[Vec<String>]) -> Outcome<()> {
    let text = answers_sf1::answer(number).ok_or("there is no such query")?;
    let lines = text.lines().filter(|line| !line.trim().is_empty()).skip(1);
    let published: Vec<Vec<String>> = lines
        .map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect();
    if number == CUT_KEYS {
        return compare(&without_keys(ours), &without_keys(&published), PUBLISHED);
    }
    compare(ours, &published, PUBLISHED)
}

fn without_keys(rows: &[Vec<String>]) -> Vec<Vec<String>> {
    rows.iter()
        .map(|row| row.iter().skip(1).cloned().collect())
        .collect()
}

fn compare(ours: &[Vec<String>], theirs: &[Vec<String>], tolerance: Tolerance) -> Outcome<()> {
    if ours.len() != theirs.len() {
        let counts = format!("{} rows instead of {}", ours.len(), theirs.len());
        return Err(format!("wrong answer: {counts}").into());
    }
    for (ours, theirs) in ours.iter().zip(theirs) {
        let cells = ours.iter().zip(theirs);
        if ours.len() != theirs.len() || !cells.into_iter().all(|(a, b)| same_cell(a, b, tolerance))
        {
            return Err(format!("wrong answer: a row is {ours:?} instead of {theirs:?}").into());
        }
    }
    Ok(())
}

fn same_cell(ours: &str, theirs: &str, tolerance: Tolerance) -> bool {
    let (ours, theirs) = (ours.trim(), theirs.trim());
    if ours == theirs {
        return true;
    }
    match (ours.parse::<f64>(), theirs.parse::<f64>()) {
        (Ok(ours), Ok(theirs)) => {
            (ours - theirs).abs() <= tolerance.least.max(tolerance.part * theirs.abs())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
        rows.iter()
            .map(|row| row.iter().map(|cell| (*cell).to_owned()).collect())
            .collect()
    }

    #[test]
    fn order_does_not_matter_and_values_do() {
        let answer = rows(&[&["A", "1.50"], &["B", "2"]]);
        same_rows(answer.clone(), rows(&[&["B", "2.0"], &["A", "1.5"]])).unwrap();
        same_rows(answer.clone(), rows(&[&["A", "1.51"], &["B", "2"]])).unwrap_err();
        same_rows(answer, rows(&[&["A", "1.50"]])).unwrap_err();
    }

    #[test]
    fn a_published_answer_is_compared_within_its_rounding() {
        as_published(6, &rows(&[&["123141078.2283"]])).unwrap();
        // More than a ten-millionth off.
        as_published(6, &rows(&[&["123141098.2283"]])).unwrap_err();
    }

    #[test]
    fn published_keys_that_are_cut_are_not_compared_and_their_values_are() {
        let published = answers_sf1::answer(CUT_KEYS).unwrap();
        let values = published
            .lines()
            .filter_map(|line| line.split('|').nth(1))
            .skip(1);
        let whole: Vec<_> = values
            .map(|value| vec!["129760".to_owned(), value.trim().to_owned()])
            .collect();
        as_published(CUT_KEYS, &whole).unwrap();
        as_published(CUT_KEYS, whole.get(1..).unwrap()).unwrap_err();
    }
}
