//! Every type through the Delta table: bit for bit for us, and readable for others.

use std::sync::Arc;

use arrow::array::{Array, RecordBatch};
use arrow::compute::concat_batches;
use futures::TryStreamExt;
use object_store::ObjectStore;
use object_store::memory::InMemory;
use thermocline_formats::same_bits;
use thermocline_testing::arbitrary_batch;
use thermocline_tiers::{At, ScanOptions, Selection, TableOptions, TableSnapshot, Tier};

use crate::{kit, outside};

async fn all(table: &TableSnapshot) -> RecordBatch {
    let scan = table.scan(ScanOptions::new()).unwrap();
    let batches: Vec<_> = scan.stream().try_collect().await.unwrap();
    concat_batches(scan.schema(), &batches).unwrap()
}

fn assert_same(found: &RecordBatch, written: &RecordBatch, what: &str) {
    assert_eq!(found.num_rows(), written.num_rows(), "{what}");
    for (index, field) in written.schema().fields().iter().enumerate() {
        let one = |batch: &RecordBatch| batch.project(&[index]).unwrap();
        assert!(same_bits(&one(found), &one(written)), "{what}, {field}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_type_comes_back_bit_for_bit_and_others_read_it() {
    for seed in 1..=3 {
        println!("seed {seed}");
        let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let dir = tempfile::tempdir().unwrap();
        let store = kit::builder(&dir)
            .cold(Arc::clone(&objects))
            .open()
            .await
            .unwrap();
        let written = arbitrary_batch(seed, 300);
        let options = TableOptions::new(written.schema());
        let table = store.create_table("types", options).await.unwrap();
        table.append(written.clone()).await.unwrap();
        table.move_to(&Selection::All, Tier::Cold).await.unwrap();
        let what = format!("seed {seed}");
        let snapshot = store.snapshot();
        assert_same(
            &all(snapshot.table("types").unwrap()).await,
            &written,
            &what,
        );
        let alone = table.cold_as_of(At::Newest).await.unwrap();
        assert_same(
            &all(&alone).await,
            &written,
            &format!("{what}, the Delta table alone"),
        );

        let seen = outside::columns(&objects, "types-1").await;
        assert_eq!(seen.len(), written.num_columns(), "{what}");
        for (index, field) in written.schema().fields().iter().enumerate() {
            let nulls = written.column(index).null_count();
            assert_eq!(seen[field.name()], (300, nulls), "{what}, {field}");
        }
    }
}
