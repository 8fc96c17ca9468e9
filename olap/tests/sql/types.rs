//! Every type that a table can have comes back from SQL as it went in, from every tier.

use std::sync::Arc;

use crate::support::{answer, batch, ints, store, table};
use arrow::array::*;
use arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::compute::cast;
use arrow::datatypes::*;
use thermocline_formats::same_bits;
use thermocline_olap::{ErrorKind, Sql};
use thermocline_tiers::{Selection, Tier};

/// Checks that a column comes back as `expected` from each tier, among rows before and after it.
async fn comes_back(name: &str, given: ArrayRef, expected: ArrayRef) {
    let (_dir, store) = store().await;
    let rows = given.len();
    let ids = ints(0..i64::try_from(rows).unwrap());
    let table = table(&store, "t", &batch(vec![("id", ids.clone()), ("v", given)])).await;
    let expected = batch(vec![("id", ids), ("v", expected)]);
    let check = async |place: &str| {
        let got = answer(&store, "SELECT id, v FROM t ORDER BY id").await;
        assert_eq!(
            got.column(1).data_type(),
            expected.column(1).data_type(),
            "{name}, {place}"
        );
        assert!(
            same_bits(&got, &expected),
            "{name}, {place}: {:?} instead of {:?}",
            got.column(1),
            expected.column(1)
        );
        let again = answer(&store, "SELECT v FROM t WHERE v IS NOT NULL").await;
        let nulls = expected.column(1).null_count();
        assert_eq!(again.num_rows(), rows - nulls, "{name}, {place}");
    };
    check("open").await;
    table.seal().await.unwrap();
    check("hot").await;
    for tier in [Tier::Warm, Tier::Cold] {
        table.move_to(&Selection::All, tier).await.unwrap();
        check(&format!("{tier:?}")).await;
    }
}

async fn unchanged(name: &str, given: ArrayRef) {
    comes_back(name, Arc::clone(&given), given).await;
}

fn primitive<T: ArrowPrimitiveType>(values: Vec<Option<T::Native>>) -> ArrayRef {
    Arc::new(PrimitiveArray::<T>::from_iter(values))
}

#[tokio::test(flavor = "multi_thread")]
async fn integers_of_every_width() {
    unchanged(
        "i8",
        primitive::<Int8Type>(vec![Some(i8::MIN), None, Some(i8::MAX)]),
    )
    .await;
    unchanged(
        "i16",
        primitive::<Int16Type>(vec![Some(i16::MIN), None, Some(i16::MAX)]),
    )
    .await;
    unchanged(
        "i32",
        primitive::<Int32Type>(vec![Some(i32::MIN), None, Some(i32::MAX)]),
    )
    .await;
    unchanged(
        "i64",
        primitive::<Int64Type>(vec![Some(i64::MIN), None, Some(i64::MAX)]),
    )
    .await;
    unchanged(
        "u8",
        primitive::<UInt8Type>(vec![Some(0), None, Some(u8::MAX)]),
    )
    .await;
    unchanged(
        "u16",
        primitive::<UInt16Type>(vec![Some(0), None, Some(u16::MAX)]),
    )
    .await;
    unchanged(
        "u32",
        primitive::<UInt32Type>(vec![Some(0), None, Some(u32::MAX)]),
    )
    .await;
    let u64s = vec![
        Some(0),
        None,
        Some(u64::MAX),
        Some(1 << 63),
        Some((1 << 63) - 1),
    ];
    unchanged("u64", primitive::<UInt64Type>(u64s)).await;
    let flags = BooleanArray::from(vec![Some(true), None, Some(false), Some(true)]);
    unchanged("bool", Arc::new(flags)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn floats_with_their_signs_and_payloads() {
    let payload = f32::from_bits(0x7fc0_1234);
    let floats = vec![
        Some(-0.0),
        Some(0.0),
        None,
        Some(payload),
        Some(f32::NEG_INFINITY),
    ];
    unchanged("f32", primitive::<Float32Type>(floats)).await;
    let doubles = vec![
        Some(-0.0),
        Some(f64::from_bits(0x7ff8_0000_dead_beef)),
        Some(f64::from_bits(0xfff8_0000_0000_0001)),
        None,
        Some(f64::MIN_POSITIVE / 2.0),
        Some(f64::INFINITY),
    ];
    unchanged("f64", primitive::<Float64Type>(doubles)).await;
    let wide = primitive::<Float32Type>(vec![Some(-0.0), None, Some(65504.0), Some(1e-7)]);
    let halves = cast(&wide, &DataType::Float16).unwrap();
    let expected = cast(&halves, &DataType::Float32).unwrap();
    comes_back("f16", halves, expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strings_and_bytes_of_every_length() {
    let long = "ab".repeat(3_000_000);
    let texts = vec![
        Some(""),
        None,
        Some("exactly 12 b"),
        Some("thirteen char"),
        Some("nul \0 inside"),
        Some("größe 飞行 🦆"),
        Some(long.as_str()),
    ];
    let utf8: ArrayRef = Arc::new(StringArray::from(texts.clone()));
    unchanged("utf8", Arc::clone(&utf8)).await;
    comes_back("large utf8", Arc::new(LargeStringArray::from(texts)), utf8).await;

    let bytes: Vec<Option<&[u8]>> = vec![
        Some(b""),
        None,
        Some(b"\xff\xfe\x00"),
        Some(b"more than twelve \xff bytes"),
    ];
    let binary: ArrayRef = Arc::new(BinaryArray::from(bytes.clone()));
    unchanged("binary", Arc::clone(&binary)).await;
    comes_back(
        "large binary",
        Arc::new(LargeBinaryArray::from(bytes)),
        binary,
    )
    .await;

    let fixed = vec![
        Some(b"0123456789abcdef"),
        None,
        Some(b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
    ];
    let fixed =
        FixedSizeBinaryArray::try_from_sparse_iter_with_size(fixed.into_iter(), 16).unwrap();
    let expected = cast(&fixed, &DataType::Binary).unwrap();
    comes_back("fixed binary", Arc::new(fixed), expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dictionaries_become_their_strings() {
    let keys = Int8Array::from(vec![Some(2), None, Some(0), Some(1), Some(2)]);
    // A value may be null as well as a key.
    let values = StringArray::from(vec![Some("first"), None, Some("a longer third value")]);
    let dictionary = DictionaryArray::new(keys, Arc::new(values));
    let expected = StringArray::from(vec![
        Some("a longer third value"),
        None,
        Some("first"),
        None,
        Some("a longer third value"),
    ]);
    comes_back("dictionary", Arc::new(dictionary), Arc::new(expected)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dates_and_times() {
    unchanged(
        "date32",
        primitive::<Date32Type>(vec![Some(-719_162), None, Some(2_932_896)]),
    )
    .await;
    let given = primitive::<Date64Type>(vec![Some(1), None, Some(-86_400_001)]);
    let expected = primitive::<TimestampMillisecondType>(vec![Some(1), None, Some(-86_400_001)]);
    comes_back("date64", given, expected).await;

    let micros = vec![Some(0), None, Some(86_399_000_000)];
    let expected = primitive::<Time64MicrosecondType>(micros);
    let given = primitive::<Time32SecondType>(vec![Some(0), None, Some(86_399)]);
    comes_back("time32 s", given, Arc::clone(&expected)).await;
    let given = primitive::<Time32MillisecondType>(vec![Some(0), None, Some(86_399_000)]);
    comes_back("time32 ms", given, Arc::clone(&expected)).await;
    unchanged("time64 us", expected).await;
    let nanos = vec![Some(1), None, Some(86_399_999_999_999)];
    unchanged("time64 ns", primitive::<Time64NanosecondType>(nanos)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn timestamps_of_every_unit() {
    let values = vec![Some(i64::MIN), Some(-1), None, Some(0), Some(i64::MAX)];
    unchanged("s", primitive::<TimestampSecondType>(values.clone())).await;
    unchanged("ms", primitive::<TimestampMillisecondType>(values.clone())).await;
    unchanged("us", primitive::<TimestampMicrosecondType>(values.clone())).await;
    unchanged("ns", primitive::<TimestampNanosecondType>(values)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn timestamps_with_a_zone_keep_their_instant() {
    fn zoned<T: ArrowTimestampType>(values: &[Option<i64>], zone: &str) -> ArrayRef {
        Arc::new(PrimitiveArray::<T>::from_iter(values.iter().copied()).with_timezone(zone))
    }
    let micros = [Some(-1_000_000), None, Some(1_700_000_000_000_000)];
    let expected = zoned::<TimestampMicrosecondType>(&micros, "UTC");
    let given = zoned::<TimestampMicrosecondType>(&micros, "Europe/Berlin");
    comes_back("us", given, Arc::clone(&expected)).await;
    let seconds = [Some(-1), None, Some(1_700_000_000)];
    comes_back(
        "s",
        zoned::<TimestampSecondType>(&seconds, "UTC"),
        Arc::clone(&expected),
    )
    .await;
    let millis = [Some(-1_000), None, Some(1_700_000_000_000)];
    comes_back(
        "ms",
        zoned::<TimestampMillisecondType>(&millis, "+02:00"),
        expected,
    )
    .await;
    let nanos = [Some(-1), None, Some(1_700_000_000_000_000_001)];
    let expected = zoned::<TimestampNanosecondType>(&nanos, "UTC");
    comes_back(
        "ns",
        zoned::<TimestampNanosecondType>(&nanos, "Asia/Tokyo"),
        expected,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instant_that_sql_cannot_hold_is_an_error_and_no_null() {
    let (_dir, store) = store().await;
    let far = TimestampSecondArray::from(vec![i64::MAX]).with_timezone("UTC");
    table(&store, "t", &batch(vec![("v", Arc::new(far))])).await;
    let error = store.sql("SELECT v FROM t").collect().await.unwrap_err();
    assert!(error.to_string().contains("can't be carried"), "{error}");
    assert_eq!(answer(&store, "SELECT count(*) FROM t").await.num_rows(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn decimals_of_every_width() {
    fn decimal<T: DecimalType>(values: Vec<Option<T::Native>>, p: u8, s: i8) -> ArrayRef {
        let array = PrimitiveArray::<T>::from_iter(values)
            .with_precision_and_scale(p, s)
            .unwrap();
        Arc::new(array)
    }
    for (precision, scale) in [(4, 2), (9, 0), (18, 18), (19, 3), (38, 10)] {
        let most = 10_i128.pow(u32::from(precision)) - 1;
        let given = decimal::<Decimal128Type>(
            vec![Some(-most), None, Some(0), Some(most)],
            precision,
            scale,
        );
        unchanged(&format!("decimal128({precision}, {scale})"), given).await;
    }
    let as_128 = |array: &ArrayRef, p, s| cast(array, &DataType::Decimal128(p, s)).unwrap();
    let given = decimal::<Decimal32Type>(vec![Some(-9999), None, Some(1234)], 4, 1);
    comes_back("decimal32", Arc::clone(&given), as_128(&given, 4, 1)).await;
    let given = decimal::<Decimal64Type>(vec![Some(-99_999), None, Some(12)], 5, 5);
    comes_back("decimal64", Arc::clone(&given), as_128(&given, 5, 5)).await;
}

fn lists_of_texts() -> ListArray {
    let values = StringArray::from(vec![
        Some("a"),
        None,
        Some("more than twelve bytes"),
        Some("d"),
    ]);
    ListArray::new(
        Arc::new(Field::new("item", DataType::Utf8, true)),
        OffsetBuffer::new(ScalarBuffer::from(vec![0, 2, 2, 2, 4])),
        Arc::new(values),
        Some(NullBuffer::from(vec![true, false, true, true])),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_and_structs_at_any_depth() {
    // DuckDB calls the elements of a list `l`.
    fn renamed(list: &ArrayRef) -> ArrayRef {
        let (DataType::List(item) | DataType::LargeList(item)) = list.data_type() else {
            return Arc::clone(list);
        };
        let item = Field::new("l", item.data_type().clone(), true);
        cast(list, &DataType::List(Arc::new(item))).unwrap()
    }
    let lists: ArrayRef = Arc::new(lists_of_texts());
    comes_back("list", Arc::clone(&lists), renamed(&lists)).await;
    let item = Arc::new(Field::new("item", DataType::Utf8, true));
    let large = cast(&lists, &DataType::LargeList(item)).unwrap();
    comes_back("large list", Arc::clone(&large), renamed(&lists)).await;

    let lists_in = renamed(&lists);
    let structs = |lists: ArrayRef| -> ArrayRef {
        let numbers = primitive::<Int16Type>(vec![Some(1), None, Some(3), Some(4)]);
        let fields = vec![
            Field::new("n", DataType::Int16, true),
            Field::new("odd \"name\"", lists.data_type().clone(), true),
        ];
        let nulls = NullBuffer::from(vec![true, true, false, true]);
        Arc::new(StructArray::new(
            fields.into(),
            vec![numbers, lists],
            Some(nulls),
        ))
    };
    comes_back("struct", structs(lists), structs(lists_in)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fields_of_a_null_struct_are_null() {
    let (_dir, store) = store().await;
    let fields = vec![Field::new("n", DataType::Int16, true)];
    let numbers = primitive::<Int16Type>(vec![Some(1), Some(2), Some(3)]);
    // Arrow lets a value stand below a null.
    let nulls = NullBuffer::from(vec![true, false, true]);
    let structs = StructArray::new(fields.into(), vec![numbers], Some(nulls));
    table(&store, "t", &batch(vec![("v", Arc::new(structs))])).await;
    let sum = crate::support::numbers(&store, "SELECT sum(v.n) FROM t").await;
    assert_eq!(sum, [4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_larger_than_a_vector() {
    let (_dir, store) = store().await;
    let mut builder = ListBuilder::new(Int64Builder::new());
    for row in 0..5_000_i64 {
        for element in 0..row % 7 {
            builder.values().append_value(row * 10 + element);
        }
        builder.append(row % 11 != 0);
    }
    let lists = builder.finish();
    let expected: i64 = (0..lists.len())
        .filter(|row| lists.is_valid(*row))
        .flat_map(|row| {
            lists
                .value(row)
                .as_primitive::<Int64Type>()
                .values()
                .to_vec()
        })
        .sum();
    table(&store, "t", &batch(vec![("v", Arc::new(lists))])).await;
    let query = "SELECT sum(e) FROM (SELECT unnest(v) AS e FROM t)";
    assert_eq!(crate::support::numbers(&store, query).await, [expected]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_struct_that_sql_cannot_show_hides_no_other_table() {
    let (_dir, store) = store().await;
    let fields = vec![
        Field::new("A", DataType::Int8, true),
        Field::new("a", DataType::Int8, true),
    ];
    let twins = StructArray::new(
        fields.into(),
        vec![
            primitive::<Int8Type>(vec![Some(1)]),
            primitive::<Int8Type>(vec![Some(2)]),
        ],
        None,
    );
    table(&store, "twins", &batch(vec![("v", Arc::new(twins))])).await;
    table(&store, "plain", &batch(vec![("v", ints([7]))])).await;
    assert_eq!(
        crate::support::numbers(&store, "SELECT v FROM plain").await,
        [7]
    );
    let error = store
        .sql("SELECT * FROM twins")
        .collect()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(
        error.to_string().contains("column `v` of table `twins`"),
        "{error}"
    );
}
