//! Columns that are put together by hand.

use thermocline_formats::ErrorKind;

use crate::orders::{OrderColumns, OrderSoA, order, orders};

#[test]
fn columns_of_equal_length_are_rows() {
    let rows = OrderSoA::from_iter(orders(4));
    let mut columns = rows.clone().into_columns();
    assert_eq!(columns.order_id, [0, 1, 2, 3]);
    columns.order_id = vec![9, 8, 7, 6].into();
    let changed = OrderSoA::try_from(columns).unwrap();
    assert_eq!(changed.get(0).unwrap().order_id, 9);
    assert_eq!(OrderColumns::from(changed).unit_price, rows.unit_price);
    assert!(
        OrderSoA::try_from(OrderColumns::default())
            .unwrap()
            .is_empty()
    );
}

#[test]
fn columns_of_different_lengths_are_refused_by_name() {
    let mut columns = OrderSoA::from_iter([order(0)]).into_columns();
    columns.quantity.push(3);
    columns.status = Vec::new().into();
    let error = OrderSoA::try_from(columns).unwrap_err();
    assert_eq!(
        (error.kind(), error.column()),
        (ErrorKind::InvalidInput, Some("quantity"))
    );
    assert_eq!(
        error.to_string(),
        "column `quantity` has 2 rows where column `order_id` has 1; all columns must be equally \
         long"
    );
}

#[test]
fn columns_can_be_read_like_fields() {
    let rows = OrderSoA::from_iter(orders(10));
    let revenue: f64 = rows.total_amount.iter().sum();
    let expected: f64 = orders(10).iter().map(|order| order.total_amount).sum();
    assert_eq!(revenue.to_bits(), expected.to_bits());
    assert_eq!(rows.shipping_address_hash[3], u64::MAX - 3);
}
