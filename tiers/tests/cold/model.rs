//! Rows of every type, made up by their numbers, and what others must see of them.
//!
//! Nothing here is read from a table: values, their texts, and what fits a condition are
//! worked out from the numbers alone.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small numbers in many types"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, BinaryArray, BooleanArray, DictionaryArray,
    FixedSizeBinaryArray, Int64Array, LargeStringArray, ListArray, PrimitiveArray, RecordBatch,
    StringArray, StructArray,
};
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Field,
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, Schema,
    SchemaRef, Time32MillisecondType, Time64MicrosecondType, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use serde_json::{Value, json};
use thermocline_tiers::TableOptions;

use crate::kit::DAY;

type Half = <Float16Type as ArrowPrimitiveType>::Native;

/// As the scripts write null.
const NULL: &str = "∅";
/// 2013-01-01 and 2025-01-01 in microseconds.
const OLD: i64 = 1_356_998_400_000_000;
const NEW: i64 = 1_735_689_600_000_000;

/// Values of the first partition column.
const PLACES: [Option<&str>; 6] = [
    Some("a/b=c"),
    Some("größe %41 \"☃\""),
    Some(""),
    None,
    Some("plain"),
    Some("x y+z:"),
];
const KINDS: [&str; 3] = ["jet", "kite", "prop"];

/// The columns by which the table is divided, as others see them.
pub(crate) const PARTITIONS: [&str; 2] = ["place_partition", "seen_year"];

/// Whether value `n` of a nullable column is there.
fn there(n: i64) -> bool {
    n % 11 != 5
}

pub(crate) fn is_old(n: i64) -> bool {
    n % 4 == 0
}

fn place(n: i64) -> usize {
    usize::try_from(n % 6).unwrap()
}

fn seen(n: i64) -> i64 {
    (if is_old(n) { OLD } else { NEW }) + n * 61_000_001
}

fn long(n: i64) -> String {
    if n % 97 == 0 {
        format!("{}{n}", "z".repeat(100))
    } else {
        format!("größe {:04}", n % 50)
    }
}

fn wide(n: i64) -> i128 {
    let value = 9_876_543_210_987_654_321_098_765_432_i128 + i128::from(n);
    if n % 3 == 0 { -value } else { value }
}

fn float(n: i64) -> f64 {
    match n % 8 {
        0 => -0.0,
        1 => f64::NAN,
        2 => f64::INFINITY,
        3 => f64::NEG_INFINITY,
        4 => 0.0,
        _ => n as f64 / 4.0 - 100.0,
    }
}

fn float_text(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else {
        format!("{:016x}", value.to_bits())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Columns with the texts of their values.
struct Columns {
    ids: Vec<i64>,
    fields: Vec<Field>,
    arrays: Vec<ArrayRef>,
    seen: Seen,
}

impl Columns {
    fn push(&mut self, name: &str, delta: &str, array: ArrayRef, text: impl Fn(i64) -> String) {
        let is_null = |at: usize| array.is_null(at);
        let texts = self.ids.iter().enumerate();
        let texts = texts.map(|(at, n)| {
            if is_null(at) {
                NULL.to_owned()
            } else {
                text(*n)
            }
        });
        let seen = (delta.to_owned(), texts.collect());
        self.seen.insert(name.to_owned(), seen);
        let nullable = !matches!(name, "id" | "seen" | "pair");
        let field = Field::new(name, array.data_type().clone(), nullable);
        self.fields.push(field);
        self.arrays.push(array);
    }

    /// A column of which some values are null.
    fn numbers<T: ArrowPrimitiveType>(
        &mut self,
        name: &str,
        data_type: DataType,
        delta: &str,
        value: impl Fn(i64) -> T::Native,
        text: impl Fn(i64) -> String,
    ) {
        let values = self.ids.iter().map(|n| there(*n).then(|| value(*n)));
        let array: PrimitiveArray<T> = values.collect();
        self.push(name, delta, Arc::new(array.with_data_type(data_type)), text);
    }
}

fn columns(ids: &[i64], extra: bool) -> Columns {
    use DataType as T;

    let mut all = Columns {
        ids: ids.to_vec(),
        fields: Vec::new(),
        arrays: Vec::new(),
        seen: BTreeMap::new(),
    };
    let small = |n: i64| i32::try_from(n % 100).unwrap();
    let id: ArrayRef = Arc::new(Int64Array::from_iter_values(ids.iter().copied()));
    all.push("id", "long", id, |n| n.to_string());
    let places: StringArray = ids.iter().map(|n| PLACES[place(*n)]).collect();
    all.push("place", "string", Arc::new(places), |n| {
        PLACES[place(n)].unwrap().to_owned()
    });
    let times =
        PrimitiveArray::<TimestampMicrosecondType>::from_iter_values(ids.iter().map(|n| seen(*n)));
    all.push("seen", "timestamp_ntz", Arc::new(times), |n| {
        seen(n).to_string()
    });
    let flags: BooleanArray = ids
        .iter()
        .map(|n| there(*n).then_some(n % 2 == 0))
        .collect();
    all.push("flag", "boolean", Arc::new(flags), |n| {
        (n % 2 == 0).to_string()
    });
    all.numbers::<Int8Type>(
        "i8",
        T::Int8,
        "byte",
        |n| (n % 256 - 128) as i8,
        |n| (n % 256 - 128).to_string(),
    );
    all.numbers::<Int16Type>(
        "i16",
        T::Int16,
        "short",
        |n| -(n as i16),
        |n| (-n).to_string(),
    );
    all.numbers::<Int32Type>(
        "i32",
        T::Int32,
        "integer",
        |n| -(n as i32) << 16,
        |n| (-(n << 16)).to_string(),
    );
    all.numbers::<UInt8Type>(
        "u8",
        T::UInt8,
        "short",
        |n| (n % 256) as u8,
        |n| (n % 256).to_string(),
    );
    all.numbers::<UInt16Type>(
        "u16",
        T::UInt16,
        "integer",
        |n| u16::MAX - n as u16,
        |n| (65_535 - n).to_string(),
    );
    all.numbers::<UInt32Type>(
        "u32",
        T::UInt32,
        "long",
        |n| u32::MAX - n as u32,
        |n| (4_294_967_295 - n).to_string(),
    );
    // Others see the same bits, signed.
    all.numbers::<UInt64Type>(
        "u64",
        T::UInt64,
        "long",
        |n| {
            if n % 3 == 0 {
                u64::MAX - n as u64
            } else {
                n as u64
            }
        },
        |n| (if n % 3 == 0 { -1 - n } else { n }).to_string(),
    );
    all.numbers::<Float16Type>(
        "f16",
        T::Float16,
        "float",
        |n| Half::from_f32(small(n) as f32 / 4.0),
        |n| float_text(f64::from(small(n)) / 4.0),
    );
    all.numbers::<Float32Type>(
        "f32",
        T::Float32,
        "float",
        |n| float(n) as f32,
        |n| float_text(f64::from(float(n) as f32)),
    );
    all.numbers::<Float64Type>("f64", T::Float64, "double", float, |n| float_text(float(n)));
    all.numbers::<Float64Type>(
        "price",
        T::Float64,
        "double",
        |n| n as f64 / 4.0 - 100.0,
        |n| float_text(n as f64 / 4.0 - 100.0),
    );
    let notes: LargeStringArray = ids.iter().map(|n| there(*n).then(|| long(*n))).collect();
    all.push("note", "string", Arc::new(notes), long);
    let kind = |n: i64| KINDS[usize::try_from(n % 3).unwrap()];
    let kinds: DictionaryArray<Int32Type> =
        ids.iter().map(|n| there(*n).then(|| kind(*n))).collect();
    all.push("kind", "string", Arc::new(kinds), |n| kind(n).to_owned());
    let moods: DictionaryArray<Int8Type> = ids.iter().map(|n| Some(kind(n + 1))).collect();
    all.push("mood", "string", Arc::new(moods), |n| {
        kind(n + 1).to_owned()
    });
    let bytes: BinaryArray = ids
        .iter()
        .map(|n| there(*n).then(|| n.to_be_bytes()))
        .collect();
    all.push(
        "bytes",
        "binary",
        Arc::new(bytes),
        |n| hex(&n.to_be_bytes()),
    );
    let fixed = |n: i64| (n as u32).to_be_bytes();
    let fixeds = ids.iter().map(|n| there(*n).then(|| fixed(*n)));
    let fixeds = FixedSizeBinaryArray::try_from_sparse_iter_with_size(fixeds, 4).unwrap();
    all.push("fixed", "binary", Arc::new(fixeds), |n| hex(&fixed(n)));
    let day = |n: i64| n * 37 - 9_000;
    all.numbers::<Date32Type>(
        "born",
        T::Date32,
        "date",
        |n| day(n) as i32,
        |n| day(n).to_string(),
    );
    all.numbers::<Date64Type>(
        "born64",
        T::Date64,
        "long",
        |n| day(n) * DAY / 1000,
        |n| (day(n) * DAY / 1000).to_string(),
    );
    let number = |n: i64| n.to_string();
    let stamp = |unit| T::Timestamp(unit, None);
    all.numbers::<TimestampSecondType>("s", stamp(TimeUnit::Second), "long", |n| n, number);
    all.numbers::<TimestampMillisecondType>(
        "ms",
        stamp(TimeUnit::Millisecond),
        "long",
        |n| n,
        number,
    );
    all.numbers::<TimestampNanosecondType>(
        "ns",
        stamp(TimeUnit::Nanosecond),
        "long",
        |n| seen(n) * 1000 + n,
        |n| (seen(n) * 1000 + n).to_string(),
    );
    all.numbers::<TimestampMicrosecondType>(
        "utc",
        T::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        "timestamp",
        seen,
        |n| seen(n).to_string(),
    );
    all.numbers::<Time32MillisecondType>(
        "t32",
        T::Time32(TimeUnit::Millisecond),
        "integer",
        |n| n as i32 * 1001,
        |n| (n * 1001).to_string(),
    );
    all.numbers::<Time64MicrosecondType>(
        "t64",
        T::Time64(TimeUnit::Microsecond),
        "long",
        |n| n * 1_000_001,
        |n| (n * 1_000_001).to_string(),
    );
    all.numbers::<Decimal32Type>(
        "d7",
        T::Decimal32(7, 2),
        "decimal(7,2)",
        |n| n as i32 * 101 - 50_000,
        |n| (n * 101 - 50_000).to_string(),
    );
    all.numbers::<Decimal64Type>(
        "d15",
        T::Decimal64(15, 3),
        "decimal(15,3)",
        |n| n * 987_654_321 - 300_000_000_000,
        |n| (n * 987_654_321 - 300_000_000_000).to_string(),
    );
    all.numbers::<Decimal128Type>("d38", T::Decimal128(38, 10), "decimal(38,10)", wide, |n| {
        wide(n).to_string()
    });
    let lists = ids
        .iter()
        .map(|n| there(*n).then(|| [Some(*n), None, Some(-n)].into_iter().take(place(*n))));
    let lists = ListArray::from_iter_primitive::<Int64Type, _, _>(lists);
    all.push("list", "array<long>", Arc::new(lists), |n| {
        let items = [n.to_string(), NULL.to_owned(), (-n).to_string()];
        format!("[{}]", items[..place(n).min(3)].join(","))
    });
    let pair = |name: &str, array: ArrayRef| {
        (
            Arc::new(Field::new(name, array.data_type().clone(), true)),
            array,
        )
    };
    let pairs = StructArray::from(vec![
        pair(
            "left",
            Arc::new(Int64Array::from_iter_values(ids.iter().map(|n| n * 2))),
        ),
        pair(
            "right",
            Arc::new(StringArray::from_iter_values(
                ids.iter().map(|n| format!("r{n}")),
            )),
        ),
    ]);
    all.push("pair", "struct<long,string>", Arc::new(pairs), |n| {
        format!("{{{},r{n}}}", n * 2)
    });
    if extra {
        all.numbers::<UInt8Type>(
            "extra",
            T::UInt8,
            "short",
            |n| n as u8,
            |n| (n % 256).to_string(),
        );
    }
    all
}

/// Rows `ids`; the column `extra` was added later.
pub(crate) fn batch(ids: impl Iterator<Item = i64>, extra: bool) -> RecordBatch {
    let all = columns(&ids.collect::<Vec<_>>(), extra);
    RecordBatch::try_new(Arc::new(Schema::new(all.fields)), all.arrays).unwrap()
}

pub(crate) fn schema() -> SchemaRef {
    batch(0..0, false).schema()
}

/// The column that is added later.
pub(crate) fn extra() -> Field {
    Field::new("extra", DataType::UInt8, true)
}

pub(crate) fn options() -> TableOptions {
    TableOptions::new(schema())
        .partition_by("place, year(seen)".parse().unwrap())
        .event_time("seen")
}

fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// A hash of rows as texts that does not depend on their order.
pub(crate) fn hash(rows: impl Iterator<Item = String>) -> u64 {
    rows.fold(0, |sum, row| sum.wrapping_add(fnv1a(&row)))
}

/// A condition in SQL, and which rows fit it.
pub(crate) type Condition = (&'static str, fn(i64) -> bool);

/// Conditions that statistics and partitions decide, or must not.
const CONDITIONS: &[Condition] = &[
    ("id >= 700", |n| n >= 700),
    ("u64 < 0", |n| there(n) && n % 3 == 0),
    ("u32 > 4294966900", |n| {
        there(n) && 4_294_967_295 - n > 4_294_966_900
    }),
    ("u16 < 65000", |n| there(n) && 65_535 - n < 65_000),
    ("i8 < -100", |n| there(n) && n % 256 - 128 < -100),
    ("f64 < -1000", |n| there(n) && n % 8 == 3),
    ("f64 >= -1000 AND f64 <= 1000", |n| {
        there(n) && !(1..4).contains(&(n % 8))
    }),
    ("price > 50.25", |n| {
        there(n) && n as f64 / 4.0 - 100.0 > 50.25
    }),
    ("d7 >= 100.50", |n| there(n) && n * 101 - 50_000 >= 10_050),
    ("d38 < 0", |n| there(n) && n % 3 == 0),
    ("note > 'z'", |n| there(n) && n % 97 == 0),
    ("note < 'größe 0003'", |n| {
        there(n) && n % 97 != 0 && n % 50 < 3
    }),
    ("kind = 'kite'", |n| there(n) && n % 3 == 1),
    ("place = ''", |n| place(n) == 2),
    ("place IS NULL", |n| place(n) == 3),
    ("place = 'a/b=c'", |n| place(n) == 0),
    ("place_partition = 'a/b=c'", |n| place(n) == 0),
    ("place_partition = 'größe %41 \"☃\"'", |n| place(n) == 1),
    ("place_partition = '\"\"'", |n| place(n) == 2),
    ("place_partition IS NULL", |n| place(n) == 3),
    ("place_partition > 'b'", |n| matches!(place(n), 1 | 4 | 5)),
    ("seen_year = '2013'", is_old),
];

/// A condition that NaN fits, where a reader takes it for the greatest.
pub(crate) const WITH_NAN: Condition = ("f64 > 1000", |n| there(n) && (n % 8 == 1 || n % 8 == 2));

/// By name: the type's name in Delta, and the values as texts.
type Seen = BTreeMap<String, (String, Vec<String>)>;

/// The columns that are in the files. `extra` is the first row that has the added column,
/// if the table has it.
fn stored(ids: &[i64], extra: Option<i64>) -> Seen {
    let mut columns = columns(ids, extra.is_some()).seen;
    if let (Some(first), Some((_, texts))) = (extra, columns.get_mut("extra")) {
        for (text, _) in texts.iter_mut().zip(ids).filter(|(_, n)| **n < first) {
            NULL.clone_into(text);
        }
    }
    columns
}

fn hash_of(columns: &Seen, rows: usize) -> String {
    let row = |row: usize| {
        let values: Vec<&str> = columns.values().map(|(_, v)| v[row].as_str()).collect();
        values.join("|")
    };
    hash((0..rows).map(row)).to_string()
}

/// What must be in the files of rows `ids`.
pub(crate) fn expected_in_files(ids: &[i64], extra: Option<i64>) -> Value {
    let hash = hash_of(&stored(ids, extra), ids.len());
    json!({"rows": ids.len(), "sum": ids.iter().sum::<i64>(), "hash": hash})
}

/// What a reader must see of rows `ids`.
pub(crate) fn expected(ids: &[i64], extra: Option<i64>) -> Value {
    let mut columns = stored(ids, extra);
    let year = |n: &i64| if is_old(*n) { "2013" } else { "2025" }.to_owned();
    // Delta takes an empty text for null, so two quotes stand for it.
    let partition = |n: &i64| match PLACES[place(*n)] {
        None => NULL,
        Some("") => "\"\"",
        Some(place) => place,
    };
    let string = "string".to_owned();
    let [place_column, year_column] = PARTITIONS.map(str::to_owned);
    let places: Vec<String> = ids.iter().map(|n| partition(n).to_owned()).collect();
    columns.insert(place_column, (string.clone(), places));
    columns.insert(year_column, (string, ids.iter().map(year).collect()));

    let mut partitions: BTreeMap<String, usize> = BTreeMap::new();
    for row in 0..ids.len() {
        let key = PARTITIONS
            .map(|name| columns[name].1[row].as_str())
            .join("/");
        *partitions.entry(key).or_default() += 1;
    }
    let count = |fits: &fn(i64) -> bool| ids.iter().filter(|n| fits(**n)).count();
    let nulls = |texts: &[String]| texts.iter().filter(|text| *text == NULL).count();
    let types: BTreeMap<_, _> = columns.iter().map(|(n, (t, _))| (n, t)).collect();
    let nulls: BTreeMap<_, _> = columns.iter().map(|(n, (_, v))| (n, nulls(v))).collect();
    let filters: BTreeMap<_, _> = CONDITIONS
        .iter()
        .map(|(s, fits)| (s, count(fits)))
        .collect();
    json!({
        "rows": ids.len(),
        "sum": ids.iter().sum::<i64>(),
        "types": types,
        "nulls": nulls,
        "partitions": partitions,
        "hash": hash_of(&columns, ids.len()),
        "filters": filters,
    })
}

/// What a reader is asked of a table's version.
pub(crate) fn request(table: &str, version: Option<u64>) -> Value {
    let filters: Vec<&str> = CONDITIONS.iter().map(|(sql, _)| *sql).collect();
    json!({"table": table, "version": version, "partition": PARTITIONS, "filters": filters})
}
