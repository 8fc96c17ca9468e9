//! What has a fixed width is never copied between columns and Arrow.

use arrow::array::{Array, RecordBatch};
use thermocline_derive::SoA;
use thermocline_formats::soa::ToArrow;

use crate::orders::{OrderSoA, OrderStatus, order, orders};

#[derive(Debug, Clone, PartialEq, SoA)]
struct Wide {
    a: i8,
    b: i16,
    c: i32,
    d: i64,
    e: u8,
    f: u16,
    g: u32,
    h: u64,
    i: f32,
    j: f64,
    k: OrderStatus,
    #[soa(timestamp(us, "UTC"))]
    l: i64,
    #[soa(date)]
    m: i32,
    #[soa(decimal(38, 10))]
    n: i128,
    o: [u8; 16],
}

fn wide(n: u8) -> Wide {
    let x = i8::try_from(n).unwrap();
    Wide {
        a: x,
        b: x.into(),
        c: x.into(),
        d: x.into(),
        e: n,
        f: n.into(),
        g: n.into(),
        h: n.into(),
        i: n.into(),
        j: n.into(),
        k: OrderStatus::Paid,
        l: x.into(),
        m: x.into(),
        n: x.into(),
        o: [n; 16],
    }
}

/// Where the values of each column are.
fn places(columns: &WideSoA) -> [*const u8; 15] {
    [
        columns.a_raw_array().as_ptr().cast(),
        columns.b_raw_array().as_ptr().cast(),
        columns.c_raw_array().as_ptr().cast(),
        columns.d_raw_array().as_ptr().cast(),
        columns.e_raw_array().as_ptr(),
        columns.f_raw_array().as_ptr().cast(),
        columns.g_raw_array().as_ptr().cast(),
        columns.h_raw_array().as_ptr().cast(),
        columns.i_raw_array().as_ptr().cast(),
        columns.j_raw_array().as_ptr().cast(),
        columns.k_raw_array().as_ptr(),
        columns.l_raw_array().as_ptr().cast(),
        columns.m_raw_array().as_ptr().cast(),
        columns.n_raw_array().as_ptr().cast(),
        columns.o_raw_array().as_ptr().cast(),
    ]
}

/// Where the values of each array are.
fn buffers(batch: &RecordBatch) -> Vec<*const u8> {
    batch
        .columns()
        .iter()
        .map(|array| array.to_data().buffers()[0].as_ptr())
        .collect()
}

#[test]
fn every_fixed_width_column_goes_to_arrow_and_back_in_its_place() {
    let columns: WideSoA = (0..100).map(wide).collect();
    let at_first = places(&columns);
    let batch = columns.to_record_batch().unwrap();
    assert_eq!(buffers(&batch), at_first);
    assert_eq!(
        places(&columns),
        at_first,
        "the columns read where the batch does"
    );
    drop(columns);
    let mut back = WideSoA::try_from(batch).unwrap();
    assert_eq!(places(&back), at_first);
    // Nobody else has them, so they can be changed in their place too.
    back.set(5, wide(0));
    back.truncate(99);
    assert_eq!(places(&back), at_first);
    assert_eq!(buffers(&back.to_record_batch().unwrap()), at_first);
}

#[test]
fn what_is_shared_is_copied_before_it_is_changed() {
    let mut columns: WideSoA = (0..3).map(wide).collect();
    let batch = columns.to_record_batch().unwrap();
    let mut back = WideSoA::from_record_batch(&batch).unwrap();
    assert_eq!(places(&back), places(&columns));
    back.set(0, wide(9));
    columns.push(wide(7));
    let unchanged = WideSoA::from_record_batch(&batch).unwrap();
    assert_eq!(unchanged.to_rows(), [0, 1, 2].map(wide));
    assert_eq!(back.to_rows(), [9, 1, 2].map(wide));
    assert_eq!(columns.to_rows(), [0, 1, 2, 7].map(wide));
    let places: Vec<_> = [&columns, &back, &unchanged]
        .into_iter()
        .flat_map(places)
        .collect();
    let different: std::collections::HashSet<_> = places.iter().collect();
    assert_eq!(different.len(), 45);
}

#[test]
fn a_clone_shares_every_column() {
    let columns: OrderSoA = orders(10).into_iter().collect();
    let mut copy = columns.clone();
    assert_eq!(
        copy.order_id_raw_array().as_ptr(),
        columns.order_id_raw_array().as_ptr()
    );
    copy.set(0, order(99));
    assert_eq!(columns.to_rows(), orders(10));
}
