//! The rows of these tests: orders of an online shop, 62 bytes each.

use thermocline_derive::{SoA, SoAEnum, SoAStore};

#[derive(Debug, Clone, Copy, PartialEq, Eq, SoAEnum)]
pub(crate) enum OrderStatus {
    Pending,
    Paid,
    Shipped,
    Delivered,
    Cancelled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, SoAEnum)]
pub(crate) enum PaymentMethod {
    Card = 1,
    Transfer = 2,
    Cash = 9,
}

#[derive(Debug, Clone, PartialEq, SoA, SoAStore)]
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

/// An order; the same one each time.
pub(crate) fn order(order_id: u64) -> Order {
    let quantity = u32::try_from(order_id % 9).unwrap() + 1;
    let unit_price = f64::from(u32::try_from(order_id % 1000).unwrap()) / 4.0;
    Order {
        order_id,
        customer_id: order_id % 1000,
        product_id: order_id % 700 * 31 % 700,
        quantity,
        unit_price,
        total_amount: unit_price * f64::from(quantity),
        status: match order_id % 5 {
            0 => OrderStatus::Pending,
            1 => OrderStatus::Paid,
            2 => OrderStatus::Shipped,
            3 => OrderStatus::Delivered,
            _ => OrderStatus::Cancelled,
        },
        payment_method: match order_id % 3 {
            0 => PaymentMethod::Card,
            1 => PaymentMethod::Transfer,
            _ => PaymentMethod::Cash,
        },
        order_timestamp: 1_704_067_200_000_000 + order_id,
        shipping_address_hash: u64::MAX - order_id,
    }
}

/// Orders with the numbers 0 to `count` - 1.
pub(crate) fn orders(count: u64) -> Vec<Order> {
    (0..count).map(order).collect()
}
