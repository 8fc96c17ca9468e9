//! For tests: seeded generators of schemas and batches, and what may be there beside them.
//!
//! The same seed gives the same values in every version of this crate's dependencies. Values lean
//! towards the awkward: extremes, NaNs with payloads, negative zeros, empty and long strings,
//! nulls.

mod arrays;
pub mod extras;
mod random;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};

pub use random::Random;

/// A schema with every supported type, nullable and not, and nested ones; as a user would write it: no field ids.
#[must_use]
pub fn arbitrary_schema() -> SchemaRef {
    use DataType as T;

    let zone = |zone: &str| Some(Arc::from(zone));
    let dictionary = |key: T, value: T| T::Dictionary(Box::new(key), Box::new(value));
    let item = |data_type: T| Arc::new(Field::new("item", data_type, true));
    let required_item = |data_type: T| Arc::new(Field::new("item", data_type, false));
    let inner = T::Struct(Fields::from(vec![
        Field::new("x", T::Int32, false),
        Field::new("name", T::Utf8, true),
        Field::new("tags", T::List(item(T::Utf8)), true),
        Field::new("kind", dictionary(T::Int16, T::Utf8), true),
    ]));
    let types = vec![
        T::Boolean,
        T::Int8,
        T::Int16,
        T::Int32,
        T::Int64,
        T::UInt8,
        T::UInt16,
        T::UInt32,
        T::UInt64,
        T::Float16,
        T::Float32,
        T::Float64,
        T::Utf8,
        T::LargeUtf8,
        T::Binary,
        T::LargeBinary,
        T::FixedSizeBinary(7),
        T::Date32,
        T::Date64,
        T::Time32(TimeUnit::Second),
        T::Time32(TimeUnit::Millisecond),
        T::Time64(TimeUnit::Microsecond),
        T::Time64(TimeUnit::Nanosecond),
        T::Timestamp(TimeUnit::Second, None),
        T::Timestamp(TimeUnit::Millisecond, zone("UTC")),
        T::Timestamp(TimeUnit::Microsecond, zone("Europe/Berlin")),
        T::Timestamp(TimeUnit::Nanosecond, zone("+02:00")),
        T::Decimal32(9, 3),
        T::Decimal64(18, 0),
        T::Decimal128(5, 5),
        T::Decimal128(15, 2),
        T::Decimal128(38, 10),
        dictionary(T::Int8, T::Utf8),
        dictionary(T::UInt16, T::LargeUtf8),
        dictionary(T::Int32, T::Utf8),
        dictionary(T::UInt64, T::Utf8),
        T::List(item(T::Int64)),
        T::List(required_item(T::Float64)),
        T::LargeList(item(dictionary(T::Int32, T::Utf8))),
        T::List(item(inner.clone())),
        inner,
    ];
    let mut fields = Vec::with_capacity(types.len() * 2);
    for (number, data_type) in types.into_iter().enumerate() {
        fields.push(Field::new(format!("c{number}"), data_type.clone(), true));
        fields.push(Field::new(format!("required c{number}"), data_type, false));
    }
    let metadata = [("owner".to_owned(), "tests, \"quoted\" & \u{fc}".to_owned())];
    Arc::new(Schema::new_with_metadata(fields, HashMap::from(metadata)))
}

/// A batch of [`arbitrary_schema`] with this many rows. One batch in sixteen has strings of a
/// million bytes.
#[must_use]
pub fn arbitrary_batch(seed: u64, rows: usize) -> RecordBatch {
    arbitrary_batch_of(&arbitrary_schema(), seed, rows)
}

/// A batch of this schema, whose types must be supported ones.
///
/// # Panics
///
/// If they aren't.
#[must_use]
#[expect(clippy::expect_used, reason = "for tests")]
pub fn arbitrary_batch_of(schema: &SchemaRef, seed: u64, rows: usize) -> RecordBatch {
    let mut random = Random::new(seed);
    let long = random.one_in(16);
    let columns = schema
        .fields()
        .iter()
        .map(|field| arrays::array(&mut random, field, rows, long))
        .collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
        .expect("every column has the type of its field")
}
