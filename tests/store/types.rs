//! Every type that a table may have comes back bit for bit: open, hot, warm,
//! cold, and through SQL.

use std::sync::Arc;

use crate::kit::builder;
use futures::TryStreamExt;
use proptest::prelude::*;
use tempfile::TempDir;
use thermocline::arrow::array::{
    Array, ArrayRef, AsArray, Float32Array, Float64Array, Int64Array, RecordBatch, StringArray,
    UInt64Array,
};
use thermocline::arrow::compute::take_record_batch;
use thermocline::arrow::datatypes::{DataType, Field, Int64Type, Schema};
use thermocline::formats::same_bits;
use thermocline::{PartitionBy, ScanOptions, Selection, Store, Table, TableOptions, Tier};
use thermocline_testing::arbitrary_batch;

/// The batch with its row numbers as a last column, `row`, so that a row is
/// known wherever it turns up.
fn numbered(batch: &RecordBatch) -> RecordBatch {
    let rows = i64::try_from(batch.num_rows()).unwrap();
    let mut fields: Vec<_> = batch.schema_ref().fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new("row", DataType::Int64, false)));
    let mut columns = batch.columns().to_vec();
    columns.push(Arc::new(Int64Array::from_iter_values(0..rows)));
    let metadata = batch.schema_ref().metadata().clone();
    RecordBatch::try_new(
        Arc::new(Schema::new_with_metadata(fields, metadata)),
        columns,
    )
    .unwrap()
}

/// Checks that `found` is `given`, each row once, in any order; `row` is the
/// last column of both.
fn assert_same_rows(found: &[RecordBatch], given: &RecordBatch, place: &str) {
    let mut seen: Vec<i64> = Vec::new();
    for batch in found {
        let numbers = batch
            .column(batch.num_columns() - 1)
            .as_primitive::<Int64Type>();
        let expected = take_record_batch(given, numbers).unwrap();
        for index in 0..given.num_columns() {
            let (got, expected) = (
                batch.project(&[index]).unwrap(),
                expected.project(&[index]).unwrap(),
            );
            assert!(
                same_bits(&got, &expected),
                "{place}: {:?}\ninstead of {:?}",
                got.column(0),
                expected.column(0)
            );
        }
        seen.extend(numbers.values());
    }
    seen.sort_unstable();
    assert!(
        seen.iter()
            .copied()
            .eq(0..i64::try_from(given.num_rows()).unwrap()),
        "{place}"
    );
}

/// Where rows can be; each comes after those before it.
const PLACES: [Option<Tier>; 6] = [
    None,
    Some(Tier::Hot),
    Some(Tier::Warm),
    Some(Tier::Cold),
    // Copies of cold rows.
    Some(Tier::Warm),
    Some(Tier::Hot),
];

/// A table of the batch's rows, appended in pieces and partitioned in several.
async fn table(dir: &TempDir, rows: &RecordBatch, pieces: usize) -> (Store, Table) {
    let store = builder(dir).open().await.unwrap();
    let partition_by: PartitionBy = "bucket(3, row)".parse().unwrap();
    let options = TableOptions::new(rows.schema()).partition_by(partition_by);
    let table = store.create_table("t", options).await.unwrap();
    let step = rows.num_rows().div_ceil(pieces).max(1);
    for start in (0..rows.num_rows()).step_by(step) {
        let rows = rows.slice(start, step.min(rows.num_rows() - start));
        table.append(rows).await.unwrap();
    }
    (store, table)
}

async fn scanned(store: &Store) -> Vec<RecordBatch> {
    let snapshot = store.snapshot();
    let scan = snapshot
        .table("t")
        .unwrap()
        .scan(ScanOptions::new())
        .unwrap();
    scan.stream().try_collect().await.unwrap()
}

fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..Default::default() })]

    #[test]
    fn every_type_comes_back_bit_for_bit_from_every_tier_and_the_log(
        seed in any::<u64>(),
        rows in 0_usize..200,
        pieces in 1_usize..4,
    ) {
        block_on(async {
            let rows = numbered(&arbitrary_batch(seed, rows));
            let dir = tempfile::tempdir().unwrap();
            let (store, opened) = table(&dir, &rows, pieces).await;
            assert_eq!(opened.schema().unwrap().metadata(), rows.schema_ref().metadata());
            drop((store, opened));
            // From the log, then from each tier.
            let store = builder(&dir).open().await.unwrap();
            let table = store.table("t").unwrap();
            for place in PLACES {
                if let Some(tier) = place {
                    table.move_to(&Selection::All, tier).await.unwrap();
                }
                assert_same_rows(&scanned(&store).await, &rows, &format!("{place:?}"));
            }
        });
    }
}

fn nullable<A: Array + 'static>(array: A) -> (ArrayRef, bool) {
    (Arc::new(array), true)
}

/// The values that storage most often gets wrong, with nulls first, last and between.
fn awkward() -> RecordBatch {
    let long = "tall story ".repeat(400_000);
    let columns: [(&str, (ArrayRef, bool)); 4] = [
        (
            "big",
            nullable(UInt64Array::from(vec![
                None,
                Some(0),
                Some(u64::MAX),
                Some(1 << 63),
                Some((1 << 63) - 1),
                None,
            ])),
        ),
        (
            "double",
            nullable(Float64Array::from(vec![
                Some(-0.0),
                Some(0.0),
                None,
                Some(f64::from_bits(0x7ff8_0000_dead_beef)),
                Some(f64::from_bits(0xfff8_0000_0000_0001)),
                Some(f64::from_bits(1)),
            ])),
        ),
        (
            "single",
            nullable(Float32Array::from(vec![
                Some(-0.0),
                Some(f32::from_bits(0xffc0_1234)),
                None,
                Some(f32::NEG_INFINITY),
                Some(f32::MIN_POSITIVE / 2.0),
                None,
            ])),
        ),
        (
            "text",
            nullable(StringArray::from(vec![
                None,
                Some(""),
                Some(long.as_str()),
                Some("\0"),
                Some("größe 飞行 🦆"),
                None,
            ])),
        ),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns
            .into_iter()
            .map(|(name, (column, nullable))| (name, column, nullable)),
    );
    numbered(&batch.unwrap())
}

#[test]
fn large_integers_signed_zeros_nan_payloads_and_long_texts_survive_every_tier() {
    block_on(async {
        let rows = awkward();
        let dir = tempfile::tempdir().unwrap();
        let (store, table) = table(&dir, &rows, 1).await;
        for place in PLACES {
            if let Some(tier) = place {
                table.move_to(&Selection::All, tier).await.unwrap();
            }
            assert_same_rows(&scanned(&store).await, &rows, &format!("{place:?}"));
            #[cfg(feature = "sql")]
            sql::awkward_values_by_literal(&store).await;
        }
    });
}

#[cfg(feature = "sql")]
mod sql {
    use thermocline::Sql;
    use thermocline::arrow::array::{GenericListArray, OffsetSizeTrait, StructArray};
    use thermocline::arrow::buffer::{OffsetBuffer, ScalarBuffer};
    use thermocline::arrow::compute::{CastOptions, cast_with_options};
    use thermocline::arrow::datatypes::TimeUnit;
    use thermocline::arrow::error::ArrowError;

    use super::*;
    use crate::kit::oracle::numbers;

    /// What SQL makes of the values, compared with what they are known to be.
    pub(super) async fn awkward_values_by_literal(store: &Store) {
        let by = async |condition: &str| -> Vec<i64> {
            let query = format!("SELECT \"row\" FROM t WHERE {condition} ORDER BY 1");
            numbers(store, &query)
                .await
                .into_iter()
                .map(|row| row[0])
                .collect()
        };
        assert_eq!(by("big > 9223372036854775807").await, [2, 3]);
        assert_eq!(by("big = 18446744073709551615").await, [2]);
        assert_eq!(by("big IS NULL").await, [0, 5]);
        assert_eq!(by("isnan(double)").await, [3, 4]);
        assert_eq!(by("double = 0").await, [0, 1], "zero equals minus zero");
        assert_eq!(by("double > 0 AND double < 1e-300").await, [5]);
        assert_eq!(by("single < -1e38 AND NOT isnan(single)").await, [3]);
        assert_eq!(by("text = ''").await, [1]);
        assert_eq!(by("length(text) = 4400000").await, [2]);
        assert_eq!(by("text = chr(0)").await, [3]);
        assert_eq!(by("text LIKE '%🦆'").await, [4]);
    }

    /// A column as SQL gives it back: the types that DuckDB lacks become the
    /// next one that holds the same values.
    fn as_sql(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
        use DataType as T;

        let to = match array.data_type() {
            T::Float16 => T::Float32,
            T::LargeUtf8 | T::Dictionary(_, _) => T::Utf8,
            T::LargeBinary | T::FixedSizeBinary(_) => T::Binary,
            T::Date64 => T::Timestamp(TimeUnit::Millisecond, None),
            T::Time32(_) => T::Time64(TimeUnit::Microsecond),
            // An instant keeps its instant, not its zone.
            T::Timestamp(TimeUnit::Nanosecond, Some(_)) => utc(TimeUnit::Nanosecond),
            T::Timestamp(_, Some(_)) => utc(TimeUnit::Microsecond),
            T::Decimal32(precision, scale) | T::Decimal64(precision, scale) => {
                T::Decimal128(*precision, *scale)
            }
            T::Decimal256(precision, _) if *precision > 38 => T::Utf8,
            T::List(_) => return list::<i32>(array),
            T::LargeList(_) => return list::<i64>(array),
            T::Struct(_) => return structure(array.as_struct()),
            same => same.clone(),
        };
        cast_with_options(
            array,
            &to,
            &CastOptions {
                safe: false,
                ..CastOptions::default()
            },
        )
    }

    fn utc(unit: TimeUnit) -> DataType {
        DataType::Timestamp(unit, Some("UTC".into()))
    }

    fn list<O: OffsetSizeTrait>(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
        let list: &GenericListArray<O> = array.as_list();
        let values = as_sql(list.values())?;
        let offsets: Vec<i32> = list
            .value_offsets()
            .iter()
            .map(|o| i32::try_from(o.as_usize()).unwrap())
            .collect();
        let item = Arc::new(Field::new("l", values.data_type().clone(), true));
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        Ok(Arc::new(GenericListArray::new(
            item,
            offsets,
            values,
            list.nulls().cloned(),
        )))
    }

    fn structure(array: &StructArray) -> Result<ArrayRef, ArrowError> {
        let mut fields = Vec::new();
        let mut columns = Vec::new();
        for (field, column) in array.fields().iter().zip(array.columns()) {
            let column = as_sql(column)?;
            fields.push(Field::new(field.name(), column.data_type().clone(), true));
            columns.push(column);
        }
        Ok(Arc::new(StructArray::new(
            fields.into(),
            columns,
            array.nulls().cloned(),
        )))
    }

    /// The columns as SQL gives them back, and the names of those with an
    /// instant that SQL cannot hold.
    fn expected(rows: &RecordBatch) -> (RecordBatch, Vec<String>) {
        let mut columns: Vec<(String, ArrayRef, bool)> = Vec::new();
        let mut too_far = Vec::new();
        for (field, column) in rows.schema_ref().fields().iter().zip(rows.columns()) {
            match as_sql(column) {
                Ok(column) => columns.push((field.name().clone(), column, true)),
                Err(_) => too_far.push(field.name().clone()),
            }
        }
        (
            RecordBatch::try_from_iter_with_nullable(columns).unwrap(),
            too_far,
        )
    }

    async fn check(store: &Store, expected: &RecordBatch, too_far: &[String], place: &str) {
        let names: Vec<String> = expected
            .schema_ref()
            .fields()
            .iter()
            .map(|f| format!("\"{}\"", f.name()))
            .collect();
        let query = format!("SELECT {} FROM t", names.join(", "));
        assert_same_rows(&store.sql(&query).collect().await.unwrap(), expected, place);
        for name in too_far {
            let query = format!("SELECT \"{name}\" FROM t");
            let error = store.sql(&query).collect().await.unwrap_err();
            assert!(
                error.to_string().contains("can't be carried"),
                "{name}: {error}"
            );
        }
    }

    async fn check_in_every_place(seed: u64, rows: usize, pieces: usize) {
        let rows = numbered(&arbitrary_batch(seed, rows));
        let (expected, too_far) = expected(&rows);
        let dir = tempfile::tempdir().unwrap();
        let (store, table) = table(&dir, &rows, pieces).await;
        for place in PLACES {
            if let Some(tier) = place {
                table.move_to(&Selection::All, tier).await.unwrap();
            }
            check(&store, &expected, &too_far, &format!("{place:?}")).await;
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..Default::default() })]

        #[test]
        fn every_type_keeps_its_value_through_sql_from_every_tier(
            seed in any::<u64>(),
            rows in 1_usize..120,
            pieces in 1_usize..4,
        ) {
            block_on(check_in_every_place(seed, rows, pieces));
        }
    }

    #[test]
    fn the_batch_whose_lists_once_came_back_with_other_items_is_right() {
        block_on(check_in_every_place(17_441_392_704_071_938_269, 34, 2));
    }
}
