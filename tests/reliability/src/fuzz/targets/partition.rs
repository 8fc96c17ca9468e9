//! Any text read as a partitioning or a partition path: what is accepted is
//! printed so that it reads the same, and a partitioning that fits divides rows
//! of every type so that none is lost.

use std::sync::OnceLock;

use arrow::array::{Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use thermocline_formats::{PartitionBy, PartitionKey, same_bits};
use thermocline_testing::arbitrary_batch;

use super::Target;
use crate::failure::{Failure, Outcome, ensure};

pub(super) const TARGET: Target = Target {
    name: "partition",
    run,
    seeds,
};

fn run(data: &[u8]) -> Outcome {
    let Ok(text) = std::str::from_utf8(data) else {
        return Ok(());
    };
    if let Ok(by) = text.parse::<PartitionBy>() {
        let shown = by.to_string();
        ensure(shown.parse().ok().as_ref() == Some(&by), || {
            format!("`{text}` is printed as `{shown}`, which is another")
        })?;
        divide(&by)?;
    }
    if let Ok(key) = text.parse::<PartitionKey>() {
        reads_back(&key)?;
    }
    Ok(())
}

fn reads_back(key: &PartitionKey) -> Outcome {
    let shown = key.to_string();
    ensure(shown.parse().ok().as_ref() == Some(key), || {
        format!("the path {key:?} is printed as `{shown}`, which is another")
    })
}

/// The last column, the number of each row.
const NUMBER: &str = "number";

/// Rows of every type, numbered.
fn rows() -> &'static RecordBatch {
    static ROWS: OnceLock<RecordBatch> = OnceLock::new();
    ROWS.get_or_init(|| {
        let batch = arbitrary_batch(2, 12);
        let mut fields = batch.schema().fields().to_vec();
        fields.push(Field::new(NUMBER, DataType::Int64, false).into());
        let mut columns = batch.columns().to_vec();
        columns.push(std::sync::Arc::new(Int64Array::from_iter_values(0..12)));
        RecordBatch::try_new(Schema::new(fields).into(), columns).unwrap_or(batch)
    })
}

/// Each row is in one part, in its order, and every row of a part divided again
/// goes to the same part.
fn divide(by: &PartitionBy) -> Outcome {
    let rows = rows();
    let fits = by.check(&rows.schema()).is_ok();
    let Ok(parts) = by.split(rows) else {
        return Ok(());
    };
    ensure(fits, || format!("`{by}` does not fit, and divides"))?;
    let mut seen = vec![false; rows.num_rows()];
    for (key, part) in &parts {
        reads_back(key)?;
        let numbers = part.column_by_name(NUMBER).and_then(|column| {
            let numbers = column.as_any().downcast_ref::<Int64Array>()?;
            Some(numbers.values().to_vec())
        });
        let numbers = numbers.ok_or_else(|| Failure::new("a part lacks a column"))?;
        ensure(numbers.is_sorted_by(|a, b| a < b), || {
            format!("rows of `{key}` are in disorder: {numbers:?}")
        })?;
        for (place, number) in numbers.iter().enumerate() {
            let number = usize::try_from(*number).unwrap_or(usize::MAX);
            let slot = seen.get_mut(number);
            let slot = slot.ok_or_else(|| Failure::new("there is a row that was not"))?;
            ensure(!*slot, || format!("row {number} is there twice"))?;
            *slot = true;
            ensure(
                same_bits(&part.slice(place, 1), &rows.slice(number, 1)),
                || format!("row {number} of `{by}` is another"),
            )?;
        }
        let again = by.split(part).ok();
        let alone =
            again.is_some_and(|again| matches!(again.as_slice(), [(same, _)] if same == key));
        ensure(alone, || format!("`{key}` is divided again by `{by}`"))?;
    }
    ensure(seen.iter().all(|seen| *seen), || {
        format!("`{by}` loses a row")
    })
}

fn seeds() -> Outcome<Vec<Vec<u8>>> {
    let texts = [
        "",
        "carrier, month(time_hour), bucket(16, id)",
        "\"a \"\"b\"\"\", truncate(4, name), year(at), day(at), hour(at)",
        "month=2013-01/carrier=UA",
        "a=__HIVE_DEFAULT_PARTITION__/b=%5F%2F/c_bucket=7",
        "c0, bucket(3, c4), truncate(2, c12), c17",
        "month(c17), day(c23), year(c25), hour(c26), \"required c8\"",
        "bucket(5, c12), truncate(10, c3), bucket(2, c33), c32",
        "truncate(7, c29), bucket(4, c14), c24",
    ];
    Ok(texts.iter().map(|text| text.as_bytes().to_vec()).collect())
}
