//! PyArrow and Polars open warm and cold files as they are, and see the same rows.
//!
//! Needs a Python with both: its path is in `THERMOCLINE_PYTHON`. Without it the
//! test says that it is skipped, unless `THERMOCLINE_REQUIRE_EXTRAS` is set.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use crate::kit::{DAY, EPOCH};
use serde_json::{Value, json};
use thermocline::arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, DictionaryArray, Float64Array, Int64Array,
    RecordBatch, StringArray, TimestampMicrosecondArray, UInt16Array,
};
use thermocline::arrow::datatypes::{DataType, Field, Int32Type, Schema};
use thermocline::{
    Codec, IpcCompression, IpcOptions, ParquetOptions, Selection, Settings, Store, TableOptions,
    Tier,
};

const ROWS: i64 = 5_000;

/// Whether value number `n` of a nullable column is there.
fn present(n: i64) -> bool {
    n % 7 != 3
}

fn rows() -> RecordBatch {
    fn some<T>(value: impl Fn(i64) -> T) -> Vec<Option<T>> {
        (0..ROWS).map(|n| present(n).then(|| value(n))).collect()
    }
    let kinds: DictionaryArray<Int32Type> = (0..ROWS)
        .map(|n| present(n).then_some(["jet", "kite", "prop"][usize::try_from(n % 3).unwrap()]))
        .collect();
    let columns: [(Field, ArrayRef); 9] = [
        (
            Field::new("id", DataType::Int64, false),
            Arc::new(Int64Array::from_iter_values(0..ROWS)),
        ),
        (
            Field::new(
                "at",
                crate::kit::schema().field(2).data_type().clone(),
                false,
            ),
            Arc::new(TimestampMicrosecondArray::from_iter_values(
                (0..ROWS).map(|n| EPOCH + n * DAY / 100),
            )),
        ),
        (
            Field::new("price", DataType::Float64, true),
            // Quarters, whose sum is exact in any order.
            Arc::new(Float64Array::from(some(|n| n as f64 / 4.0 - 100.0))),
        ),
        (
            Field::new("note", DataType::Utf8, true),
            Arc::new(StringArray::from(some(|n| {
                format!("größe {:04}", n % 1000)
            }))),
        ),
        (
            Field::new("small", DataType::UInt16, true),
            Arc::new(UInt16Array::from(some(|n| {
                u16::try_from(60_000 + n).unwrap()
            }))),
        ),
        (
            Field::new("day", DataType::Date32, true),
            Arc::new(Date32Array::from(some(|n| {
                i32::try_from(15_706 + n / 100).unwrap()
            }))),
        ),
        (Field::new("kind", kinds_type(), true), Arc::new(kinds)),
        (
            Field::new("flag", DataType::Boolean, true),
            Arc::new(BooleanArray::from(some(|n| n % 2 == 0))),
        ),
        (
            Field::new("bytes", DataType::Binary, true),
            Arc::new(BinaryArray::from_iter(some(i64::to_be_bytes))),
        ),
    ];
    let (fields, columns): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

fn kinds_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// What a reader must see, apart from the names of its types.
fn expected() -> Value {
    let there = || (0..ROWS).filter(|n| present(*n));
    let nulls = ROWS - i64::try_from(there().count()).unwrap();
    let last = there().next_back().unwrap();
    let range =
        |nulls: i64, min: Value, max: Value| json!({"nulls": nulls, "min": min, "max": max});
    let with_sum = |mut summary: Value, sum: Value| {
        summary["sum"] = sum;
        summary
    };
    let hex = |n: i64| {
        json!(
            n.to_be_bytes()
                .iter()
                .map(|b| format!("{b:02x}"))
                .collect::<String>()
        )
    };
    json!({"rows": ROWS, "columns": {
        "id": with_sum(range(0, json!(0), json!(ROWS - 1)), json!((0..ROWS).sum::<i64>())),
        "at": with_sum(
            range(0, json!(EPOCH), json!(EPOCH + (ROWS - 1) * DAY / 100)),
            json!((0..ROWS).map(|n| EPOCH + n * DAY / 100).sum::<i64>()),
        ),
        "price": with_sum(
            range(nulls, json!(-100.0), json!(last as f64 / 4.0 - 100.0)),
            json!(there().map(|n| n as f64 / 4.0 - 100.0).sum::<f64>()),
        ),
        "note": range(nulls, json!("größe 0000"), json!("größe 0999")),
        "small": with_sum(
            range(nulls, json!(60_000), json!(60_000 + last)),
            json!(there().map(|n| 60_000 + n).sum::<i64>()),
        ),
        "day": with_sum(
            range(nulls, json!(15_706), json!(15_706 + last / 100)),
            json!(there().map(|n| 15_706 + n / 100).sum::<i64>()),
        ),
        "kind": range(nulls, json!("jet"), json!("prop")),
        "flag": with_sum(
            range(nulls, json!(false), json!(true)),
            json!(there().filter(|n| n % 2 == 0).count()),
        ),
        "bytes": range(nulls, hex(0), hex(last)),
    }})
}

const PYARROW_TYPES: [(&str, &str); 9] = [
    ("id", "int64"),
    ("at", "timestamp[us]"),
    ("price", "double"),
    ("note", "string"),
    ("small", "uint16"),
    ("day", "date32[day]"),
    (
        "kind",
        "dictionary<values=string, indices=int32, ordered=0>",
    ),
    ("flag", "bool"),
    ("bytes", "binary"),
];

const POLARS_TYPES: [(&str, &str); 9] = [
    ("id", "Int64"),
    ("at", "Datetime(time_unit='us', time_zone=None)"),
    ("price", "Float64"),
    ("note", "String"),
    ("small", "UInt16"),
    ("day", "Date"),
    ("kind", "Categorical"),
    ("flag", "Boolean"),
    ("bytes", "Binary"),
];

/// Takes the types out of a reader's summary.
fn types(summary: &mut Value) -> Vec<(String, String)> {
    let columns = summary["columns"].as_object_mut().unwrap();
    columns
        .iter_mut()
        .map(|(name, column)| {
            let kind = column.as_object_mut().unwrap().remove("type").unwrap();
            (name.clone(), kind.as_str().unwrap().to_owned())
        })
        .collect()
}

fn check(python: &Path, file: &Path) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/readers.py");
    let output = Command::new(python).arg(script).arg(file).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", file.display());
    let mut seen: Value = serde_json::from_slice(&output.stdout).unwrap();
    for (reader, expected_types) in [("pyarrow", PYARROW_TYPES), ("polars", POLARS_TYPES)] {
        let summary = &mut seen[reader];
        let mut expected_types =
            expected_types.map(|(name, kind)| (name.to_owned(), kind.to_owned()));
        // Cold files have the types that Delta Lake knows.
        if file
            .extension()
            .is_some_and(|extension| extension == "parquet")
        {
            for (_, kind) in expected_types
                .iter_mut()
                .filter(|(name, _)| name == "small")
            {
                *kind = kind.replace("uint16", "int32").replace("UInt16", "Int32");
            }
        }
        expected_types.sort();
        let mut types = types(summary);
        types.sort();
        assert_eq!(types, expected_types, "{reader}, {}", file.display());
        assert_eq!(*summary, expected(), "{reader}, {}", file.display());
    }
}

/// The only segment's file in a tier, of a store with these settings.
async fn file(dir: &Path, settings: Settings, tier: Tier) -> PathBuf {
    let builder = Store::builder(dir)
        .create_new()
        .background(false)
        .settings(settings);
    let store = builder.open().await.unwrap();
    let rows = rows();
    let table = store
        .create_table("t", TableOptions::new(rows.schema()))
        .await
        .unwrap();
    for start in (0..5_000).step_by(1_000) {
        table.append(rows.slice(start, 1_000)).await.unwrap();
    }
    table.move_to(&Selection::All, tier).await.unwrap();
    let segments = table.segments().unwrap();
    assert_eq!(segments.len(), 1);
    let file = dir.join(segments[0].path.as_ref().unwrap());
    store.close().await.unwrap();
    file
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pyarrow_and_polars_read_warm_and_cold_files_of_every_codec_unmodified() {
    let Some(python) = thermocline_testing::extras::python() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let mut stores = 0;
    let mut next = || {
        stores += 1;
        dir.path().join(format!("store {stores}"))
    };
    for compression in [IpcCompression::None, IpcCompression::Lz4] {
        let settings =
            Settings::default().with_warm(IpcOptions::default().with_compression(compression));
        check(&python, &file(&next(), settings, Tier::Warm).await);
    }
    for codec in [
        Codec::Zstd(3),
        Codec::Snappy,
        Codec::Gzip,
        Codec::Lz4,
        Codec::None,
    ] {
        let settings = Settings::default().with_cold(ParquetOptions::default().with_codec(codec));
        check(&python, &file(&next(), settings, Tier::Cold).await);
    }
}

#[cfg(feature = "derive")]
mod typed {
    use thermocline::persistence::{ParquetPersistence, SoAPersistence};
    use thermocline::prelude::*;

    use super::*;

    #[derive(Debug, Clone, PartialEq, SoA)]
    struct Sale {
        id: i64,
        shop: Option<String>,
        amount: Option<f64>,
    }

    fn sale(id: i64) -> Sale {
        let shops = [Some("Ulm"), Some("a/b=c %ü \"x\""), None];
        Sale {
            id,
            shop: shops[usize::try_from(id % 3).unwrap()].map(str::to_owned),
            amount: (id % 5 != 0).then_some(id as f64 / 4.0),
        }
    }

    #[tokio::test]
    async fn pyarrow_and_polars_read_a_directory_of_typed_rows_as_hive_partitions() {
        let Some(python) = thermocline_testing::extras::python() else {
            return;
        };
        let dir = tempfile::tempdir().unwrap();
        let mut sales = ParquetPersistence::<SaleSoA>::new(dir.path())
            .with_partition_by("shop, truncate(100, id)".parse().unwrap());
        // What is replaced and removed must not be seen, either.
        sales.save(&(900..950).map(sale).collect()).await.unwrap();
        sales.save(&(0..200).map(sale).collect()).await.unwrap();
        sales.append(&(200..250).map(sale).collect()).await.unwrap();

        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/datasets.py");
        let output = Command::new(python)
            .arg(script)
            .arg(dir.path())
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        let seen: Value = serde_json::from_slice(&output.stdout).unwrap();
        let expected: Vec<Value> = (0..250)
            .map(|id| {
                let Sale { id, shop, amount } = sale(id);
                json!([id, shop, amount])
            })
            .collect();
        for reader in ["pyarrow", "polars"] {
            assert_eq!(seen[reader], json!(expected), "{reader}");
        }
    }
}
