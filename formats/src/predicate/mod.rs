//! Conditions on rows: what statistics can rule out, and which rows they hold for.

mod build;
mod compare;
mod evaluate;
mod prune;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::Bound;

pub(crate) use prune::Knowledge;

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CompareOp {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
}

/// A condition on the columns of one row, with SQL's logic of three values: a comparison with a
/// null is unknown, and a row counts only where the whole condition is true.
///
/// ```
/// use std::sync::Arc;
///
/// use arrow::array::{ArrayRef, Int64Array, RecordBatch};
/// use thermocline_formats::{Predicate, SegmentStats};
///
/// let column = Arc::new(Int64Array::from(vec![1, 5, 9])) as ArrayRef;
/// let batch = RecordBatch::try_from_iter([("x", column)])?;
/// let stats = SegmentStats::of(&batch);
///
/// let large = Predicate::gt("x", 4_i64);
/// assert_eq!(large.evaluate(&batch)?.true_count(), 2);
/// assert!(large.may_match(&batch.schema(), &stats));
/// assert!(!Predicate::gt("x", 9_i64).may_match(&batch.schema(), &stats));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Predicate {
    /// Every row.
    True,
    /// A column compared with a value.
    Compare {
        /// The column's name.
        column: String,
        /// The column stands on the left of it.
        op: CompareOp,
        /// What stands on the right; its kind must fit the column's type.
        value: Bound,
    },
    /// A column is one of several values.
    In {
        /// The column's name.
        column: String,
        /// The values, none of them null.
        values: Vec<Bound>,
    },
    /// A column is null.
    IsNull {
        /// The column's name.
        column: String,
    },
    /// A column is not null.
    IsNotNull {
        /// The column's name.
        column: String,
    },
    /// A string or binary column starts with these bytes.
    StartsWith {
        /// The column's name.
        column: String,
        /// The bytes; every value starts with the empty prefix.
        prefix: Vec<u8>,
    },
    /// All of them; true if there are none.
    And(Vec<Predicate>),
    /// At least one of them; false if there are none.
    Or(Vec<Predicate>),
    /// The opposite; unknown stays unknown.
    Not(Box<Predicate>),
}

impl Predicate {
    /// The names of the columns that it looks at.
    #[must_use]
    pub fn columns(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        self.collect_columns(&mut names);
        names
    }

    fn collect_columns<'a>(&'a self, names: &mut BTreeSet<&'a str>) {
        match self {
            Self::True => {}
            Self::Compare { column, .. }
            | Self::In { column, .. }
            | Self::IsNull { column }
            | Self::IsNotNull { column }
            | Self::StartsWith { column, .. } => {
                names.insert(column);
            }
            Self::And(parts) | Self::Or(parts) => {
                for part in parts {
                    part.collect_columns(names);
                }
            }
            Self::Not(inner) => inner.collect_columns(names),
        }
    }
}

#[cfg(test)]
mod tests;
