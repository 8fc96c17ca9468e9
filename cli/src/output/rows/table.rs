//! Aligned columns for people.

use std::io::Write;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, SchemaRef};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::{Flow, RowSink, Target};
use crate::failure::Outcome;
use crate::output::{Align, Grid, Paint, plural};

/// Holds the first rows, because the widths of the columns depend on all of them.
pub(crate) struct TableSink {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    rows: usize,
    max_rows: usize,
    more: bool,
    target: Target,
    paint: Paint,
}

impl TableSink {
    /// Shows at most `max_rows`.
    pub(crate) fn new(schema: &SchemaRef, target: Target, paint: Paint, max_rows: usize) -> Self {
        let schema = Arc::clone(schema);
        Self {
            schema,
            batches: Vec::new(),
            rows: 0,
            max_rows,
            more: false,
            target,
            paint,
        }
    }
}

impl RowSink for TableSink {
    fn write(&mut self, batch: &RecordBatch) -> Outcome<Flow> {
        let room = self.max_rows - self.rows;
        let take = batch.num_rows().min(room);
        if take > 0 {
            self.batches.push(batch.slice(0, take));
            self.rows += take;
        }
        self.more = batch.num_rows() > room;
        Ok(if self.more {
            Flow::Enough
        } else {
            Flow::Continue
        })
    }

    fn finish(mut self: Box<Self>) -> Outcome {
        let mut text = if is_plan(&self.schema) {
            plans(&self.batches)
        } else {
            render_rows(&self.schema, &self.batches, self.paint, "")?
        };
        if self.more {
            let shown = plural(u64::try_from(self.rows).unwrap_or(u64::MAX), "row");
            text.push_str(&format!(
                "… only the first {shown}; --max-rows or --format csv shows more\n"
            ));
        }
        self.target.write_all(text.as_bytes())?;
        self.target.finish()
    }
}

/// Whether the rows are what `EXPLAIN` answers.
fn is_plan(schema: &SchemaRef) -> bool {
    let names = schema.fields().iter().map(|field| field.name().as_str());
    names.eq(["explain_key", "explain_value"])
}

/// Plans are drawings, which a cell of a table would tear apart.
fn plans(batches: &[RecordBatch]) -> String {
    let drawings = batches
        .iter()
        .filter_map(|batch| batch.columns().get(1)?.as_string_opt::<i32>());
    drawings
        .flat_map(|column| column.iter().flatten())
        .map(|drawing| format!("{}\n", drawing.trim_end()))
        .collect()
}

/// `batches` as a [`Grid`].
pub(crate) fn render_rows(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    paint: Paint,
    indent: &str,
) -> Result<String, ArrowError> {
    let columns: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| (field.name(), align(field.data_type())))
        .collect();
    let mut grid = Grid::new(&columns, paint);
    let options = FormatOptions::default().with_null("NULL");
    for batch in batches {
        let formatters = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column.as_ref(), &options))
            .collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            let values = formatters
                .iter()
                .map(|formatter| formatter.value(row).try_to_string())
                .collect::<Result<Vec<_>, _>>()?;
            grid.row(values);
        }
    }
    Ok(grid.render(indent))
}

fn align(data_type: &DataType) -> Align {
    if data_type.is_numeric() {
        Align::Right
    } else {
        Align::Left
    }
}
