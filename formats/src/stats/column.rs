//! The zone map of one column.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::Bound;

/// What is known of one column over a run of rows.
///
/// `min` and `max` leave out nulls and NaNs. They are `None` when there is nothing else, when the
/// column is nested, and when no short limit exists. So a missing limit rules
/// nothing out, unless `nulls` and `nans` account for every row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ColumnStats {
    /// Rows in which the column is null.
    pub nulls: u64,
    /// Rows in which a float column is NaN.
    pub nans: u64,
    /// No value is less.
    pub min: Option<Bound>,
    /// No value is greater.
    pub max: Option<Bound>,
    /// Whether `min` is a value of the column, rather than a shorter one before it.
    pub min_exact: bool,
    /// Whether `max` is a value of the column, rather than a shorter one behind it.
    pub max_exact: bool,
}

/// Longest limit of a string or binary column that is kept, in bytes.
const MAX_BYTES: usize = 64;

impl ColumnStats {
    /// The statistics of `rows` rows that are all null.
    #[must_use]
    pub fn all_null(rows: u64) -> Self {
        Self {
            nulls: rows,
            nans: 0,
            min: None,
            max: None,
            min_exact: true,
            max_exact: true,
        }
    }

    /// Adds another run of rows. The row counts tell a run without values from one whose limits
    /// are unknown.
    pub(crate) fn merge(&mut self, rows: u64, other: &Self, others: u64) {
        let has_values = self.nulls.saturating_add(self.nans) < rows;
        if other.nulls.saturating_add(other.nans) < others {
            if has_values {
                let (min, exact) = pick(
                    &self.min,
                    self.min_exact,
                    &other.min,
                    other.min_exact,
                    Ordering::Less,
                );
                (self.min, self.min_exact) = (min, exact);
                let (max, exact) = pick(
                    &self.max,
                    self.max_exact,
                    &other.max,
                    other.max_exact,
                    Ordering::Greater,
                );
                (self.max, self.max_exact) = (max, exact);
            } else {
                self.min.clone_from(&other.min);
                self.max.clone_from(&other.max);
                (self.min_exact, self.max_exact) = (other.min_exact, other.max_exact);
            }
        }
        self.nulls = self.nulls.saturating_add(other.nulls);
        self.nans = self.nans.saturating_add(other.nans);
    }
}

/// The bound on the `wanted` side; none if either is unknown.
fn pick(
    a: &Option<Bound>,
    a_exact: bool,
    b: &Option<Bound>,
    b_exact: bool,
    wanted: Ordering,
) -> (Option<Bound>, bool) {
    let (Some(left), Some(right)) = (a, b) else {
        return (None, false);
    };
    match left.compare(right) {
        None => (None, false),
        Some(Ordering::Equal) => (Some(left.clone()), a_exact || b_exact),
        Some(order) if order == wanted => (Some(left.clone()), a_exact),
        Some(_) => (Some(right.clone()), b_exact),
    }
}

/// The least value cut to its first bytes, which is a limit still.
pub(super) fn lower_bytes(value: &[u8]) -> (Option<Bound>, bool) {
    match value.get(..MAX_BYTES) {
        Some(head) if value.len() > MAX_BYTES => (Some(Bound::Bytes(head.to_vec())), false),
        _ => (Some(Bound::Bytes(value.to_vec())), true),
    }
}

/// The greatest value cut to its first bytes and rounded up: the last byte that can grow does, and
/// those behind it go. If all are 255, there is no short limit.
pub(super) fn upper_bytes(value: &[u8]) -> (Option<Bound>, bool) {
    if value.len() <= MAX_BYTES {
        return (Some(Bound::Bytes(value.to_vec())), true);
    }
    let mut head = value.get(..MAX_BYTES).unwrap_or_default().to_vec();
    while let Some(last) = head.pop() {
        if let Some(next) = last.checked_add(1) {
            head.push(next);
            return (Some(Bound::Bytes(head)), false);
        }
    }
    (None, false)
}
