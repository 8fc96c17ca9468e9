//! Cold tables that other programs made: read, added to, or refused by name.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, TimestampNanosecondArray,
};
use arrow::datatypes::{DataType, Date32Type, Int32Type, Int64Type, TimeUnit};
use arrow::util::pretty::pretty_format_batches;
use futures::TryStreamExt;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::ArrowWriter;
use serde_json::{Value, json};
use thermocline_tiers::{
    ArchiveOptions, At, Bound, Error, ErrorKind, Predicate, ScanOptions, TableSnapshot,
};

use crate::archive::open;
use crate::outside;

/// A Delta table, written by hand as the protocol says.
struct Foreign {
    objects: Arc<dyn ObjectStore>,
    lines: Vec<Value>,
}

fn field(name: &str, data_type: &str) -> Value {
    json!({"name": name, "type": data_type, "nullable": true, "metadata": {}})
}

impl Foreign {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "they are written where they are used"
    )]
    fn new(protocol: Value, fields: &[Value], partitions: &[&str], properties: Value) -> Self {
        let schema = json!({"type": "struct", "fields": fields}).to_string();
        let lines = vec![
            json!({"commitInfo": {"timestamp": 1, "operation": "CREATE TABLE"}}),
            json!({"protocol": protocol}),
            json!({"metaData": {
                "id": "5fba94ed-9794-4965-ba6e-6ee3c0d22af9",
                "format": {"provider": "parquet", "options": {}},
                "schemaString": schema,
                "partitionColumns": partitions,
                "configuration": properties,
                "createdTime": 1,
            }}),
        ];
        Self {
            objects: Arc::new(InMemory::new()),
            lines,
        }
    }

    fn plain(fields: &[Value], partitions: &[&str]) -> Self {
        let protocol = json!({"minReaderVersion": 1, "minWriterVersion": 2});
        Self::new(protocol, fields, partitions, json!({}))
    }

    async fn file(&mut self, path: &str, values: Value, stats: Option<Value>, batch: &RecordBatch) {
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
        writer.write(batch).unwrap();
        writer.close().unwrap();
        let mut add = json!({
            "path": path, "partitionValues": values, "size": bytes.len(),
            "modificationTime": 1, "dataChange": true,
        });
        if let Some(stats) = stats {
            add["stats"] = stats.to_string().into();
        }
        self.objects
            .put(&Path::parse(format!("t/{path}")).unwrap(), bytes.into())
            .await
            .unwrap();
        self.lines.push(json!({"add": add}));
    }

    async fn commit(&self) {
        let lines: Vec<_> = self.lines.iter().map(Value::to_string).collect();
        let path = Path::from("t/_delta_log/00000000000000000000.json");
        self.objects
            .put(&path, lines.join("\n").into())
            .await
            .unwrap();
    }

    async fn refusal(&self) -> Error {
        self.commit().await;
        let archive = open(&self.objects).await;
        let listed = archive.tables(At::Newest).await.unwrap();
        // The others can be read all the same.
        assert!(listed.len() == 1 && listed[0].1.is_err());
        archive.table("t", At::Newest).await.unwrap_err()
    }
}

fn ids(range: std::ops::Range<i64>) -> RecordBatch {
    let id: ArrayRef = Arc::new(Int64Array::from_iter_values(range));
    RecordBatch::try_from_iter_with_nullable([("id", id, true)]).unwrap()
}

async fn all(table: &TableSnapshot, predicate: Predicate) -> Vec<RecordBatch> {
    let scan = table
        .scan(ScanOptions::new().with_predicate(predicate))
        .unwrap();
    scan.stream().try_collect().await.unwrap()
}

async fn count(table: &TableSnapshot, predicate: Predicate) -> usize {
    let batches = all(table, predicate).await;
    batches.iter().map(RecordBatch::num_rows).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn partition_columns_come_from_the_log() {
    let fields = [
        field("id", "long"),
        field("d", "date"),
        field("n", "integer"),
        field("s", "string"),
    ];
    let mut foreign = Foreign::plain(&fields, &["d", "n", "s"]);
    let stats = |rows: u64| Some(json!({"numRecords": rows, "nullCount": {"id": 0}}));
    let one = json!({"d": "2024-02-29", "n": "-7", "s": "a/b=ü"});
    foreign
        .file("p1/a.parquet", one, stats(3), &ids(0..3))
        .await;
    let two = json!({"d": null, "n": "", "s": null});
    foreign.file("p2/b.parquet", two, None, &ids(3..8)).await;
    foreign.commit().await;
    let archive = open(&foreign.objects).await;
    let table = archive.table("t", At::Newest).await.unwrap();
    assert!(table.owner().is_none() && table.partition_by().is_none());
    assert_eq!((table.files(), table.rows()), (2, None));
    let partitions = table.partitions().unwrap();
    let names: Vec<_> = partitions.iter().map(|p| p.partition.as_str()).collect();
    let null = "__HIVE_DEFAULT_PARTITION__";
    assert_eq!(
        names,
        [
            "d=2024-02-29/n=-7/s=a%2Fb%3Dü".to_owned(),
            format!("d={null}/n={null}/s={null}")
        ]
    );
    let pinned = table.snapshot().await.unwrap();
    assert_eq!(pinned.rows(), 8);
    assert_eq!(pinned.schema().field(1).data_type(), &DataType::Date32);
    let batches = all(&pinned, Predicate::eq("n", -7)).await;
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 3);
    let batch = &batches[0];
    // 2024-02-29 is day 19,782 (date -d 2024-02-29 +%s, divided by 86,400).
    assert_eq!(
        batch.column(1).as_primitive::<Date32Type>().value(0),
        19_782
    );
    assert_eq!(batch.column(2).as_primitive::<Int32Type>().value(2), -7);
    assert_eq!(batch.column(3).as_string::<i32>().value(1), "a/b=ü");
    let nulls = all(&pinned, Predicate::is_null("d")).await;
    let shown = pretty_format_batches(&nulls).unwrap().to_string();
    assert_eq!(
        nulls.iter().map(RecordBatch::num_rows).sum::<usize>(),
        5,
        "{shown}"
    );
    assert!(nulls[0].column(2).is_null(0) && nulls[0].column(3).is_null(0));
    // Partitions that cannot match are passed over without a look at their files.
    let options = ScanOptions::new().with_predicate(Predicate::gt("n", 0));
    assert_eq!(pinned.scan(options).unwrap().counts().segments_pruned, 2);
    assert_eq!(count(&pinned, Predicate::eq("s", "a/b=ü")).await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_in_other_units_rule_nothing_out() {
    let mut foreign = Foreign::plain(&[field("at", "timestamp")], &[]);
    // In nanoseconds, as Spark and pandas have written them.
    let at = TimestampNanosecondArray::from(vec![1_000_001_000, 2_000_000_000]);
    let at: ArrayRef = Arc::new(at.with_timezone("UTC"));
    let batch = RecordBatch::try_from_iter_with_nullable([("at", at, true)]).unwrap();
    let stats = json!({"numRecords": 2, "nullCount": {"at": 0},
        "minValues": {"at": "1970-01-01T00:00:01.000Z"},
        "maxValues": {"at": "1970-01-01T00:00:02.000Z"}});
    foreign
        .file("a.parquet", json!({}), Some(stats), &batch)
        .await;
    foreign.commit().await;
    let archive = open(&foreign.objects).await;
    let pinned = archive.table("t", At::Newest).await.unwrap();
    let pinned = pinned.snapshot().await.unwrap();
    let micros = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    assert_eq!(pinned.schema().field(0).data_type(), &micros);
    for there in [1_000_001, 2_000_000] {
        let there = Predicate::eq("at", Bound::Int(there));
        assert_eq!(count(&pinned, there.clone()).await, 1, "{there:?}");
    }
    assert_eq!(
        count(&pinned, Predicate::gt("at", Bound::Int(2_000_000))).await,
        0
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn features_that_are_not_known_are_refused_by_name() {
    let features = |reader: &[&str], writer: &[&str]| {
        json!({"minReaderVersion": 3, "minWriterVersion": 7,
               "readerFeatures": reader, "writerFeatures": writer})
    };
    let fields = [field("id", "long")];

    let protocol = features(&["deletionVectors"], &["deletionVectors"]);
    let properties = json!({"delta.enableDeletionVectors": "true"});
    let mut vectors = Foreign::new(protocol, &fields, &[], properties);
    let stats = json!({"numRecords": 3});
    vectors
        .file("a.parquet", json!({}), Some(stats), &ids(0..3))
        .await;
    // Without any, the table is as good as any other.
    vectors.commit().await;
    let archive = open(&vectors.objects).await;
    let table = archive.table("t", At::Newest).await.unwrap();
    assert_eq!(table.snapshot().await.unwrap().rows(), 3);
    vectors.lines.last_mut().unwrap()["add"]["deletionVector"] = json!({
        "storageType": "u", "pathOrInlineDv": "ab^-aqEH.-t@S}K{vb[*k^", "offset": 4,
        "sizeInBytes": 40, "cardinality": 1
    });
    let refused = vectors.refusal().await;
    assert_eq!(refused.kind(), ErrorKind::Unsupported);
    assert!(refused.to_string().contains("deletionVectors"), "{refused}");

    let mut mapped = field("id", "long");
    mapped["metadata"] = json!({
        "delta.columnMapping.id": 1, "delta.columnMapping.physicalName": "col-1"
    });
    let protocol = json!({"minReaderVersion": 2, "minWriterVersion": 5});
    let properties = json!({"delta.columnMapping.mode": "name"});
    let mapping = Foreign::new(protocol, &[mapped], &[], properties);
    let refused = mapping.refusal().await;
    assert_eq!(refused.kind(), ErrorKind::Unsupported);
    assert!(refused.to_string().contains("columnMapping"), "{refused}");

    let protocol = features(&["typeWidening"], &["typeWidening"]);
    let widened = Foreign::new(protocol, &fields, &[], json!({}));
    let refused = widened.refusal().await;
    assert_eq!(refused.kind(), ErrorKind::Unsupported);
    assert!(refused.to_string().contains("typeWidening"), "{refused}");

    let protocol = features(&["somethingNew"], &["somethingNew"]);
    let new = Foreign::new(protocol, &fields, &[], json!({}));
    let refused = new.refusal().await;
    assert_eq!(refused.kind(), ErrorKind::Unsupported);
    assert!(refused.to_string().contains("somethingNew"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plain_table_of_others_is_added_to_and_any_other_left_alone() {
    let mut foreign = Foreign::plain(&[field("id", "long")], &[]);
    let stats = json!({"numRecords": 3});
    foreign
        .file("a.parquet", json!({}), Some(stats), &ids(0..3))
        .await;
    foreign.commit().await;
    let archive = open(&foreign.objects).await;
    let options = ArchiveOptions::new(ids(0..0).schema());
    let mut archiver = archive.append("t", "job", options).await.unwrap();
    archiver.append(ids(3..10)).await.unwrap();
    archiver.finish().await.unwrap();
    let expected: Vec<i64> = (0..10).collect();
    assert_eq!(outside::ids(&foreign.objects, "t").await, expected);
    let table = archive.table("t", At::Newest).await.unwrap();
    let pinned = table.snapshot().await.unwrap();
    let batches = all(&pinned, Predicate::gt("id", 1_i64)).await;
    let mut found: Vec<i64> = batches
        .iter()
        .flat_map(|b| b.column(0).as_primitive::<Int64Type>().values().to_vec())
        .collect();
    found.sort_unstable();
    assert_eq!(found, expected[2..]);

    // Other columns.
    let text: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
    let other = RecordBatch::try_from_iter([("id", text)]).unwrap();
    let options = ArchiveOptions::new(other.schema());
    let refused = archive.append("t", "x", options).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::SchemaMismatch);
    assert_eq!(refused.column(), Some("id"));

    // Partitions of others, and what asks something of writers.
    let options = || ArchiveOptions::new(ids(0..0).schema());
    let partitioned = Foreign::plain(&[field("id", "long")], &["id"]);
    let constrained = Foreign::new(
        json!({"minReaderVersion": 1, "minWriterVersion": 3}),
        &[field("id", "long")],
        &[],
        json!({"delta.constraints.positive": "id > 0"}),
    );
    let mut invariant = field("id", "long");
    invariant["metadata"] = json!({"delta.invariants": "{}"});
    let invariant = Foreign::plain(&[invariant], &[]);
    for (table, named) in [
        (partitioned, "partitions"),
        (constrained, "checkConstraints"),
        (invariant, "invariants"),
    ] {
        table.commit().await;
        let archive = open(&table.objects).await;
        assert!(archive.table("t", At::Newest).await.is_ok(), "{named}");
        let refused = archive.append("t", "job", options()).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unsupported, "{refused}");
        assert!(refused.to_string().contains(named), "{refused}");
    }
}
