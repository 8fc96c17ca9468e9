//! The guide's steps 3 and 4, its usage examples, and its extensions: persistence.
//!
//! The code is the guide's wherever a comment does not say otherwise.
//!
//! # What differs, line by line
//!
//! **Core traits**
//!
//! - `#[async_trait] pub trait SoAPersistence<T>`: the methods are native async functions whose
//!   futures are `Send`. The part of the trait that is about batches is `BatchPersistence`, which it
//!   builds on; it is object-safe, and `DynPersistence` boxes either.
//! - `query(&self, predicate: impl Fn(&T) -> bool)`: as there, and the closure is `Send`. Beside it,
//!   `scan` takes conditions on columns, which go down to where the rows are.
//! - `ToArrow`'s `Result` is that of `thermocline::soa`. Its errors turn into `PersistenceError` by
//!   `?`, and have their kind there: `SchemaMismatch`, `TypeConversion`.
//!
//! **Step 3, `ArrowPersistence`**
//!
//! - Its fields are private. `new()` and what the guide does with it are as written.
//! - `load` of a set that was saved empty is an empty set; only one that was never saved is `None`.
//! - `memory_stats`: the four fields, as written.
//!
//! **Phase 2, `ParquetPersistence`**
//!
//! - `new(base_path)` as written; the codec is Zstandard unless `with_compression(Codec::Snappy)`
//!   says otherwise. Every setting changes that setting alone, in any order.
//!
//! **Phase 3, `DuckDBPersistence`**
//!
//! - `new(db_path: Option<&str>, table_name)` as written.
//!
//! **The tiered store**
//!
//! - The typed face of a table in tiers is `TypedTable<T>`, from `store.typed::<OrderSoA>("orders")`;
//!   `Store` is the store itself, with all its tables.

use std::sync::Arc;

use tempfile::TempDir;
use thermocline::arrow::array::{Float64Array, RecordBatch, UInt8Array, UInt64Array};
// The guide: `use soa_persistence::…`; here the crate's module `persistence`.
use thermocline::persistence::arrow_conversion::downcast_array;
use thermocline::persistence::{
    ArrowPersistence, MemoryStats, ParquetPersistence, PersistenceError, PersistenceErrorKind,
    SoAPersistence, concatenate_batches,
};
use thermocline::prelude::*;
use thermocline::soa;

#[derive(Debug, Clone, Copy, PartialEq, Eq, SoAEnum)]
enum OrderStatus {
    Pending,
    Shipped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, SoAEnum)]
enum PaymentMethod {
    Card,
    Invoice,
}

#[derive(Debug, Clone, PartialEq, SoA, SoAStore)]
#[soa_store(key = "order_id", shards = 16)]
struct Order {
    order_id: u64,
    customer_id: u64,
    product_id: u64,
    quantity: u32,
    unit_price: f64,
    total_amount: f64,
    status: OrderStatus,
    payment_method: PaymentMethod,
    order_timestamp: u64,
    shipping_address_hash: u64,
}

impl Order {
    /// The guide's constructor; the rest of an order is what a new one has.
    fn new(
        order_id: u64,
        customer_id: u64,
        product_id: u64,
        quantity: u32,
        unit_price: f64,
    ) -> Self {
        Self {
            order_id,
            customer_id,
            product_id,
            quantity,
            unit_price,
            total_amount: f64::from(quantity) * unit_price,
            status: OrderStatus::Pending,
            payment_method: PaymentMethod::Card,
            order_timestamp: 1_735_689_600 + order_id,
            shipping_address_hash: u64::MAX - order_id,
        }
    }
}

/// "Step 4: Domain-Friendly Wrapper".
struct PersistentOrderStore {
    store: OrderStore,
    persistence: ArrowPersistence<OrderSoA>,
}

impl PersistentOrderStore {
    fn new() -> Self {
        Self {
            store: OrderStore::new(),
            persistence: ArrowPersistence::new(),
        }
    }

    // The guide saves the whole store at each `add`, so that an order costs as much as there are
    // orders. Here a new order is appended, and only one that takes the place of another saves all.
    async fn add(&mut self, order: Order) -> Result<usize, PersistenceError> {
        let one: OrderSoA = std::iter::once(order.clone()).collect();
        let before = self.store.len();
        let index = self.store.add(order);
        if self.store.len() > before {
            self.persistence.append(&one).await?;
        } else {
            self.persistence.save(self.store.kernel()).await?;
        }
        Ok(index)
    }

    async fn add_batch(&mut self, orders: Vec<Order>) -> Result<Vec<usize>, PersistenceError> {
        let mut indices = Vec::new();
        for order in orders {
            indices.push(self.store.add(order));
        }
        let soa = self.store.kernel();
        self.persistence.save(soa).await?;
        Ok(indices)
    }

    async fn memory_stats(&self) -> Result<MemoryStats, PersistenceError> {
        self.persistence.memory_stats().await
    }
}

#[tokio::test]
async fn basic_usage() -> Result<(), Box<dyn std::error::Error>> {
    let mut store = PersistentOrderStore::new();

    let order1 = Order::new(1, 101, 1001, 2, 25.99);
    let order2 = Order::new(2, 102, 1002, 1, 49.99);

    store.add(order1.clone()).await?;
    store.add(order2.clone()).await?;

    let stats = store.memory_stats().await?;
    println!(
        "Memory usage: {} bytes, {} rows",
        stats.total_bytes, stats.total_rows
    );
    assert_eq!(stats.total_rows, 2);
    let loaded = store.persistence.load().await?.unwrap();
    assert_eq!(loaded.to_rows(), [order1.clone(), order2]);

    let changed = Order {
        quantity: 7,
        ..order1
    };
    assert_eq!(store.add(changed.clone()).await?, 0);
    let loaded = store.persistence.load().await?.unwrap();
    assert_eq!((loaded.len(), loaded.get(0)), (2, Some(changed)));
    Ok(())
}

#[tokio::test]
async fn batch_example() -> Result<(), Box<dyn std::error::Error>> {
    let mut store = PersistentOrderStore::new();

    let orders = vec![
        Order::new(1, 100, 1000, 5, 15.99),
        Order::new(2, 101, 1001, 3, 29.99),
        Order::new(3, 102, 1002, 1, 99.99),
    ];

    let indices = store.add_batch(orders.clone()).await?;
    println!("Added {} orders", indices.len());
    assert_eq!(indices, [0, 1, 2]);
    assert_eq!(store.persistence.load().await?.unwrap().to_rows(), orders);
    Ok(())
}

/// "Storage Metrics: ~254 bytes per order average". Its columns need 62.
#[tokio::test]
async fn an_order_takes_the_bytes_of_its_columns() {
    let mut orders = ArrowPersistence::<OrderSoA>::new();
    let rows: OrderSoA = (0..100_000)
        .map(|n| Order::new(n, n % 97, 7, 1, 2.5))
        .collect();
    orders.save(&rows).await.unwrap();
    let stats = orders.memory_stats().await.unwrap();
    assert_eq!((stats.total_rows, stats.num_batches), (100_000, 1));
    assert_eq!(stats.average_batch_size, stats.total_bytes);
    // Columns grow by an eighth, so that some room is left at the end of each.
    let each = stats.total_bytes as f64 / 100_000.0;
    assert!((62.0..62.0 * 1.15).contains(&each), "{each} bytes");
}

/// "Step 2": the lines of `from_record_batch` that use `downcast_array`.
#[test]
fn columns_are_downcast_as_in_step_2() -> Result<(), PersistenceError> {
    let rows: OrderSoA = (1..4).map(|n| Order::new(n, 100, 1000, 1, 10.0)).collect();
    let batch = rows.to_record_batch()?;

    let order_ids: &UInt64Array = downcast_array(batch.column(0))?;
    let amounts: &Float64Array = downcast_array(batch.column(4))?;
    let status_u8: &UInt8Array = downcast_array(batch.column(6))?;
    assert_eq!(order_ids.values(), &[1, 2, 3]);
    assert_eq!(amounts.values(), &[10.0, 10.0, 10.0]);
    assert_eq!(status_u8.values(), &[0, 0, 0]);

    let error = downcast_array::<Float64Array>(batch.column(0)).unwrap_err();
    assert_eq!(error.kind(), PersistenceErrorKind::TypeConversion);
    Ok(())
}

/// The guide's `PersistenceError::ArrowError(e)` and `PersistenceError::TypeConversion(e)` are kinds
/// of one opaque error, which has the column and the cause as well.
#[tokio::test]
async fn errors_have_the_guides_variants_as_kinds() {
    let rows: OrderSoA = (1..4).map(|n| Order::new(n, 100, 1000, 1, 10.0)).collect();
    let batch = rows.to_record_batch().unwrap();

    // Columns by position: the guide's code would load these silently.
    let mut columns = batch.columns().to_vec();
    columns.swap(0, 1);
    let swapped = RecordBatch::try_new(batch.schema(), columns).unwrap();
    assert_eq!(
        OrderSoA::from_record_batch(&swapped)
            .unwrap()
            .order_id_raw_array(),
        [100, 100, 100],
        "the names say which column is which"
    );

    // A missing column panics there.
    let fewer = batch.project(&[0, 1, 2, 3, 4, 6, 7, 8, 9]).unwrap();
    let error = concatenate_batches(&OrderSoA::arrow_schema(), &[fewer]).unwrap_err();
    assert_eq!(error.kind(), PersistenceErrorKind::SchemaMismatch);
    assert_eq!(error.column(), Some("total_amount"));

    // A code without a variant names column, row and value.
    let mut columns = batch.columns().to_vec();
    columns[6] = Arc::new(UInt8Array::from(vec![0, 9, 1]));
    let unknown = RecordBatch::try_new(batch.schema(), columns).unwrap();
    let error = PersistenceError::from(OrderSoA::from_record_batch(&unknown).unwrap_err());
    assert_eq!(
        error.kind(),
        PersistenceErrorKind::TypeConversion,
        "{error}"
    );
    assert_eq!(error.column(), Some("status"));
    for word in ["`status`", "row 1", "9"] {
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[test]
fn batches_are_concatenated_as_in_step_3() -> Result<(), PersistenceError> {
    let rows: OrderSoA = (1..4).map(|n| Order::new(n, 100, 1000, 1, 10.0)).collect();
    let batch = rows.to_record_batch()?;
    let combined = concatenate_batches(&OrderSoA::arrow_schema(), &[batch.clone(), batch])?;
    assert_eq!(combined.num_rows(), 6);
    Ok(())
}

/// "Extensibility Foundation": a backend of one's own. The guide's trait asks for seven methods with
/// `#[async_trait]`; here the typed ones come by themselves.
#[tokio::test]
async fn a_query_takes_a_closure_on_the_whole_set() {
    let mut orders = ArrowPersistence::<OrderSoA>::new();
    let rows: OrderSoA = (1..4).map(|n| Order::new(n, 100, 1000, 1, 10.0)).collect();
    orders.save(&rows).await.unwrap();
    let large = orders.query(|all| all.len() > 100).await.unwrap();
    assert_eq!(large, None);
    let found = orders.query(|all| all.len() == 3).await.unwrap();
    assert_eq!(found, Some(rows));
    // And beside it a condition on columns.
    let one = orders.scan(&Predicate::eq("order_id", 2)).await.unwrap();
    assert_eq!(one.unwrap().to_rows(), [Order::new(2, 100, 1000, 1, 10.0)]);
}

/// "Phase 2": Parquet files. `parquet::basic::Compression` is [`thermocline::Codec`] here, and the
/// default is Zstandard.
#[tokio::test]
async fn phase_2_data_survives_application_restarts() {
    let dir = TempDir::new().unwrap();
    let rows: OrderSoA = (1..400)
        .map(|n| Order::new(n, n % 9, 1000, 1, 10.0))
        .collect();
    ParquetPersistence::<OrderSoA>::new(dir.path())
        .with_compression(thermocline::Codec::Snappy)
        .with_partition_by("status, bucket(4, customer_id)".parse().unwrap())
        .save(&rows)
        .await
        .unwrap();
    let again = ParquetPersistence::<OrderSoA>::new(dir.path());
    let mut loaded = again.load().await.unwrap().unwrap();
    loaded.sort_by_key(|row| row.order_id);
    assert_eq!(loaded, rows);
}

/// "Phase 3": DuckDB.
#[cfg(feature = "sql")]
mod phase_3 {
    use thermocline::persistence::DuckDBPersistence;

    use super::*;

    #[derive(Debug, Clone, PartialEq, SoA)]
    struct ByCustomer {
        customer_id: u64,
        orders: u32,
        status: OrderStatus,
        revenue: f64,
    }

    fn orders() -> OrderSoA {
        (1..=90)
            .map(|n| Order::new(n, n % 9, 1000, 2, 10.0))
            .collect()
    }

    #[tokio::test]
    async fn sql_answers_in_typed_rows() {
        let mut persistence = DuckDBPersistence::<OrderSoA>::new(None, "orders").unwrap();
        persistence.save(&orders()).await.unwrap();
        assert_eq!(persistence.load().await.unwrap(), Some(orders()));
        let best: ByCustomerSoA = persistence
            .sql(
                "SELECT customer_id, count(*) AS orders, any_value(status) AS status, \
                 sum(total_amount) AS revenue FROM orders \
                 GROUP BY customer_id ORDER BY customer_id LIMIT 2",
            )
            .rows()
            .await
            .unwrap();
        let row = |customer_id| ByCustomer {
            customer_id,
            orders: 10,
            status: OrderStatus::Pending,
            revenue: 200.0,
        };
        assert_eq!(best.to_rows(), [row(0), row(1)]);
    }

    #[tokio::test]
    async fn transactions_take_effect_whole_or_not_at_all() {
        let mut persistence = DuckDBPersistence::<OrderSoA>::new(None, "orders").unwrap();
        persistence.save(&orders()).await.unwrap();
        let mut transaction = persistence.transaction().await.unwrap();
        transaction.clear().await.unwrap();
        transaction.rollback().await.unwrap();
        assert_eq!(persistence.count().await.unwrap(), 90);
        let transaction = persistence.transaction().await.unwrap();
        let gone = transaction
            .sql("DELETE FROM orders WHERE order_id > 10")
            .execute();
        assert_eq!(gone.await.unwrap(), 80);
        transaction.commit().await.unwrap();
        assert_eq!(persistence.count().await.unwrap(), 10);
    }

    /// "Storage hierarchy: Memory → Disk → Analytics", by one table of a store.
    #[tokio::test]
    async fn one_table_in_every_tier_answers_sql_in_typed_rows() {
        let dir = TempDir::new().unwrap();
        let store = Store::create(dir.path().join("store")).await.unwrap();
        let table = store.typed::<OrderSoA>("orders").await.unwrap();
        table.append(&orders()).await.unwrap();
        for tier in [Tier::Warm, Tier::Cold] {
            table.table().move_to(&Selection::All, tier).await.unwrap();
            let all: OrderSoA = store
                .sql("SELECT * FROM orders ORDER BY order_id")
                .rows()
                .await
                .unwrap();
            assert_eq!(all, orders(), "{tier}");
        }
    }
}

/// The error of the conversions converts into that of persistence.
#[test]
fn both_errors_work_with_one_question_mark() {
    fn both(rows: &OrderSoA) -> Result<usize, PersistenceError> {
        let batch: soa::RecordBatch = rows.to_record_batch()?;
        Ok(downcast_array::<UInt64Array>(batch.column(0))?
            .values()
            .len())
    }
    assert_eq!(both(&OrderSoA::new()).unwrap(), 0);
}
