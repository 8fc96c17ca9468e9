//! Collecting the zone map of an array.

use arrow::array::{Array, ArrowPrimitiveType, AsArray};
use arrow::datatypes::{
    DataType, Date32Type, Int8Type, Int16Type, Int32Type, Int64Type, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

use super::column::{lower_bytes, upper_bytes};
use super::{Bound, ColumnStats};
use crate::values::{Value, for_each_value};

/// Looks at every value of a column; nested columns only have their nulls counted.
pub(crate) fn column_stats(array: &dyn Array) -> ColumnStats {
    use DataType as T;

    let stats = ColumnStats::all_null(array.logical_null_count() as u64);
    // The common integers have vectorised kernels; everything else goes value by value.
    match array.data_type() {
        T::Int8 => integers::<Int8Type>(stats, array),
        T::Int16 => integers::<Int16Type>(stats, array),
        T::Int32 => integers::<Int32Type>(stats, array),
        T::Int64 => integers::<Int64Type>(stats, array),
        T::UInt8 => integers::<UInt8Type>(stats, array),
        T::UInt16 => integers::<UInt16Type>(stats, array),
        T::UInt32 => integers::<UInt32Type>(stats, array),
        T::UInt64 => integers::<UInt64Type>(stats, array),
        T::Date32 => integers::<Date32Type>(stats, array),
        T::Timestamp(TimeUnit::Second, _) => integers::<TimestampSecondType>(stats, array),
        T::Timestamp(TimeUnit::Millisecond, _) => {
            integers::<TimestampMillisecondType>(stats, array)
        }
        T::Timestamp(TimeUnit::Microsecond, _) => {
            integers::<TimestampMicrosecondType>(stats, array)
        }
        T::Timestamp(TimeUnit::Nanosecond, _) => integers::<TimestampNanosecondType>(stats, array),
        T::Dictionary(_, _) => dictionary(stats, array),
        _ => values(stats, array),
    }
}

fn integers<T>(mut stats: ColumnStats, array: &dyn Array) -> ColumnStats
where
    T: ArrowPrimitiveType,
    T::Native: Into<i128>,
{
    let array = array.as_primitive::<T>();
    stats.min = arrow::compute::min(array).map(|value| Bound::Int(value.into()));
    stats.max = arrow::compute::max(array).map(|value| Bound::Int(value.into()));
    stats
}

fn values(mut stats: ColumnStats, array: &dyn Array) -> ColumnStats {
    let mut limits = Limits::default();
    for_each_value(array, |_, value| limits.see(value));
    stats.nans = limits.nans;
    if let Some((min, max)) = limits.limits {
        (stats.min, stats.min_exact) = lower(min);
        (stats.max, stats.max_exact) = upper(max);
    }
    stats
}

/// Looks once at each value that a row refers to.
fn dictionary(mut stats: ColumnStats, array: &dyn Array) -> ColumnStats {
    let dictionary = array.as_any_dictionary();
    if dictionary.values().is_empty() {
        return stats;
    }
    let mut used = vec![false; dictionary.values().len()];
    for (row, key) in dictionary.normalized_keys().into_iter().enumerate() {
        if dictionary.is_valid(row)
            && let Some(slot) = used.get_mut(key)
        {
            *slot = true;
        }
    }
    let mut limits = Limits::default();
    for_each_value(dictionary.values().as_ref(), |index, value| {
        if used.get(index).copied().unwrap_or(false) {
            limits.see(value);
        }
    });
    if let Some((min, max)) = limits.limits {
        (stats.min, stats.min_exact) = lower(min);
        (stats.max, stats.max_exact) = upper(max);
    }
    stats
}

/// The least and the greatest value seen so far; NaNs are only counted.
#[derive(Default)]
struct Limits<'a> {
    nans: u64,
    limits: Option<(Value<'a>, Value<'a>)>,
}

impl<'a> Limits<'a> {
    #[inline]
    fn see(&mut self, value: Value<'a>) {
        if let Value::Float(float) = value
            && float.is_nan()
        {
            self.nans += 1;
            return;
        }
        match &mut self.limits {
            None => self.limits = Some((value, value)),
            Some((min, max)) => {
                if less(&value, min) {
                    *min = value;
                } else if less(max, &value) {
                    *max = value;
                }
            }
        }
    }
}

/// The order within one kind, for values that aren't NaN.
#[inline]
fn less(a: &Value<'_>, b: &Value<'_>) -> bool {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a < b,
        (Value::Int(a), Value::Int(b)) => a < b,
        (Value::Float(a), Value::Float(b)) => a < b,
        (Value::Bytes(a), Value::Bytes(b)) => a < b,
        _ => false,
    }
}

fn lower(value: Value<'_>) -> (Option<Bound>, bool) {
    match value {
        Value::Bytes(bytes) => lower_bytes(bytes),
        other => (Some(other.to_bound()), true),
    }
}

fn upper(value: Value<'_>) -> (Option<Bound>, bool) {
    match value {
        Value::Bytes(bytes) => upper_bytes(bytes),
        other => (Some(other.to_bound()), true),
    }
}
