//! An order book that is kept: rows as columns in memory, every order once in a directory of
//! Parquet files, and answers in typed rows.
//!
//! `cargo run --release --example orders`

use std::path::Path;

use thermocline::persistence::{
    DuckDBPersistence, MemoryStats, ParquetPersistence, Result, SoAPersistence,
};
use thermocline::prelude::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq, SoAEnum)]
enum OrderStatus {
    Pending,
    Paid,
    Shipped,
    Cancelled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, SoAEnum)]
enum PaymentMethod {
    Card,
    Invoice,
    Voucher,
}

/// A plain struct. The derives make columns of it (`OrderSoA`) and a store with a unique key
/// (`OrderStore`).
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
    #[soa(timestamp(s))]
    order_timestamp: i64,
    shipping_address_hash: u64,
}

/// What one status brought in.
#[derive(Debug, Clone, PartialEq, SoA)]
struct StatusRevenue {
    status: OrderStatus,
    orders: u64,
    revenue: f64,
}

/// One of the best customers.
#[derive(Debug, Clone, PartialEq, SoA)]
struct TopCustomer {
    place: u32,
    customer_id: u64,
    orders: u64,
    revenue: f64,
}

/// A month, and how it compares with the one before.
#[derive(Debug, Clone, PartialEq, SoA)]
struct MonthlyTrend {
    month: String,
    revenue: f64,
    change: Option<f64>,
    so_far: f64,
}

/// Orders in memory, in files, and under SQL.
struct PersistentOrderStore {
    store: OrderStore,
    persistence: ParquetPersistence<OrderSoA>,
}

impl PersistentOrderStore {
    /// The orders in a directory, or none yet.
    async fn open(path: &Path) -> Result<Self> {
        let persistence = ParquetPersistence::new(path);
        let orders: Option<OrderSoA> = persistence.load().await?;
        Ok(Self {
            store: orders.unwrap_or_default().to_rows().into_iter().collect(),
            persistence,
        })
    }

    /// Adds an order. A new one is written once, whatever the number of orders that are there.
    async fn add(&mut self, order: Order) -> Result<usize> {
        Ok(self.add_batch(vec![order]).await?.remove(0))
    }

    /// Adds orders, and writes them together. One that changes an older order of the same number
    /// rewrites the files.
    async fn add_batch(&mut self, orders: Vec<Order>) -> Result<Vec<usize>> {
        let before = self.store.len();
        let new: OrderSoA = orders.iter().cloned().collect();
        let indices = self.store.add_batch(orders);
        if self.store.len() == before + indices.len() {
            self.persistence.append(&new).await?;
        } else {
            self.persistence.save(self.store.kernel()).await?;
        }
        Ok(indices)
    }

    async fn memory_stats(&self) -> Result<MemoryStats> {
        self.persistence.memory_stats().await
    }

    /// The same orders as a table of an in-memory DuckDB.
    async fn analytics(&self) -> Result<Analytics> {
        let mut orders = DuckDBPersistence::new(None, "orders")?;
        orders.save(self.store.kernel()).await?;
        Ok(Analytics { orders })
    }
}

/// Questions about all orders.
struct Analytics {
    orders: DuckDBPersistence<OrderSoA>,
}

impl Analytics {
    async fn revenue_by_status(&self) -> Result<StatusRevenueSoA> {
        self.orders
            .sql(
                "SELECT status, count(*) AS orders, sum(total_amount) AS revenue FROM orders \
                 GROUP BY status ORDER BY revenue DESC",
            )
            .rows()
            .await
    }

    async fn top_customers(&self, count: u32) -> Result<TopCustomerSoA> {
        self.orders
            .sql(
                "SELECT rank() OVER (ORDER BY sum(total_amount) DESC) AS place, customer_id, \
                 count(*) AS orders, sum(total_amount) AS revenue FROM orders \
                 WHERE status <> $1 GROUP BY customer_id ORDER BY place LIMIT $2",
            )
            .bind(OrderStatus::Cancelled as u8)
            .bind(count)
            .rows()
            .await
    }

    async fn monthly_trends(&self) -> Result<MonthlyTrendSoA> {
        self.orders
            .sql(
                "WITH months AS (SELECT strftime(order_timestamp, '%Y-%m') AS month, \
                   sum(total_amount) AS revenue FROM orders GROUP BY month) \
                 SELECT month, revenue, \
                   (revenue / lag(revenue) OVER by_month - 1) * 100 AS change, \
                   sum(revenue) OVER by_month AS so_far \
                 FROM months WINDOW by_month AS (ORDER BY month) ORDER BY month",
            )
            .rows()
            .await
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("orders");

    let mut store = PersistentOrderStore::open(&path).await?;
    let mut orders: Vec<Order> = (1..=200_000).map(order).collect();
    let first = store.add(orders.remove(0)).await?;
    let indices = store.add_batch(orders).await?;
    println!("added order {first} and {} more", indices.len());
    println!("in files:  {}", store.memory_stats().await?);
    let columns = store.store.kernel();
    println!(
        "in memory: {:.1} B an order, in {} columns",
        columns.memory_size() as f64 / columns.len() as f64,
        OrderSoA::arrow_field_names().len()
    );

    // Another program, another day: everything is there again.
    let again = PersistentOrderStore::open(&path).await?;
    assert_eq!(again.store.kernel(), store.store.kernel());

    let analytics = again.analytics().await?;
    println!("\nRevenue by status");
    for row in &analytics.revenue_by_status().await? {
        let status = format!("{:?}", row.status);
        println!("  {status:10} {:7} orders {:14.2}", row.orders, row.revenue);
    }
    println!("\nTop customers");
    for row in &analytics.top_customers(5).await? {
        let (customer, orders, revenue) = (row.customer_id, row.orders, row.revenue);
        println!(
            "  {}. customer {customer:4} {orders:4} orders {revenue:12.2}",
            row.place
        );
    }
    println!("\nMonth by month");
    let trends = analytics.monthly_trends().await?;
    let most = trends.iter().map(|row| row.revenue).fold(0.0, f64::max);
    for row in &trends {
        let change = row
            .change
            .map_or(String::new(), |change| format!("{change:+.1} %"));
        let blocks = (0..30).take_while(|block| f64::from(*block) < row.revenue / most * 30.0);
        let bar: String = blocks.map(|_| '█').collect();
        println!("  {} {:13.2} {change:>8}  {bar}", row.month, row.revenue);
    }
    Ok(())
}

/// Order number `n` of a made-up year: more is sold towards its end.
fn order(n: u64) -> Order {
    // A number for each of the order's dice, from a well-mixed hash of its own number.
    let dice = |salt: u64| {
        let mut bits = n
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .wrapping_add(salt << 32);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    };
    const YEAR: u64 = 365 * 86_400;
    let quantity = 1 + (dice(2) % 5) as u32;
    let unit_price = (499 + dice(3) % 19_500) as f64 / 100.0;
    // A few customers buy much.
    let customer_id = 100 + (dice(4) % 1000) * (dice(5) % 1000) / 1000;
    Order {
        order_id: n,
        customer_id,
        product_id: 1000 + dice(6) % 250,
        quantity,
        unit_price,
        total_amount: f64::from(quantity) * unit_price,
        status: match dice(7) % 20 {
            0 => OrderStatus::Cancelled,
            1 | 2 => OrderStatus::Pending,
            3..=6 => OrderStatus::Paid,
            _ => OrderStatus::Shipped,
        },
        payment_method: match dice(8) % 10 {
            0 => PaymentMethod::Voucher,
            1..=3 => PaymentMethod::Invoice,
            _ => PaymentMethod::Card,
        },
        // In 2025. The later of two moments: sales grow over the year.
        order_timestamp: 1_735_689_600 + (dice(1) % YEAR).max(dice(10) % YEAR).cast_signed(),
        shipping_address_hash: dice(9),
    }
}
