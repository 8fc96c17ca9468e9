//! Rows become columns and rows again.

use std::panic::{AssertUnwindSafe, catch_unwind};

use thermocline_derive::SoA;
use thermocline_formats::soa::{Column, Lists, Mapped, Mapping, SoaField, ToArrow};

use crate::orders::{Order, OrderSoA, OrderStatus, order, orders};

#[test]
fn rows_come_back_as_they_went_in() {
    let rows = orders(7);
    let mut columns = OrderSoA::new();
    assert_eq!((columns.len(), columns.is_empty()), (0, true));
    rows.iter().cloned().for_each(|row| columns.push(row));
    assert_eq!((columns.len(), columns.is_empty()), (7, false));
    assert_eq!(columns.to_rows(), rows);
    assert_eq!(columns.get(4), Some(order(4)));
    assert_eq!(columns.get(7), None);
    assert_eq!(columns.order_id_raw_array(), [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(columns.payment_method_raw_array(), [1, 2, 9, 1, 2, 9, 1]);
    assert_eq!(rows.iter().cloned().collect::<OrderSoA>(), columns);
    assert_eq!(columns.clone().into_iter().rev().collect::<Vec<Order>>(), {
        let mut backwards = rows;
        backwards.reverse();
        backwards
    });
}

#[test]
fn a_view_is_a_row_where_it_stands() {
    let columns = OrderSoA::from_iter(orders(3));
    let view = columns.view(2).unwrap();
    assert_eq!((view.order_id, view.status), (2, OrderStatus::Shipped));
    assert_eq!(view.to_owned(), order(2));
    assert_eq!(view.clone(), view);
    assert_ne!(Some(view), columns.view(1));
    assert_eq!(columns.view(3), None);
    let debug = format!("{:?}", columns.view(0).unwrap());
    assert_eq!(
        debug,
        format!("{:?}", order(0)).replace("Order {", "OrderView {")
    );
    assert_eq!(columns.iter().len(), 3);
    let ids: Vec<_> = (&columns)
        .into_iter()
        .rev()
        .map(|row| row.order_id)
        .collect();
    assert_eq!(ids, [2, 1, 0]);
}

#[test]
fn a_row_can_be_changed_where_it_stands() {
    let mut columns = OrderSoA::from_iter(orders(3));
    let mut row = columns.view_mut(1).unwrap();
    *row.quantity += 10;
    row.status.set(OrderStatus::Cancelled);
    assert_eq!(row.as_view().status, OrderStatus::Cancelled);
    let changed = Order {
        quantity: 12,
        status: OrderStatus::Cancelled,
        ..order(1)
    };
    assert_eq!(row.to_owned(), changed);
    assert_eq!(format!("{row:?}"), format!("{:?}", row.as_view()));
    assert_eq!(columns.to_rows(), [order(0), changed, order(2)]);
    assert!(columns.view_mut(3).is_none());
    let mut others = OrderSoA::from_iter([order(0)]);
    assert_eq!(columns.view_mut(0), others.view_mut(0));

    columns.unit_price_raw_array_mut().fill(0.5);
    assert!(
        columns
            .payment_method_raw_array_mut()
            .set(2, crate::orders::PaymentMethod::Card)
    );
    let last = columns.get(2).unwrap();
    assert_eq!(
        (last.unit_price, last.payment_method),
        (0.5, crate::orders::PaymentMethod::Card)
    );
    assert!(columns.set(0, order(9)));
    assert!(!columns.set(3, order(9)));
    assert_eq!(columns.get(0), Some(order(9)));
}

#[test]
fn rows_are_removed_and_sorted() {
    let mut columns = OrderSoA::with_capacity(10);
    columns.extend(orders(6));
    assert_eq!(columns.swap_remove(1), Some(order(1)));
    assert_eq!(columns.swap_remove(9), None);
    assert_eq!(columns.order_id_raw_array(), [0, 5, 2, 3, 4]);
    columns.sort_by_key(|row| std::cmp::Reverse(row.order_id));
    assert_eq!(columns.to_rows(), [5, 4, 3, 2, 0].map(order));
    // Rows with equal keys stay in their order.
    columns.sort_by_key(|row| row.order_id % 2);
    assert_eq!(columns.order_id_raw_array(), [4, 2, 0, 5, 3]);
    columns.truncate(2);
    assert_eq!(columns.to_rows(), [4, 2].map(order));
    columns.clear();
    assert!(columns.is_empty());
}

/// Fields may have the names that generated code uses for something else.
#[derive(Debug, Clone, PartialEq, SoA)]
struct Odd {
    row: u8,
    value: u16,
    columns: u32,
    soa: u64,
    len: String,
    view: bool,
    source: i8,
    visit: i16,
    exists: i32,
    f: i64,
    other: f32,
    rows: f64,
}

#[test]
fn fields_may_have_any_name() {
    let odd = |row| Odd {
        row,
        value: 2,
        columns: 3,
        soa: 4,
        len: "5".to_owned(),
        view: true,
        source: 6,
        visit: 7,
        exists: 8,
        f: 9,
        other: 1.5,
        rows: 2.5,
    };
    let mut columns = OddSoA::from_iter([odd(1), odd(2)]);
    assert!(columns.set(0, odd(9)));
    assert_eq!(columns.to_rows(), [odd(9), odd(2)]);
    assert_eq!((columns.columns[1], columns.len()), (3, 2));
    assert_eq!(columns.rows_raw_array(), [2.5, 2.5]);
    let back = OddSoA::from_record_batch(&columns.to_record_batch().unwrap()).unwrap();
    assert_eq!(back, columns);
    assert_eq!(
        format!("{:?}", back.view(0)),
        format!("{:?}", columns.view(0))
    );
}

/// A type whose conversion panics, which none should.
#[derive(Debug, Clone, PartialEq)]
struct Touchy(u8);

enum AsByte {}

impl Mapping for AsByte {
    type Value = Touchy;
    type Held = Column<u8>;

    fn hold(value: &Touchy) -> Result<u8, String> {
        assert_ne!(value.0, 13, "unlucky");
        Ok(value.0)
    }

    fn give(held: u8) -> Result<Touchy, String> {
        Ok(Touchy(held))
    }

    fn placeholder() -> Touchy {
        Touchy(0)
    }
}

impl SoaField for Touchy {
    type Column = Mapped<AsByte>;
    type List = Lists<Self::Column>;
}

#[derive(Debug, Clone, PartialEq, SoA)]
struct Guarded {
    name: String,
    maybe: Option<Touchy>,
    several: Vec<Touchy>,
    last: u8,
}

#[test]
fn a_row_is_added_to_all_columns_or_to_none() {
    let good = |n: u8| Guarded {
        name: n.to_string(),
        maybe: Some(Touchy(n)),
        several: vec![Touchy(n); 2],
        last: n,
    };
    let mut columns = GuardedSoA::from_iter([good(1)]);
    let maybe = Guarded {
        maybe: Some(Touchy(13)),
        ..good(2)
    };
    let several = Guarded {
        several: vec![Touchy(2), Touchy(13)],
        ..good(3)
    };
    for bad in [maybe, several] {
        let push = AssertUnwindSafe(|| columns.push(bad));
        assert!(catch_unwind(push).is_err());
    }
    columns.push(good(4));
    assert_eq!(columns.to_rows(), [good(1), good(4)]);
    let back = GuardedSoA::from_record_batch(&columns.to_record_batch().unwrap()).unwrap();
    assert_eq!(back.to_rows(), [good(1), good(4)]);
}
