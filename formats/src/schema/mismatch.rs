//! How a batch can differ from its table.

use std::fmt;

use arrow::datatypes::DataType;

/// The first difference between a batch and the schema of its table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mismatch {
    /// The batch has no columns at all.
    NoColumns,
    /// The batch names a column twice.
    DuplicateColumn {
        /// The name that stands there twice.
        column: String,
    },
    /// The table has a column that the batch lacks.
    MissingColumn {
        /// The table's column.
        column: String,
    },
    /// The batch has a column that the table lacks.
    ExtraColumn {
        /// The batch's column.
        column: String,
    },
    /// The batch has the table's columns, but in another order.
    OrderDiffers {
        /// The first column that isn't where the table has it.
        column: String,
        /// Its index in the table.
        expected: usize,
        /// Its index in the batch.
        found: usize,
    },
    /// A column has another type than the table's.
    TypeDiffers {
        /// The column.
        column: String,
        /// The table's type.
        expected: DataType,
        /// The batch's type.
        found: DataType,
    },
    /// A null stands where the table allows none.
    NullInRequired {
        /// The column, as a dotted path when it is nested.
        column: String,
        /// The first row of the batch that is concerned, counted from 0.
        row: usize,
    },
}

impl Mismatch {
    /// The column concerned; `None` when the batch has no columns.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::NoColumns => None,
            Self::DuplicateColumn { column }
            | Self::MissingColumn { column }
            | Self::ExtraColumn { column }
            | Self::OrderDiffers { column, .. }
            | Self::TypeDiffers { column, .. }
            | Self::NullInRequired { column, .. } => Some(column),
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoColumns => f.write_str("the batch has no columns"),
            Self::DuplicateColumn { column } => {
                write!(f, "the batch has column `{column}` more than once")
            }
            Self::MissingColumn { column } => {
                write!(f, "the batch lacks column `{column}` of the table")
            }
            Self::ExtraColumn { column } => write!(
                f,
                "the batch has column `{column}`, which the table lacks; add it to the table first"
            ),
            Self::OrderDiffers {
                column,
                expected,
                found,
            } => write!(
                f,
                "column `{column}` is number {found} of the batch and number {expected} of the \
                 table; bring the columns into the table's order"
            ),
            Self::TypeDiffers {
                column,
                expected,
                found,
            } => write!(
                f,
                "column `{column}` is {found} in the batch and {expected} in the table; cast it first"
            ),
            Self::NullInRequired { column, row } => {
                write!(
                    f,
                    "column `{column}` must not be null, but is null in row {row}"
                )
            }
        }
    }
}
