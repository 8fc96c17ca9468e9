//! Structs with values of every type, through record batches, warm files and cold files, bit for
//! bit.

use std::fmt::Debug;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::compute::concat_batches;
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::collection::vec;
use proptest::prelude::*;
use thermocline_derive::{SoA, SoAEnum};
use thermocline_formats::soa::{Columns, Required, SoaField, ToArrow};
use thermocline_formats::{
    IpcOptions, IpcSegment, IpcSegmentWriter, ParquetOptions, ParquetSegmentWriter, adapt_batch,
    same_bits, with_field_ids,
};

/// A value in every place where one can be.
#[derive(Debug, Clone, PartialEq, SoA)]
struct Places<T> {
    plain: T,
    optional: Option<T>,
    list: Vec<T>,
    optional_list: Option<Vec<T>>,
    list_of_optionals: Vec<Option<T>>,
    list_of_lists: Vec<Vec<T>>,
    nested: Inner<T>,
    optional_nested: Option<Inner<T>>,
    list_of_nested: Vec<Inner<T>>,
}

#[derive(Debug, Clone, PartialEq, SoA)]
struct Inner<T> {
    value: T,
    optional: Option<T>,
}

#[derive(Debug, Clone, Copy, PartialEq, SoAEnum)]
enum Planet {
    Mercury = 1,
    Earth = 3,
    Neptune = 8,
}

fn places<T: Clone + Debug + 'static>(
    value: impl Strategy<Value = T> + Clone + 'static,
) -> impl Strategy<Value = Places<T>> {
    let optional = |value: &BoxedStrategy<T>| proptest::option::of(value.clone());
    let value = value.boxed();
    let inner = (value.clone(), optional(&value))
        .prop_map(|(value, optional)| Inner { value, optional })
        .boxed();
    let flat = (
        value.clone(),
        optional(&value),
        vec(value.clone(), 0..4),
        proptest::option::of(vec(value.clone(), 0..4)),
        vec(optional(&value), 0..4),
        vec(vec(value, 0..3), 0..3),
    );
    let nested = (
        inner.clone(),
        proptest::option::of(inner.clone()),
        vec(inner, 0..3),
    );
    (flat, nested).prop_map(|(flat, nested)| Places {
        plain: flat.0,
        optional: flat.1,
        list: flat.2,
        optional_list: flat.3,
        list_of_optionals: flat.4,
        list_of_lists: flat.5,
        nested: nested.0,
        optional_nested: nested.1,
        list_of_nested: nested.2,
    })
}

/// The batch as a table has it.
fn in_a_table(batch: &RecordBatch) -> RecordBatch {
    let schema = std::sync::Arc::new(with_field_ids(&batch.schema()));
    thermocline_formats::check_batch(batch, &schema).unwrap()
}

fn through_a_warm_file(batch: &RecordBatch) -> RecordBatch {
    let options = IpcOptions::default().with_rows_per_block(7);
    let mut writer = IpcSegmentWriter::try_new(Vec::new(), &batch.schema(), &options, &[]).unwrap();
    writer.write(batch).unwrap();
    let (file, summary) = writer.finish().unwrap();
    let segment = IpcSegment::open(Buffer::from(file), Some(summary.trailer_crc)).unwrap();
    let blocks: Vec<_> = (0..segment.blocks())
        .map(|block| segment.read_block(block).unwrap())
        .collect();
    concat_batches(segment.schema(), &blocks).unwrap()
}

fn through_a_cold_file(batch: &RecordBatch) -> RecordBatch {
    let options = ParquetOptions::default().with_row_group_rows(9);
    let mut writer =
        ParquetSegmentWriter::try_new(Vec::new(), &batch.schema(), &options, &[]).unwrap();
    writer.write(batch).unwrap();
    let (file, _) = writer.finish().unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(file)).unwrap();
    let schema = reader.schema().clone();
    let batches: Vec<_> = reader.build().unwrap().map(Result::unwrap).collect();
    concat_batches(&schema, &batches).unwrap()
}

/// Rows through every form. `bits` shows a row so that rows which differ in a bit look different.
fn round_trip<C: Columns + ToArrow>(rows: Vec<C::Row>, bits: impl Fn(&C::Row) -> String) {
    let shown = |columns: &C| -> Vec<_> {
        (0..columns.len())
            .map(|row| bits(&columns.get(row).unwrap()))
            .collect()
    };
    let expected: Vec<_> = rows.iter().map(&bits).collect();
    let mut columns = C::default();
    rows.into_iter().for_each(|row| columns.push(row));
    assert_eq!(shown(&columns), expected);
    let batch = columns.to_record_batch().unwrap();
    assert_eq!(shown(&C::from_record_batch(&batch).unwrap()), expected);
    let batch = in_a_table(&batch);
    for read in [through_a_warm_file(&batch), through_a_cold_file(&batch)] {
        assert!(same_bits(
            &adapt_batch(&read, &batch.schema()).unwrap(),
            &batch
        ));
        let back = C::from_record_batch(&read).unwrap();
        assert_eq!(shown(&back), expected);
        // And out again, from what is now shared with the file's buffers.
        let again = C::from_record_batch(&back.to_record_batch().unwrap()).unwrap();
        assert_eq!(shown(&again), expected);
    }
}

/// `Debug` shows all of a value, except for floats.
fn debug<T: Debug>(row: &T) -> String {
    format!("{row:?}")
}

macro_rules! every_value_comes_back {
    ($($(#[$cfg:meta])* $name:ident: $type:ty = $strategy:expr;)+) => {$(
        $(#[$cfg])*
        #[test]
        fn $name() {
            let strategy = vec(places::<$type>($strategy), 1..25);
            proptest!(ProptestConfig::with_cases(12), |(rows in strategy)| {
                round_trip::<PlacesSoA<$type>>(rows, debug);
            });
        }
    )+};
}

fn text() -> impl Strategy<Value = String> + Clone {
    any::<String>()
}

every_value_comes_back! {
    bools: bool = any::<bool>();
    bytes_of_one: i8 = any::<i8>();
    shorts: i16 = any::<i16>();
    integers: i32 = any::<i32>();
    longs: i64 = any::<i64>();
    octets: u8 = any::<u8>();
    unsigned_shorts: u16 = any::<u16>();
    unsigned_integers: u32 = any::<u32>();
    unsigned_longs: u64 = prop_oneof![any::<u64>(), Just(u64::MAX), Just(1 << 63)];
    texts: String = text();
    binaries: Vec<u8> = vec(any::<u8>(), 0..9);
    fixed_binaries: [u8; 5] = any::<[u8; 5]>();
    enums: Planet = prop_oneof![Just(Planet::Mercury), Just(Planet::Earth), Just(Planet::Neptune)];
    #[cfg(feature = "uuid")]
    uuids: uuid::Uuid = any::<u128>().prop_map(uuid::Uuid::from_u128);
    #[cfg(feature = "chrono")]
    chrono_instants: chrono::DateTime<chrono::Utc> =
        any::<i64>().prop_map(chrono::DateTime::from_timestamp_nanos);
    #[cfg(feature = "chrono")]
    chrono_moments: chrono::NaiveDateTime =
        any::<i64>().prop_map(|n| chrono::DateTime::from_timestamp_nanos(n).naive_utc());
    #[cfg(feature = "chrono")]
    chrono_dates: chrono::NaiveDate = (-90_000_000..90_000_000).prop_map(|days| {
        chrono::NaiveDate::from_epoch_days(days).unwrap_or(chrono::NaiveDate::MAX)
    });
    #[cfg(feature = "jiff")]
    jiff_instants: jiff::Timestamp =
        any::<i64>().prop_map(|n| jiff::Timestamp::from_nanosecond(n.into()).unwrap());
    #[cfg(feature = "jiff")]
    jiff_moments: jiff::civil::DateTime = any::<i64>().prop_map(|n| {
        let instant = jiff::Timestamp::from_nanosecond(n.into()).unwrap();
        jiff::tz::Offset::UTC.to_datetime(instant)
    });
    #[cfg(feature = "jiff")]
    jiff_dates: jiff::civil::Date = prop_oneof![
        Just(jiff::civil::Date::MIN),
        Just(jiff::civil::Date::MAX),
        (-9999..=9999_i16, 1..=12_i8, 1..=28_i8).prop_map(|(y, m, d)| jiff::civil::date(y, m, d)),
    ];
}

/// The bits of every float in a row.
fn bits_of<T: Copy>(row: &Places<T>, bits: impl Fn(T) -> u64) -> String {
    let bits = &bits;
    let all = |values: &[T]| -> Vec<u64> { values.iter().map(|&value| bits(value)).collect() };
    let inner = |inner: &Inner<T>| (bits(inner.value), inner.optional.map(bits));
    debug(&(
        (bits(row.plain), row.optional.map(bits), all(&row.list)),
        row.optional_list.as_deref().map(all),
        row.list_of_optionals
            .iter()
            .map(|value| value.map(bits))
            .collect::<Vec<_>>(),
        row.list_of_lists
            .iter()
            .map(|list| all(list))
            .collect::<Vec<_>>(),
        inner(&row.nested),
        row.optional_nested.as_ref().map(inner),
        row.list_of_nested.iter().map(inner).collect::<Vec<_>>(),
    ))
}

#[test]
fn every_bit_of_a_float_comes_back() {
    let quiet = 0x7ff8_dead_beef_0001_u64;
    let value = prop_oneof![any::<u64>(), Just(quiet), Just(1 << 63)].prop_map(f64::from_bits);
    proptest!(ProptestConfig::with_cases(12), |(rows in vec(places(value), 1..25))| {
        round_trip::<PlacesSoA<f64>>(rows, |row| bits_of(row, f64::to_bits));
    });
    let value = prop_oneof![any::<u32>(), Just(0x7fc0_beef)].prop_map(f32::from_bits);
    proptest!(ProptestConfig::with_cases(12), |(rows in vec(places(value), 1..25))| {
        round_trip::<PlacesSoA<f32>>(rows, |row| bits_of(row, |value| value.to_bits().into()));
    });
}

/// Values that are stored as an attribute says.
#[derive(Debug, Clone, PartialEq, SoA)]
struct Encoded {
    #[soa(timestamp(s))]
    seconds: i64,
    #[soa(timestamp(ms, "Asia/Tokyo"))]
    milliseconds: Option<i64>,
    #[soa(timestamp(us))]
    microseconds: Vec<i64>,
    #[soa(timestamp(ns, "UTC"))]
    nanoseconds: Option<Vec<i64>>,
    #[soa(date)]
    day: Option<i32>,
    #[soa(decimal(38, 4))]
    amount: Option<i128>,
    #[soa(decimal(9, 9))]
    share: Vec<i128>,
    #[soa(dictionary)]
    word: String,
    #[soa(dictionary)]
    words: Vec<Option<String>>,
    #[soa(dictionary)]
    planet: Option<Planet>,
}

#[test]
fn values_in_other_encodings_come_back() {
    let amount = || -10_i128.pow(38) + 1..10_i128.pow(38);
    let word = || "[a-c]{0,2}";
    let option = proptest::option::of::<BoxedStrategy<i64>>;
    let times = (
        any::<i64>(),
        option(any::<i64>().boxed()),
        vec(any::<i64>(), 0..4),
        proptest::option::of(vec(any::<i64>(), 0..4)),
        proptest::option::of(any::<i32>()),
    );
    let planet = prop_oneof![Just(Planet::Earth), Just(Planet::Neptune)];
    let others = (
        proptest::option::of(amount()),
        vec(-999_999_999_i128..=999_999_999, 0..3),
        word(),
        vec(proptest::option::of(word()), 0..4),
        proptest::option::of(planet),
    );
    let rows = (times, others).prop_map(|(times, others)| Encoded {
        seconds: times.0,
        milliseconds: times.1,
        microseconds: times.2,
        nanoseconds: times.3,
        day: times.4,
        amount: others.0,
        share: others.1,
        word: others.2,
        words: others.3,
        planet: others.4,
    });
    proptest!(ProptestConfig::with_cases(50), |(rows in vec(rows, 1..30))| {
        round_trip::<EncodedSoA>(rows, debug);
    });
}

/// Any column that is required can be made optional; the compiler checks it here.
fn optional<T: SoaField>() -> usize
where
    T::Column: Required,
{
    size_of::<<Option<T> as SoaField>::Column>()
}

#[test]
fn whatever_is_required_can_be_optional() {
    assert!(optional::<Inner<Vec<u8>>>() > 0);
}
