//! The guide's first half: the domain model, its columns, and the way to Arrow and back.
//!
//! # What differs, line by line
//!
//! **Domain structure**
//!
//! - `pub struct Order { … }` with `#[derive(SoA, SoAStore)]` and
//!   `#[soa_store(key = "order_id", shards = 16)]`: nothing differs.
//! - `OrderStatus` and `PaymentMethod` get `#[derive(SoAEnum)]`. The guide leaves open how an enum
//!   becomes `UInt8`; this says it once, for every struct that has such a field.
//!
//! **Step 1, the schema**
//!
//! - `impl ArrowSchemaGen for OrderSoA { … }` is written by the derive, with the very schema that the
//!   guide writes by hand. Writing it by hand still works, with `#[soa(no_arrow)]`: see `by_hand`.
//! - `fn arrow_schema() -> Arc<Schema>`: nothing differs; `SchemaRef` is Arrow's name for that type.
//!
//! **Step 2, conversions**
//!
//! - `UInt64Array::from(self.order_id_raw_array())` doesn't compile in the guide, because an array
//!   can't be made of a slice without a copy. `columns.order_id.share()` gives Arrow the column's
//!   own memory.
//! - `self.status_raw_array().iter().map(|&s| u8::from(s))`: works as written. The column holds the
//!   codes themselves, so that they too go to Arrow without a copy; `view(row)` has the enum.
//! - `downcast_array(batch.column(0))`: columns are found by their name, because two columns that
//!   are swapped would load silently. `from_column(batch, "order_id")` does both.
//! - `let mut soa = OrderSoA::new(); soa.order_id = …`: the columns are public fields of
//!   `OrderColumns`, and `OrderSoA::try_from` makes rows of them if all are equally long. The guide
//!   fills four of ten columns, so that the others would be empty; that is now an error which names
//!   the first of them. Reading `soa.order_id` works as written.
//! - `OrderStatus::try_from(u)` for every code: the column checks its codes, and an unknown one is an
//!   error that names the row.
//!
//! **Step 4, the store**
//!
//! - `OrderStore::new()`, `store.add(order)`, `store.kernel()`: nothing differs. The guide's `key` only
//!   picks a shard; here it is unique, and `add` of a key that is there puts the new row in its place.
//! - `shards = 16`: `OrderStore` is for one writer and has one kernel, as the guide's code needs it.
//!   `OrderShards` has the shards, with a lock each.
//! - `Order::new(1, 101, 1001, 2, 25.99)` is the program's own function, as in the guide.

use std::sync::Arc;

use thermocline::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt8Array, UInt64Array};
use thermocline::arrow::datatypes::{DataType, Field, Float64Type, Schema, UInt8Type, UInt64Type};
use thermocline::soa::{ArrowSchemaGen, ToArrow};
use thermocline::{SoA, SoAEnum, SoAStore};

/// The guide doesn't show it.
#[derive(Debug, Clone, Copy, PartialEq, SoAEnum)]
pub(crate) enum OrderStatus {
    Pending,
    Shipped,
    Delivered,
}

/// The guide doesn't show it.
#[derive(Debug, Clone, Copy, PartialEq, SoAEnum)]
pub(crate) enum PaymentMethod {
    CreditCard,
    Transfer,
}

// As in the guide.
#[derive(SoA, SoAStore)]
#[soa_store(key = "order_id", shards = 16)]
pub(crate) struct Order {
    pub(crate) order_id: u64,
    pub(crate) customer_id: u64,
    pub(crate) product_id: u64,
    pub(crate) quantity: u32,
    pub(crate) unit_price: f64,
    pub(crate) total_amount: f64,
    pub(crate) status: OrderStatus,
    pub(crate) payment_method: PaymentMethod,
    pub(crate) order_timestamp: u64,
    pub(crate) shipping_address_hash: u64,
}

impl Order {
    /// As the guide calls it.
    pub(crate) fn new(
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
            total_amount: unit_price * f64::from(quantity),
            status: OrderStatus::Shipped,
            payment_method: PaymentMethod::Transfer,
            order_timestamp: 1_704_067_200,
            shipping_address_hash: u64::MAX - order_id,
        }
    }
}

/// The orders of the guide's "Batch operations".
fn orders() -> Vec<Order> {
    vec![
        Order::new(1, 100, 1000, 5, 15.99),
        Order::new(2, 101, 1001, 3, 29.99),
        Order::new(3, 102, 1002, 1, 99.99),
    ]
}

#[test]
fn step_1_the_schema_is_the_guides() {
    let schema = Arc::new(Schema::new(vec![
        Field::new("order_id", DataType::UInt64, false),
        Field::new("customer_id", DataType::UInt64, false),
        Field::new("product_id", DataType::UInt64, false),
        Field::new("quantity", DataType::UInt32, false),
        Field::new("unit_price", DataType::Float64, false),
        Field::new("total_amount", DataType::Float64, false),
        Field::new("status", DataType::UInt8, false),
        Field::new("payment_method", DataType::UInt8, false),
        Field::new("order_timestamp", DataType::UInt64, false),
        Field::new("shipping_address_hash", DataType::UInt64, false),
    ]));
    assert_eq!(OrderSoA::arrow_schema(), schema);
    assert_eq!(
        OrderSoA::arrow_field_names(),
        vec![
            "order_id",
            "customer_id",
            "product_id",
            "quantity",
            "unit_price",
            "total_amount",
            "status",
            "payment_method",
            "order_timestamp",
            "shipping_address_hash"
        ]
    );
    assert_eq!(OrderSoA::arrow_field_types()[6], DataType::UInt8);
}

#[test]
fn step_2_the_conversion_has_the_guides_values_and_no_copy() {
    let soa: OrderSoA = orders().into_iter().collect();
    let batch = soa.to_record_batch().unwrap();
    assert_eq!(
        batch.column(0).as_primitive::<UInt64Type>().values(),
        &[1, 2, 3]
    );
    assert_eq!(
        batch.column(4).as_primitive::<Float64Type>().values(),
        &[15.99, 29.99, 99.99]
    );
    // The guide's line for the enum, as it is written there.
    let codes = UInt8Array::from(
        soa.status_raw_array()
            .iter()
            .map(|&s| u8::from(s))
            .collect::<Vec<_>>(),
    );
    assert_eq!(batch.column(6).as_primitive::<UInt8Type>(), &codes);
    let ids = batch.column(0).as_primitive::<UInt64Type>().values();
    assert_eq!(ids.as_ptr(), soa.order_id_raw_array().as_ptr());
    let back = OrderSoA::from_record_batch(&batch).unwrap();
    assert_eq!(back, soa);
    assert_eq!(back.order_id_raw_array().as_ptr(), ids.as_ptr());
    assert_eq!(back.view(0).unwrap().status, OrderStatus::Shipped);
}

#[test]
fn step_2_columns_that_the_guide_forgets_are_named() {
    let batch = OrderSoA::from_iter(orders()).to_record_batch().unwrap();
    let order_ids = batch.column(0).as_primitive::<UInt64Type>();
    let amounts = batch.column(5).as_primitive::<Float64Type>();
    let mut soa = OrderColumns::default();
    soa.order_id = order_ids.values().to_vec().into();
    soa.total_amount = amounts.values().to_vec().into();
    let error = OrderSoA::try_from(soa).unwrap_err();
    assert_eq!(error.column(), Some("customer_id"));
}

#[test]
fn step_4_the_store_adds_and_shows_its_kernel() {
    let mut store = OrderStore::new();
    let mut indices = Vec::new();
    for order in orders() {
        indices.push(store.add(order));
    }
    assert_eq!(indices, [0, 1, 2]);
    let soa: &OrderSoA = store.kernel();
    assert_eq!(soa.len(), 3);
    // The key is unique.
    assert_eq!(store.add(Order::new(2, 7, 7, 7, 7.0)), 1);
    assert_eq!(store.kernel().customer_id_raw_array(), [100, 7, 102]);
    assert_eq!(store.get(&2).map(|order| order.quantity), Some(7));
    let shards = OrderShards::new();
    shards.add_batch(orders());
    assert_eq!((shards.shards(), shards.len()), (16, 3));
}

/// The guide's impls, written by hand.
mod by_hand {
    use super::*;
    use thermocline::soa::{self, Result, from_column};

    #[derive(SoA)]
    #[soa(no_arrow)]
    struct Item {
        item_id: u64,
        status: OrderStatus,
    }

    impl ArrowSchemaGen for ItemSoA {
        fn arrow_schema() -> Arc<Schema> {
            Arc::new(Schema::new(vec![
                Field::new("item_id", DataType::UInt64, false),
                Field::new("status", DataType::UInt8, false),
            ]))
        }

        fn arrow_field_names() -> Vec<&'static str> {
            vec!["item_id", "status"]
        }

        fn arrow_field_types() -> Vec<DataType> {
            vec![DataType::UInt64, DataType::UInt8]
        }
    }

    impl ToArrow for ItemSoA {
        fn to_record_batch(&self) -> Result<RecordBatch> {
            let columns: Vec<Arc<dyn Array>> = vec![
                Arc::new(UInt64Array::new(self.item_id.share(), None)),
                Arc::new(UInt8Array::from(
                    self.status_raw_array()
                        .iter()
                        .map(|&s| u8::from(s))
                        .collect::<Vec<_>>(),
                )),
            ];
            soa::batch(&Self::arrow_schema(), columns)
        }

        fn from_record_batch(batch: &RecordBatch) -> Result<Self> {
            soa::check_names(batch, &Self::arrow_field_names())?;
            let mut soa = ItemColumns::default();
            soa.item_id = from_column::<u64>(batch, "item_id")?.into();
            soa.status = from_column::<OrderStatus>(batch, "status")?.into();
            Self::try_from(soa)
        }
    }

    #[test]
    fn hand_written_conversions_still_work() {
        let items = [Item {
            item_id: 7,
            status: OrderStatus::Delivered,
        }];
        let soa: ItemSoA = items.into_iter().collect();
        let batch = soa.to_record_batch().unwrap();
        let ids: &ArrayRef = batch.column(0);
        assert_eq!(
            ids.as_primitive::<UInt64Type>().values().as_ptr(),
            soa.item_id.as_ptr()
        );
        assert_eq!(ItemSoA::from_record_batch(&batch).unwrap(), soa);
        let unknown: ArrayRef = Arc::new(UInt8Array::from(vec![9]));
        let batch = RecordBatch::try_from_iter([("item_id", Arc::clone(ids)), ("status", unknown)]);
        let error = ItemSoA::from_record_batch(&batch.unwrap()).unwrap_err();
        assert_eq!(
            (error.column(), error.invalid_row()),
            (Some("status"), Some(0))
        );
    }
}
