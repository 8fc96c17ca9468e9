//! The rows of the benchmarks without SQL: orders of 62 bytes.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, RecordBatch, UInt8Array, UInt32Array, UInt64Array,
};
use arrow::compute::sum;
use arrow::datatypes::{DataType, Float64Type, UInt8Type, UInt32Type, UInt64Type};
use thermocline::{Snapshot, Store, Table, TableOptions};

use crate::harness::Outcome;

/// Name of the table.
pub(crate) const TABLE: &str = "orders";
/// Bytes of a row: five columns of `u64`, two of `f64`, one of `u32`, two of `u8`.
pub(crate) const ROW_BYTES: u64 = 62;
/// 2024-01-01, in microseconds since 1970; an order each second.
const FIRST_TIMESTAMP: u64 = 1_704_067_200_000_000;

/// `rows` orders, numbered from `first`; the same ones each time.
pub(crate) fn batch(first: u64, rows: u64) -> Outcome<RecordBatch> {
    let numbers = || first..first + rows;
    let below = |salt: u64, bound: u64| move |n: u64| mix(n ^ (salt << 56)) % bound;
    let quantity = below(3, 10);
    let price = |n: u64| below(4, 10_000)(n) as f64 / 100.0;
    let bytes = |salt, bound| {
        let value = below(salt, bound);
        UInt8Array::from_iter_values(numbers().map(|n| u8::try_from(value(n)).unwrap_or(0)))
    };
    let quantities = numbers().map(|n| u32::try_from(quantity(n)).unwrap_or(0));
    let columns: [(&str, ArrayRef); 10] = [
        (
            "order_id",
            Arc::new(UInt64Array::from_iter_values(numbers())),
        ),
        (
            "customer_id",
            Arc::new(UInt64Array::from_iter_values(
                numbers().map(below(1, 100_000)),
            )),
        ),
        (
            "product_id",
            Arc::new(UInt64Array::from_iter_values(
                numbers().map(below(2, 10_000)),
            )),
        ),
        (
            "quantity",
            Arc::new(UInt32Array::from_iter_values(quantities)),
        ),
        (
            "unit_price",
            Arc::new(Float64Array::from_iter_values(numbers().map(price))),
        ),
        (
            "total_amount",
            Arc::new(Float64Array::from_iter_values(
                numbers().map(|n| quantity(n) as f64 * price(n)),
            )),
        ),
        ("status", Arc::new(bytes(5, 5))),
        ("payment_method", Arc::new(bytes(6, 4))),
        (
            "order_timestamp",
            Arc::new(UInt64Array::from_iter_values(
                numbers().map(|n| FIRST_TIMESTAMP + n * 1_000_000),
            )),
        ),
        (
            "shipping_address_hash",
            Arc::new(UInt64Array::from_iter_values(numbers().map(mix))),
        ),
    ];
    let columns = columns.map(|(name, column)| (name, column, false));
    Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
}

/// `count` batches of `rows` orders each.
pub(crate) fn batches(count: u64, rows: u64) -> Outcome<Vec<RecordBatch>> {
    (0..count).map(|index| batch(index * rows, rows)).collect()
}

/// A table for orders, without partitions or order.
pub(crate) async fn create_table(store: &Store) -> Outcome<Table> {
    Ok(store
        .create_table(TABLE, TableOptions::new(batch(0, 1)?.schema()))
        .await?)
}

/// SplitMix64 (Steele, Lea, Flood: *Fast Splittable Pseudorandom Number Generators*, 2014).
pub(crate) fn mix(n: u64) -> u64 {
    let n = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

/// The buffers that a batch is made of.
pub(crate) fn buffers(batch: &RecordBatch) -> impl Iterator<Item = &[u8]> {
    batch.columns().iter().filter_map(|column| {
        let bytes = match column.data_type() {
            DataType::UInt8 => column.as_primitive_opt::<UInt8Type>()?.values().inner(),
            DataType::UInt32 => column.as_primitive_opt::<UInt32Type>()?.values().inner(),
            DataType::UInt64 => column.as_primitive_opt::<UInt64Type>()?.values().inner(),
            _ => column.as_primitive_opt::<Float64Type>()?.values().inner(),
        };
        Some(bytes.as_slice())
    })
}

/// What was read: the number of rows and the sums of all columns.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Totals {
    pub(crate) rows: u64,
    /// Of the integers, without regard to overflow: the same in any order.
    pub(crate) integers: u64,
    /// Of the floating point columns: the same only in the same order.
    pub(crate) floats: f64,
}

impl Totals {
    pub(crate) fn add(&mut self, batch: &RecordBatch) {
        self.rows += batch.num_rows() as u64;
        for column in batch.columns() {
            let integers = if let Some(column) = column.as_primitive_opt::<UInt64Type>() {
                sum(column).unwrap_or(0)
            } else if let Some(column) = column.as_primitive_opt::<UInt32Type>() {
                column.values().iter().copied().map(u64::from).sum()
            } else if let Some(column) = column.as_primitive_opt::<UInt8Type>() {
                column.values().iter().copied().map(u64::from).sum()
            } else {
                let floats = column.as_primitive_opt::<Float64Type>().and_then(sum);
                self.floats += floats.unwrap_or(0.0);
                0
            };
            self.integers = self.integers.wrapping_add(integers);
        }
    }

    pub(crate) fn of<'a>(batches: impl IntoIterator<Item = &'a RecordBatch>) -> Self {
        let mut totals = Self::default();
        for batch in batches {
            totals.add(batch);
        }
        totals
    }
}

/// Reads all orders of a snapshot, one morsel after the other.
pub(crate) fn scan(snapshot: &Snapshot) -> Outcome<Totals> {
    let table = snapshot.table(TABLE).ok_or("the table of orders is gone")?;
    let mut totals = Totals::default();
    for morsel in table.scan(thermocline::ScanOptions::new())?.morsels() {
        for batch in morsel.open()? {
            totals.add(&batch?);
        }
    }
    Ok(totals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_has_as_many_bytes_as_is_said() {
        let batch = batch(0, 1_000).unwrap();
        let bytes: usize = buffers(&batch).map(<[u8]>::len).sum();
        assert_eq!(bytes, 1_000 * 62);
        assert_eq!(ROW_BYTES, 62);
    }

    #[test]
    fn totals_of_parts_are_the_totals_of_the_whole() {
        let (whole, parts) = (
            batch(0, 100).unwrap(),
            [batch(0, 40).unwrap(), batch(40, 60).unwrap()],
        );
        let (whole, parts) = (Totals::of([&whole]), Totals::of(&parts));
        assert_eq!((whole.rows, whole.integers), (parts.rows, parts.integers));
        assert!((whole.floats - parts.floats).abs() < 1e-6);
    }
}
