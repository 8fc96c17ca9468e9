//! The same orders as structs and as columns.

use thermocline::{SoA, SoAEnum, SoAStore};

use crate::orders::mix;

/// Where an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, SoAEnum)]
pub(crate) enum Status {
    Pending,
    Paid,
    Shipped,
    Delivered,
    Cancelled,
}

/// How an order is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, SoAEnum)]
pub(crate) enum Payment {
    Card,
    Transfer,
    Invoice,
    Cash,
}

/// An order of 62 bytes; as a struct, it takes 64.
#[derive(Debug, Clone, Copy, PartialEq, SoA, SoAStore)]
#[soa_store(key = "order_id", shards = 16)]
pub(crate) struct Order {
    pub(crate) order_id: u64,
    pub(crate) customer_id: u64,
    pub(crate) product_id: u64,
    pub(crate) quantity: u32,
    pub(crate) unit_price: f64,
    pub(crate) total_amount: f64,
    pub(crate) status: Status,
    pub(crate) payment_method: Payment,
    pub(crate) order_timestamp: u64,
    pub(crate) shipping_address_hash: u64,
}

/// The order with this number; the same one each time.
pub(crate) fn order(order_id: u64) -> Order {
    let hash = mix(order_id);
    let quantity = u32::try_from(hash % 10).unwrap_or(0);
    let unit_price = (hash >> 8 & 0xffff) as f64 / 100.0;
    Order {
        order_id,
        customer_id: (hash >> 16) % 100_000,
        product_id: (hash >> 24) % 10_000,
        quantity,
        unit_price,
        total_amount: f64::from(quantity) * unit_price,
        status: match (hash >> 32) % 5 {
            0 => Status::Pending,
            1 => Status::Paid,
            2 => Status::Shipped,
            3 => Status::Delivered,
            _ => Status::Cancelled,
        },
        payment_method: match (hash >> 40) % 4 {
            0 => Payment::Card,
            1 => Payment::Transfer,
            2 => Payment::Invoice,
            _ => Payment::Cash,
        },
        order_timestamp: 1_704_067_200_000_000 + order_id * 1_000_000,
        shipping_address_hash: hash,
    }
}

/// The orders with the numbers 0 to `count` - 1.
pub(crate) fn orders(count: u64) -> Vec<Order> {
    (0..count).map(order).collect()
}
