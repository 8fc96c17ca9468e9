//! What is refused: with a clear error that names the thing, and nothing lost.
#![expect(
    clippy::disallowed_methods,
    reason = "the tests make files that are no store's"
)]

use std::sync::Arc;

use crate::kit::{builder, ids, options, rows, store_with_table};
use thermocline::arrow::array::{
    ArrayRef, Int32Array, Int64Array, RecordBatch, RecordBatchOptions, StringArray,
};
use thermocline::arrow::datatypes::{DataType, Field, Schema};
use thermocline::{Budget, ErrorKind, Policy, Selection, Store, TableOptions, Tier};

/// A good batch of one row, with some of its columns replaced or left out.
fn batch(columns: impl IntoIterator<Item = (&'static str, ArrayRef)>) -> RecordBatch {
    let columns: Vec<_> = columns.into_iter().collect();
    let fields = columns
        .iter()
        .map(|(name, column)| Field::new(*name, column.data_type().clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    RecordBatch::try_new(
        schema,
        columns.into_iter().map(|(_, column)| column).collect(),
    )
    .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_does_not_fit_is_refused_by_column_and_leaves_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = store_with_table(&dir).await;
    table.append(rows(0..10)).await.unwrap();
    let good = rows(10..11);
    let (id, carrier, at) = (
        good.column(0).clone(),
        good.column(1).clone(),
        good.column(2).clone(),
    );
    let narrow: ArrayRef = Arc::new(Int32Array::from(vec![10]));
    let null: ArrayRef = Arc::new(Int64Array::from(vec![None::<i64>]));
    let no_columns = RecordBatch::try_new_with_options(
        Arc::new(Schema::empty()),
        vec![],
        &RecordBatchOptions::new().with_row_count(Some(1)),
    );
    let named = |names: [&'static str; 3]| {
        batch(
            names
                .into_iter()
                .zip([id.clone(), carrier.clone(), at.clone()]),
        )
    };
    let cases: [(RecordBatch, &[&str]); 9] = [
        (
            batch([
                ("id", narrow),
                ("carrier", carrier.clone()),
                ("at", at.clone()),
            ]),
            &["`id`", "Int32", "Int64", "cast it"],
        ),
        (
            batch([("id", id.clone()), ("at", at.clone())]),
            &["lacks", "`carrier`"],
        ),
        (
            batch([
                ("carrier", carrier.clone()),
                ("id", id.clone()),
                ("at", at.clone()),
            ]),
            &["`id`", "order"],
        ),
        (
            batch([
                ("id", null),
                ("carrier", carrier.clone()),
                ("at", at.clone()),
            ]),
            &["`id`", "null", "row 0"],
        ),
        (
            named(["id", "carrier", "carrier"]),
            &["`carrier`", "more than once"],
        ),
        (named(["id", "Carrier", "at"]), &["`carrier`"]),
        (
            batch([
                ("id", id.clone()),
                ("carrier", carrier.clone()),
                ("at", at.clone()),
                ("more", id.clone()),
            ]),
            &["`more`", "lacks"],
        ),
        (no_columns.unwrap(), &["no columns"]),
        // As many columns, of the same types, under other names.
        (named(["a", "b", "c"]), &["lacks", "`id`"]),
    ];
    for (batch, words) in cases {
        let error = table.append(batch).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SchemaMismatch, "{error}");
        let message = error.to_string();
        for word in words.iter().chain(&["events"]) {
            assert!(message.contains(word), "no {word} in: {message}");
        }
    }
    assert_eq!(
        store.stats().last_lsn.0,
        1,
        "what was refused takes no place in the log"
    );
    table.append(rows(10..20)).await.unwrap();
    assert_eq!(
        ids(&store.snapshot(), "events").await,
        (0..20).collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_batch_is_accepted_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = store_with_table(&dir).await;
    table.append(rows(0..0)).await.unwrap();
    assert_eq!(table.seal().await.unwrap(), 0);
    for tier in crate::kit::TIERS {
        table.move_to(&Selection::All, tier).await.unwrap();
    }
    assert!(table.segments().unwrap().is_empty());
    drop((store, table));
    let store = builder(&dir).open().await.unwrap();
    assert_eq!(store.snapshot().table("events").unwrap().rows(), 0);
    store
        .table("events")
        .unwrap()
        .append(rows(0..5))
        .await
        .unwrap();
    assert_eq!(ids(&store.snapshot(), "events").await, [0, 1, 2, 3, 4]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_that_no_table_can_have_is_refused_by_column() {
    let dir = tempfile::tempdir().unwrap();
    let store = builder(&dir).open().await.unwrap();
    let int = |name: &str| Field::new(name, DataType::Int64, false);
    let cases = [
        (vec![], ErrorKind::InvalidInput, "at least one column"),
        (
            vec![int("a"), int("b"), int("a")],
            ErrorKind::InvalidInput,
            "`a`",
        ),
        (vec![int("")], ErrorKind::InvalidInput, "empty name"),
        (
            vec![int("a"), Field::new("view", DataType::Utf8View, true)],
            ErrorKind::Unsupported,
            "`view`",
        ),
    ];
    for (fields, kind, word) in cases {
        let options = TableOptions::new(Arc::new(Schema::new(fields)));
        let error = store.create_table("t", options).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(word), "no {word} in: {error}");
    }
    for (options, word) in [
        (options().sort_by(["nowhere"]), "`nowhere`"),
        (options().event_time("carrier"), "`carrier`"),
        (
            options().partition_by("month(carrier)".parse().unwrap()),
            "carrier",
        ),
    ] {
        let error = store.create_table("t", options).await.unwrap_err();
        assert!(error.to_string().contains(word), "no {word} in: {error}");
    }
    assert!(store.tables().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_name_that_means_something_to_paths_or_sql_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("store");
    let store = Store::builder(&dir)
        .create_new()
        .background(false)
        .open()
        .await
        .unwrap();
    for name in [
        "",
        ".",
        "..",
        "../up",
        "a/b",
        "/etc",
        "a\\b",
        "a\"b",
        "a'b",
        "a`b",
        "a b",
        "a;b",
        "x; DROP TABLE y",
        "a\0b",
        "a\nb",
        "*",
        "1a",
        "-a",
    ] {
        let error = store.create_table(name, options()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name:?}: {error}");
        let message = error.to_string();
        assert!(
            message.contains(&name.escape_default().to_string()),
            "{message}"
        );
        assert!(
            message.contains("letters, digits"),
            "the way out is not in: {message}"
        );
        assert!(
            !message.contains('\n') && !message.contains('\0'),
            "{message:?}"
        );
    }
    assert!(store.tables().is_empty());
    let beside: Vec<_> = std::fs::read_dir(root.path()).unwrap().collect();
    assert_eq!(beside.len(), 1, "only the store is in its parent directory");
    // What only looks odd is fine, in SQL too.
    store.create_table("select", options()).await.unwrap();
    store.create_table("größe-2", options()).await.unwrap();
    let twin = store.create_table("SELECT", options()).await.unwrap_err();
    assert_eq!(twin.kind(), ErrorKind::AlreadyExists);
    #[cfg(feature = "sql")]
    {
        let query = "SELECT count(*), (SELECT count(*) FROM \"größe-2\") FROM \"select\"";
        assert_eq!(crate::kit::oracle::numbers(&store, query).await, [[0, 0]]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_that_cannot_be_written_is_named() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("a file");
    std::fs::write(&file, "not a directory").unwrap();
    for dir in [file.clone(), file.join("below"), file.join("far/below")] {
        for builder in [
            Store::builder(&dir).create_new(),
            Store::builder(&dir).create_if_missing(),
        ] {
            let error = builder.open().await.unwrap_err();
            assert!(error.to_string().contains("a file"), "{error}");
            assert!(
                matches!(error.kind(), ErrorKind::Io | ErrorKind::AlreadyExists),
                "{error:?}"
            );
        }
        let error = Store::open(&dir).await.unwrap_err();
        assert!(error.to_string().contains("a file"), "{error}");
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "not a directory");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_store_and_one_that_is_there_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let nowhere = dir.path().join("nowhere");
    let error = Store::open(&nowhere).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("nowhere"), "{error}");
    assert!(!nowhere.exists(), "looking for a store makes none");
    let reader = Store::builder(&nowhere).open_reader().await.unwrap_err();
    assert_eq!(reader.kind(), ErrorKind::NotFound);
    assert!(!nowhere.exists(), "nor does a reader");

    let (store, _) = store_with_table(&dir).await;
    drop(store);
    let error = Store::create(dir.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    let store = Store::open(dir.path()).await.unwrap();
    let error = store.table("event").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("`event`") && error.to_string().contains("`events`"));
    let table = store.table("events").unwrap();
    let error = table
        .move_to(&Selection::Partition("at_month=1999-01".into()), Tier::Cold)
        .await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("1999-01"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_writer_is_refused_and_told_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = store_with_table(&dir).await;
    table.append(rows(0..10)).await.unwrap();
    let error = Store::open(dir.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked);
    let message = error.to_string();
    assert!(
        message.contains(&dir.path().display().to_string()),
        "{message}"
    );
    assert!(
        message.contains(&format!("process {}", std::process::id())),
        "{message}"
    );
    assert!(message.contains("open a reader"), "{message}");
    // The first is none the worse for it, and readers are welcome.
    table.append(rows(10..20)).await.unwrap();
    let reader = builder(&dir).open_reader().await.unwrap();
    let snapshot = reader.snapshot().await.unwrap();
    assert_eq!(ids(&snapshot, "events").await, (0..20).collect::<Vec<_>>());
    drop((store, table));
    let store = Store::open(dir.path()).await.unwrap();
    assert_eq!(
        ids(&store.snapshot(), "events").await,
        (0..20).collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn budgets_of_zero_keep_everything_cold_and_watermarks_must_make_sense() {
    let error = Budget::of(100)
        .with_watermarks(0.2, 0.8)
        .unwrap_err()
        .to_string();
    assert!(error.contains("0.2") && error.contains("0.8"), "{error}");
    assert!(Budget::of(0).with_watermarks(f64::NAN, 0.5).is_err());

    let dir = tempfile::tempdir().unwrap();
    let none = Policy::default()
        .with_hot_budget(Budget::of(0))
        .with_warm_budget(Budget::of(0));
    let store = builder(&dir).policy(none).open().await.unwrap();
    let table = store.create_table("events", options()).await.unwrap();
    for start in (0..4_000).step_by(1_000) {
        table.append(rows(start..start + 1_000)).await.unwrap();
        store.step().await.unwrap();
    }
    let stats = store.stats();
    assert_eq!((stats.open_rows, stats.tiers[&Tier::Hot].rows), (0, 0));
    assert_eq!(stats.tiers[&Tier::Warm].rows, 0);
    assert_eq!(stats.tiers[&Tier::Cold].rows, 4_000);
    assert_eq!(
        ids(&store.snapshot(), "events").await,
        (0..4_000).collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_column_that_cannot_be_added_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = store_with_table(&dir).await;
    table.append(rows(0..10)).await.unwrap();
    for field in [
        Field::new("required", DataType::Int64, false),
        Field::new("carrier", DataType::Utf8, true),
        Field::new("view", DataType::Utf8View, true),
    ] {
        let error = table.add_column(field.clone()).await.unwrap_err();
        assert!(error.to_string().contains(field.name()), "{error}");
    }
    table
        .add_column(Field::new("note", DataType::Utf8, true))
        .await
        .unwrap();
    let error = table.append(rows(10..20)).await.unwrap_err();
    assert!(error.to_string().contains("`note`"), "{error}");
    let mut columns = rows(10..20).columns().to_vec();
    columns.push(Arc::new(StringArray::from(vec![Some("new"); 10])));
    let with_note = RecordBatch::try_new(table.schema().unwrap(), columns).unwrap();
    table.append(with_note).await.unwrap();
    assert_eq!(
        ids(&store.snapshot(), "events").await,
        (0..20).collect::<Vec<_>>()
    );
}
