//! What every backend does alike, here in a table.

use thermocline_olap::persistence::DuckDBPersistence;
use thermocline_tiers::persistence::{BatchPersistence, DynPersistence, SoAPersistence};
use thermocline_tiers::soa::ToArrow;
use thermocline_tiers::{ErrorKind, Predicate};

use crate::kit::{Sales, in_memory, sales};

#[tokio::test]
async fn a_set_is_saved_appended_to_loaded_replaced_and_forgotten() {
    let mut set = in_memory();
    assert_eq!(set.load().await.unwrap(), None);
    assert_eq!(set.count().await.unwrap(), 0);
    assert_eq!(set.memory_stats().await.unwrap().total_rows, 0);

    set.save(&sales(0..100)).await.unwrap();
    set.append(&sales(100..150)).await.unwrap();
    assert_eq!(set.load().await.unwrap(), Some(sales(0..150)));
    assert_eq!(set.count().await.unwrap(), 150);
    let stats = set.memory_stats().await.unwrap();
    assert_eq!((stats.total_rows, stats.num_batches), (150, 1));
    assert!(stats.total_bytes > 0);

    set.save(&sales(7..9)).await.unwrap();
    assert_eq!(set.load().await.unwrap(), Some(sales(7..9)));
    set.clear().await.unwrap();
    assert_eq!(set.load().await.unwrap(), None);
    set.clear().await.unwrap();
    set.append(&sales(1..4)).await.unwrap();
    assert_eq!(set.load().await.unwrap(), Some(sales(1..4)));
}

#[tokio::test]
async fn an_empty_set_is_an_empty_set_and_not_nothing() {
    let mut set = in_memory();
    set.save(&sales(0..0)).await.unwrap();
    assert_eq!(set.load().await.unwrap(), Some(sales(0..0)));
    set.save_batches(vec![]).await.unwrap();
    assert_eq!(set.load().await.unwrap(), Some(sales(0..0)));
    set.clear().await.unwrap();
    set.append(&sales(0..0)).await.unwrap();
    assert_eq!(set.load().await.unwrap(), Some(sales(0..0)));
}

#[tokio::test]
async fn rows_keep_their_order_beyond_a_row_group_and_every_batch_its_place() {
    // DuckDB's row groups have 122,880 rows, its vectors 2,048.
    let rows = 300_000;
    let mut set = in_memory();
    let whole = sales(0..rows).0;
    let pieces = vec![
        whole.slice(0, 1),
        whole.slice(1, 2047),
        whole.slice(2048, 0),
        whole.slice(2048, 150_001),
        whole.slice(152_049, 147_951),
    ];
    set.save_batches(pieces).await.unwrap();
    assert_eq!(set.load().await.unwrap(), Some(sales(0..rows)));
    assert_eq!(set.memory_stats().await.unwrap().num_batches, 3);
}

#[tokio::test]
async fn a_query_is_about_the_whole_set_and_a_scan_about_rows() {
    let mut set = in_memory();
    set.save(&sales(0..60)).await.unwrap();
    let whole = set.query(|all| all.0.num_rows() == 60).await.unwrap();
    assert_eq!(whole, Some(sales(0..60)));
    assert_eq!(set.query(|_| false).await.unwrap(), None);
    for predicate in [
        Predicate::ge("id", 20).and(Predicate::lt("id", 40)),
        Predicate::eq("id", -1).or(Predicate::gt("id", i64::MAX - 1)),
        Predicate::eq("shop", "it's \"ü\""),
        Predicate::starts_with("shop", "it'"),
        Predicate::starts_with("shop", [0xff]),
        Predicate::eq("shop", "nul\0"),
        Predicate::is_in("shop", ["Ulm", "Jena"]).and(Predicate::gt("amount", 5.0)),
        Predicate::is_in("id", Vec::<i64>::new()),
        Predicate::ge("amount", f64::NAN),
        Predicate::lt("amount", f64::INFINITY),
        Predicate::le("amount", 0.1 + 0.2),
        Predicate::is_null("amount"),
        !Predicate::is_in("id", [1_i64, 2, 3]),
        !(Predicate::gt("amount", 3.0).or(Predicate::eq("shop", "Gera"))),
        Predicate::And(vec![]),
        Predicate::Or(vec![]),
    ] {
        let found = set.scan(&predicate).await.unwrap().unwrap().0;
        // The model: the condition on all rows at once.
        let all = sales(0..60).0;
        let keep = predicate.evaluate(&all).unwrap();
        let expected = arrow::compute::filter_record_batch(&all, &keep).unwrap();
        assert_eq!(found, expected, "{predicate:?}");
    }
    let error = set.scan(&Predicate::eq("price", 1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
}

#[test]
fn it_works_without_a_runtime_and_behind_a_box() {
    fn is_send<T: Send>(future: T) -> T {
        future
    }
    let mut set: DynPersistence<Sales> = DynPersistence::new(in_memory());
    futures::executor::block_on(is_send(async {
        set.save(&sales(0..3)).await.unwrap();
        assert_eq!(set.load().await.unwrap(), Some(sales(0..3)));
    }));
    let mut core = set.into_inner();
    futures::executor::block_on(is_send(async {
        let batch = sales(3..5).to_record_batch().unwrap();
        core.append_batches(vec![batch]).await.unwrap();
        assert_eq!(core.count_rows().await.unwrap(), 5);
    }));
}

#[tokio::test]
async fn awkward_names_are_names() {
    for name in ["select", "a\"b", "it's", "größe", "x; DROP TABLE y", "A b"] {
        let mut set = DuckDBPersistence::<Sales>::new(None, name).unwrap();
        set.save(&sales(0..3)).await.unwrap();
        set.append(&sales(3..4)).await.unwrap();
        assert_eq!(set.load().await.unwrap(), Some(sales(0..4)), "{name}");
        assert_eq!(set.memory_stats().await.unwrap().num_batches, 1, "{name}");
    }
    for name in ["", "a\0b"] {
        let error = DuckDBPersistence::<Sales>::new(None, name).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
}

#[tokio::test]
async fn sets_of_one_database_can_be_joined() {
    let mut set = in_memory();
    let mut other = set.sibling::<Sales>("returns").unwrap();
    set.save(&sales(0..10)).await.unwrap();
    other.save(&sales(3..5)).await.unwrap();
    let joined: Sales = set
        .sql("SELECT s.* FROM sales s JOIN returns r USING (id) ORDER BY id")
        .rows()
        .await
        .unwrap();
    assert_eq!(joined, sales(3..5));
}
