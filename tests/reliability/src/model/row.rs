//! Rows whose every value follows from their key, so that any row that is read
//! can be checked by itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{
    DataType, Field, Int32Type, Int64Type, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType,
};
use thermocline_testing::Random;

use super::wide;
use crate::failure::{Failure, Outcome};

/// A batch's rows have keys from its number times this on.
pub const BATCH: i64 = 1_000;

/// One value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cell {
    /// None.
    Null,
    /// A number, date or time.
    Int(i64),
    /// A string.
    Text(String),
    /// A value of any other type, to the last bit.
    Bits(Vec<u8>),
}

/// Some columns of one row, by name.
pub type Row = BTreeMap<String, Cell>;

/// The columns of a table besides its key.
pub const PLAIN: [&str; 4] = ["part", "value", "text", "at"];

/// The value of a column in the row with this key. `has` says whether the row
/// was written with that column.
#[must_use]
pub fn cell(key: i64, column: &str, has: bool) -> Cell {
    let mut random = Random::new(key.cast_unsigned().wrapping_mul(31));
    let bits = random.bits() >> 8;
    let small = |end: u64| i64::try_from(bits % end).unwrap_or_default();
    match column {
        "part" => Cell::Int(small(3)),
        "value" if bits.is_multiple_of(5) => Cell::Null,
        "value" => Cell::Int(small(100)),
        "text" => Cell::Text(format!("{}{}", "abc".repeat(random.below(4)), small(7))),
        "at" => Cell::Int(small(10_000) * 60_000_000),
        _ if column.starts_with('k') => Cell::Int(key),
        _ if column.starts_with('w') => {
            wide::number(column).map_or(Cell::Null, |number| wide::cell(key, number))
        }
        _ if has && !bits.is_multiple_of(4) => Cell::Int(small(1_000)),
        _ => Cell::Null,
    }
}

/// The columns of a new table.
#[must_use]
pub fn schema(key: &str) -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new(key, DataType::Int64, false),
        Field::new("part", DataType::Int32, false),
        Field::new("value", DataType::Int64, true),
        Field::new("text", DataType::Utf8, false),
        Field::new(
            "at",
            DataType::Timestamp(TimeUnit::Microsecond, None),
            false,
        ),
    ]))
}

/// The columns of a new table, and some of any type.
#[must_use]
pub fn wide_schema(key: &str, random: &mut Random) -> SchemaRef {
    let mut columns: BTreeMap<String, Field> = BTreeMap::new();
    for _ in 0..=random.below(4) {
        let column = wide::draw(random);
        columns.insert(column.name().clone(), column);
    }
    let plain = schema(key);
    let plain = plain.fields().iter().map(|field| field.as_ref().clone());
    Arc::new(Schema::new(
        plain.chain(columns.into_values()).collect::<Vec<_>>(),
    ))
}

/// The columns that were added to a table, by name.
#[must_use]
pub fn added(schema: &Schema) -> Vec<String> {
    let fields = schema.fields().iter().skip(1 + PLAIN.len());
    let names = fields.map(|field| field.name().clone());
    names.filter(|name| wide::number(name).is_none()).collect()
}

/// A batch with these keys, for a table with these columns.
///
/// # Errors
/// When the schema is none of ours.
pub fn batch(schema: &SchemaRef, keys: std::ops::Range<i64>) -> Outcome<RecordBatch> {
    let ints = |column: &str| {
        keys.clone().map({
            let column = column.to_owned();
            move |key| match cell(key, &column, true) {
                Cell::Int(value) => Some(value),
                _ => None,
            }
        })
    };
    let columns = schema.fields().iter().map(|field| -> Outcome<ArrayRef> {
        if let Some(number) = wide::number(field.name()) {
            return wide::array(keys.clone(), number);
        }
        Ok(match field.data_type() {
            DataType::Int32 => Arc::new(Int32Array::from_iter(
                ints(field.name()).map(|value| value.and_then(|v| i32::try_from(v).ok())),
            )),
            DataType::Utf8 => {
                Arc::new(StringArray::from_iter(keys.clone().map(|key| {
                    match cell(key, field.name(), true) {
                        Cell::Text(text) => Some(text),
                        _ => None,
                    }
                })))
            }
            DataType::Timestamp(..) => {
                Arc::new(TimestampMicrosecondArray::from_iter(ints(field.name())))
            }
            _ => Arc::new(Int64Array::from_iter(ints(field.name()))),
        })
    });
    let columns = columns.collect::<Outcome<_>>()?;
    // A table's schema has numbers inside its types, which no client knows.
    let fields = schema
        .fields()
        .iter()
        .map(|field| match wide::number(field.name()) {
            Some(number) => Arc::new(wide::field(number)),
            None => Arc::clone(field),
        });
    let schema = Schema::new(fields.collect::<Vec<_>>());
    RecordBatch::try_new(Arc::new(schema), columns)
        .map_err(|e| Failure::new(format!("the test made a batch that cannot be: {e}")))
}

/// The keys of rows whose key column has this name.
pub fn keys<'a>(rows: &'a [Row], column: &'a str) -> impl Iterator<Item = i64> + 'a {
    rows.iter().filter_map(move |row| match row.get(column) {
        Some(Cell::Int(key)) => Some(*key),
        _ => None,
    })
}

/// The rows of a batch that was read.
///
/// # Errors
/// When it has columns that no table of ours has.
pub fn rows(batch: &RecordBatch) -> Outcome<Vec<Row>> {
    let mut rows = vec![Row::new(); batch.num_rows()];
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        if let Some(number) = wide::number(field.name()) {
            for (row, cell) in rows.iter_mut().zip(wide::cells(column, number)?) {
                row.insert(field.name().clone(), cell);
            }
            continue;
        }
        for (index, row) in rows.iter_mut().enumerate() {
            let cell = if column.is_null(index) {
                Cell::Null
            } else {
                match field.data_type() {
                    DataType::Int64 => Cell::Int(column.as_primitive::<Int64Type>().value(index)),
                    DataType::Int32 => {
                        Cell::Int(i64::from(column.as_primitive::<Int32Type>().value(index)))
                    }
                    DataType::Timestamp(TimeUnit::Microsecond, None) => Cell::Int(
                        column
                            .as_primitive::<TimestampMicrosecondType>()
                            .value(index),
                    ),
                    DataType::Utf8 => Cell::Text(column.as_string::<i32>().value(index).to_owned()),
                    other => {
                        return Err(Failure::new(format!(
                            "column `{}` has type {other}, which was never written",
                            field.name()
                        )));
                    }
                }
            };
            row.insert(field.name().clone(), cell);
        }
    }
    Ok(rows)
}
