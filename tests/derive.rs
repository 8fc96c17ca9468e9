//! `#[derive(SoA)]`: a plain struct as columns, to Arrow and back.

use thermocline::{
    SoA,
    soa::{ArrowSchemaGen, DataType, ToArrow},
};

/// An order.
#[derive(Debug, Clone, PartialEq, SoA)]
struct Order {
    order_id: u64,
    /// Dollars.
    unit_price: f64,
    #[soa(rename = "note_to_seller")]
    note: Option<String>,
    r#type: u8,
    hash: [u8; 4],
    payload: Vec<u8>,
    paid: bool,
}

fn order(order_id: u64) -> Order {
    Order {
        order_id,
        unit_price: -0.0,
        note: order_id
            .is_multiple_of(2)
            .then(|| format!("note {order_id}")),
        r#type: 3,
        hash: [1, 2, 3, 4],
        payload: vec![0; 3],
        paid: order_id.is_multiple_of(3),
    }
}

#[derive(SoA)]
struct Single {
    value: i32,
}

#[test]
fn rows_become_columns_and_rows_again() {
    let rows: Vec<_> = (0..5).map(order).collect();
    let mut columns: OrderSoA = rows.iter().cloned().collect();
    assert_eq!((columns.len(), columns.is_empty()), (5, false));
    assert_eq!(columns.order_id_raw_array(), [0, 1, 2, 3, 4]);
    assert_eq!(columns.type_raw_array(), [3; 5]);
    assert_eq!(columns.to_rows(), rows);
    assert_eq!(columns.get(4).map(|row| row.to_row()), Some(order(4)));
    assert_eq!(columns.get(5), None);
    assert_eq!(columns.iter().len(), 5);
    let backwards: Vec<u64> = columns.iter().rev().map(|row| *row.order_id).collect();
    assert_eq!(backwards, [4, 3, 2, 1, 0]);
    columns.truncate(2);
    columns.extend([order(9)]);
    columns.push(order(10));
    assert_eq!(columns.order_id, [0, 1, 9, 10]);
}

#[test]
fn a_single_column_is_enough() {
    let columns: SingleSoA = [Single { value: 4 }].into_iter().collect();
    assert_eq!(columns.iter().map(|row| *row.value).sum::<i32>(), 4);
    assert_eq!(columns.to_rows()[0].value, 4);
}

#[test]
fn the_schema_follows_the_struct() {
    let names = [
        "order_id",
        "unit_price",
        "note_to_seller",
        "type",
        "hash",
        "payload",
        "paid",
    ];
    assert_eq!(OrderSoA::arrow_field_names(), names);
    let schema = OrderSoA::arrow_schema();
    let nullable: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| field.is_nullable())
        .collect();
    assert_eq!(nullable, [false, false, true, false, false, false, false]);
    let types: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| field.data_type().clone())
        .collect();
    assert_eq!(types, OrderSoA::arrow_field_types());
    assert_eq!(types[4], DataType::FixedSizeBinary(4));
}

#[test]
fn columns_become_a_batch_and_come_back() {
    for rows in [0, 1, 100] {
        let columns: OrderSoA = (0..rows).map(order).collect();
        let batch = columns.to_record_batch().unwrap();
        assert_eq!((batch.num_rows(), batch.num_columns()), (columns.len(), 7));
        let back = OrderSoA::from_record_batch(&batch).unwrap();
        assert_eq!(back, columns);
        assert!(back.unit_price.iter().all(|price| price.is_sign_negative()));
    }
}

#[test]
fn a_batch_that_lacks_a_column_is_refused_by_name() {
    let batch = OrderSoA::from_iter([order(1)]).to_record_batch().unwrap();
    let without_price = batch.project(&[0, 2, 3, 4, 5, 6]).unwrap();
    let error = OrderSoA::from_record_batch(&without_price).unwrap_err();
    assert_eq!(error.column(), Some("unit_price"));
    // Swapped columns are found by name.
    let swapped = batch.project(&[6, 5, 4, 3, 2, 1, 0]).unwrap();
    assert_eq!(
        OrderSoA::from_record_batch(&swapped).unwrap().to_rows(),
        [order(1)]
    );
}

#[test]
fn columns_of_different_lengths_give_complete_rows_only_and_no_batch() {
    let mut columns = OrderSoA::with_capacity(2);
    columns.push(order(1));
    columns.paid.push(true);
    assert_eq!((columns.len(), columns.iter().count()), (1, 1));
    assert_eq!(columns.get(1), None);
    assert_eq!(
        columns.to_record_batch().unwrap_err().column(),
        Some("paid")
    );
}
