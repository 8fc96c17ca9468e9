//! Which of the declared columns a scan produces, and from what.

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::DataType;

use super::source::TableColumns;
use crate::{Error, Result};

/// Where one output column comes from.
#[derive(Debug, Clone)]
enum Output {
    /// The column that only counts rows.
    Rows,
    /// The scan's column at this position, cast to this type.
    Column(usize, DataType),
}

/// The columns of one scan.
#[derive(Debug)]
pub(super) struct Projection {
    /// The columns to read, as positions in the table's schema.
    pub(super) read: Vec<usize>,
    outputs: Vec<Output>,
}

impl Projection {
    /// The projection to these declared columns, in this order.
    pub(super) fn new(table: &TableColumns, declared: &[usize]) -> Result<Self> {
        let mut read = Vec::with_capacity(declared.len());
        let mut outputs = Vec::with_capacity(declared.len());
        for index in declared {
            let Some(field) = index.checked_sub(1) else {
                outputs.push(Output::Rows);
                continue;
            };
            let column = table
                .columns
                .get(field)
                .ok_or_else(|| Error::internal("a scan was asked for a column it lacks"))?;
            let position = read
                .iter()
                .position(|known| *known == field)
                .unwrap_or_else(|| {
                    read.push(field);
                    read.len() - 1
                });
            outputs.push(Output::Column(position, column.sql.arrow.clone()));
        }
        Ok(Self { read, outputs })
    }

    /// The output columns of one batch; `None` for the one that only counts rows.
    pub(super) fn apply(&self, batch: &RecordBatch) -> Result<Vec<Option<ArrayRef>>> {
        let options = CastOptions {
            safe: false,
            ..CastOptions::default()
        };
        self.outputs
            .iter()
            .map(|output| match output {
                Output::Rows => Ok(None),
                Output::Column(position, wanted) => {
                    let column = batch
                        .columns()
                        .get(*position)
                        .ok_or_else(|| Error::internal("a batch lacks a column of its scan"))?;
                    if column.data_type() == wanted {
                        return Ok(Some(ArrayRef::clone(column)));
                    }
                    Ok(Some(cast_with_options(column, wanted, &options)?))
                }
            })
            .collect()
    }
}
