//! What every backend does alike.

use std::future::Future;

use tempfile::TempDir;
use thermocline_tiers::persistence::{
    ArrowPersistence, BatchPersistence, ParquetPersistence, SoAPersistence,
};
use thermocline_tiers::soa::ToArrow;
use thermocline_tiers::{ErrorKind, Predicate};

use crate::kit::{Sales, backends};

#[tokio::test]
async fn a_set_is_saved_appended_to_loaded_replaced_and_forgotten() {
    let dir = TempDir::new().unwrap();
    for (name, mut sales) in backends::<Sales>(&dir) {
        assert_eq!(sales.load().await.unwrap(), None, "{name}");
        assert_eq!(sales.count().await.unwrap(), 0, "{name}");

        sales.save(&Sales::of(0..100)).await.unwrap();
        sales.append(&Sales::of(100..150)).await.unwrap();
        sales.append(&Sales::of(150..151)).await.unwrap();
        let all = sales.load().await.unwrap().unwrap();
        assert_eq!(all.sorted(), Sales::of(0..151), "{name}");
        assert_eq!(sales.count().await.unwrap(), 151, "{name}");
        assert_eq!(
            sales.memory_stats().await.unwrap().total_rows,
            151,
            "{name}"
        );

        sales.save(&Sales::of(7..9)).await.unwrap();
        let all = sales.load().await.unwrap().unwrap();
        assert_eq!(all.sorted(), Sales::of(7..9), "{name}");

        sales.clear().await.unwrap();
        assert_eq!(sales.load().await.unwrap(), None, "{name}");
        assert_eq!(sales.count().await.unwrap(), 0, "{name}");
        sales.clear().await.unwrap();

        // The first append of a set saves it.
        sales.append(&Sales::of(1..4)).await.unwrap();
        let all = sales.load().await.unwrap().unwrap();
        assert_eq!(all.sorted(), Sales::of(1..4), "{name}");
    }
}

#[tokio::test]
async fn an_empty_set_is_an_empty_set_and_not_nothing() {
    let dir = TempDir::new().unwrap();
    for (name, mut sales) in backends::<Sales>(&dir) {
        sales.save(&Sales::default()).await.unwrap();
        assert_eq!(
            sales.load().await.unwrap(),
            Some(Sales::default()),
            "{name}"
        );
        let none = sales.scan(&Predicate::gt("id", 3)).await.unwrap();
        assert_eq!(none, Some(Sales::default()), "{name}");
        sales.append(&Sales::of(0..2)).await.unwrap();
        sales.save_batches(vec![]).await.unwrap();
        assert_eq!(
            sales.load().await.unwrap(),
            Some(Sales::default()),
            "{name}"
        );
        sales.clear().await.unwrap();
        sales.append(&Sales::default()).await.unwrap();
        assert_eq!(
            sales.load().await.unwrap(),
            Some(Sales::default()),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_query_is_about_the_whole_set_and_a_scan_about_rows() {
    let dir = TempDir::new().unwrap();
    for (name, mut sales) in backends::<Sales>(&dir) {
        let none = sales.query(|_| true).await.unwrap();
        assert_eq!(none, None, "{name}");
        sales.save(&Sales::of(0..30)).await.unwrap();
        sales.append(&Sales::of(30..60)).await.unwrap();
        let whole = sales.query(|all| all.id.len() == 60).await.unwrap();
        assert_eq!(whole.unwrap().sorted(), Sales::of(0..60), "{name}");
        assert_eq!(sales.query(|_| false).await.unwrap(), None, "{name}");

        let conditions = [
            Predicate::ge("id", 20).and(Predicate::lt("id", 40)),
            Predicate::eq("shop", "Gera"),
            Predicate::eq("shop", "a/b=c %ü").and(Predicate::gt("amount", 5.0)),
            Predicate::is_null("amount"),
            !Predicate::is_in("id", [1_i64, 2, 3]),
            Predicate::eq("shop", "Jena"),
        ];
        for predicate in conditions {
            let found = sales.scan(&predicate).await.unwrap().unwrap();
            // The model: the condition on all rows at once.
            let all = Sales::of(0..60).to_record_batch().unwrap();
            let keep = predicate.evaluate(&all).unwrap();
            let kept = arrow::compute::filter_record_batch(&all, &keep).unwrap();
            let expected = Sales::from_record_batch(&kept).unwrap();
            assert_eq!(found.sorted(), expected, "{name}: {predicate:?}");
        }
    }
}

#[tokio::test]
async fn a_condition_that_does_not_fit_is_an_error_even_of_no_rows() {
    let dir = TempDir::new().unwrap();
    for (name, sales) in backends::<Sales>(&dir) {
        for wrong in [Predicate::eq("price", 1), Predicate::eq("shop", 1)] {
            let error = sales.scan(&wrong).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}: {error}");
            let column = wrong.columns().into_iter().next().unwrap().to_owned();
            assert_eq!(error.column(), Some(column.as_str()), "{name}: {error}");
        }
    }
}

/// Compiles only if the futures may cross threads.
fn is_send<F: Future + Send>(future: F) -> F {
    future
}

#[test]
fn futures_are_send_and_need_no_runtime() {
    let dir = TempDir::new().unwrap();
    let mut memory = ArrowPersistence::<Sales>::new();
    let mut files = ParquetPersistence::<Sales>::new(dir.path());
    futures::executor::block_on(is_send(async {
        is_send(memory.save(&Sales::of(0..3))).await.unwrap();
        is_send(files.save(&Sales::of(0..3))).await.unwrap();
        let by_query = is_send(files.query(|_| true)).await.unwrap();
        assert_eq!(by_query, memory.load().await.unwrap());
    }));
}

#[tokio::test]
async fn the_core_works_without_its_type() {
    let dir = TempDir::new().unwrap();
    let mut places: Vec<Box<dyn BatchPersistence>> = backends::<Sales>(&dir)
        .into_iter()
        .map(|(_, typed)| typed.into_inner())
        .collect();
    for place in &mut places {
        let batch = Sales::of(0..10).to_record_batch().unwrap();
        place.save_batches(vec![batch.slice(0, 4)]).await.unwrap();
        place.append_batches(vec![batch.slice(4, 6)]).await.unwrap();
        let rows: usize = place
            .load_batches()
            .await
            .unwrap()
            .unwrap()
            .iter()
            .map(arrow::array::RecordBatch::num_rows)
            .sum();
        assert_eq!(rows, 10);
    }
}
