//! Arrow batches as the source of an `INSERT`: a table function that hands them to DuckDB, chunk
//! by chunk, so that rows go in column by column and inside the statement's transaction.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::SchemaRef;
use duckdb_neo::bind_arguments::BindArgument;
use duckdb_neo::connection::{Connection, Context};
use duckdb_neo::data_chunk::DataChunkRef;
use duckdb_neo::logical_type::LogicalType;
use duckdb_neo::signature::{FunctionParameter, SignatureBuilder};
use duckdb_neo::table_function::{
    BindFunctionHandle, ExecColumnInfo, InitColumnData, OrderPreservation, TableFunctionBuilder,
    TableFunctionCallbacks,
};
use parking_lot::Mutex;

use crate::scan::{Chunk, SqlColumn, TableColumns, guarded};
use crate::{Error, Result};

/// The table function's name.
pub(super) const FUNCTION: &str = "thermocline_rows";

/// The rows that statements are about to insert, by number.
#[derive(Debug, Default)]
pub(super) struct Pending {
    next: AtomicI64,
    rows: Mutex<HashMap<i64, Arc<Rows>>>,
}

/// Rows in the form in which DuckDB takes them.
#[derive(Debug)]
struct Rows {
    columns: Vec<SqlColumn>,
    batches: Vec<Vec<ArrayRef>>,
    count: usize,
}

/// Rows that can be read until this is dropped.
#[derive(Debug)]
pub(super) struct Ticket<'a> {
    pending: &'a Pending,
    number: i64,
}

impl Pending {
    /// Makes rows readable as `thermocline_rows(number)`.
    pub(super) fn add(
        &self,
        table: &str,
        schema: &SchemaRef,
        batches: &[RecordBatch],
    ) -> Result<Ticket<'_>> {
        let columns = TableColumns::of(table, schema)?.columns;
        let options = CastOptions {
            safe: false,
            ..CastOptions::default()
        };
        let as_sql = |batch: &RecordBatch| {
            let arrays = batch.columns().iter().zip(&columns);
            let arrays = arrays.map(|(array, column)| {
                if *array.data_type() == column.sql.arrow {
                    return Ok(Arc::clone(array));
                }
                Ok(cast_with_options(array, &column.sql.arrow, &options)?)
            });
            arrays.collect::<Result<Vec<_>>>()
        };
        let rows = Rows {
            batches: batches.iter().map(as_sql).collect::<Result<_>>()?,
            count: batches.iter().map(RecordBatch::num_rows).sum(),
            columns,
        };
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.rows.lock().insert(number, Arc::new(rows));
        Ok(Ticket {
            pending: self,
            number,
        })
    }
}

impl Ticket<'_> {
    pub(super) fn number(&self) -> i64 {
        self.number
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.pending.rows.lock().remove(&self.number);
    }
}

/// Makes the table function known to an instance.
pub(super) fn register(connection: &Connection, pending: Arc<Pending>) -> duckdb_neo::Result<()> {
    let signature = SignatureBuilder::new().param(FunctionParameter::new::<i64>("number"));
    TableFunctionBuilder::new(FUNCTION, signature, RowsFunction { pending }).register(connection)
}

#[derive(Debug)]
struct RowsFunction {
    pending: Arc<Pending>,
}

/// How far the rows are handed over: a batch, and rows of it.
type Position = Mutex<(usize, usize)>;

impl TableFunctionCallbacks for RowsFunction {
    type BindData = Arc<RowsCell>;
    type LocalState = ();
    type GlobalState = PositionCell;

    fn bind(
        &self,
        context: &Context,
        arguments: Vec<BindArgument>,
        bind: BindFunctionHandle<'_>,
    ) -> duckdb_neo::Result<Arc<RowsCell>> {
        guarded(|| {
            let number = match arguments.first().and_then(|first| first.value.as_ref()) {
                Some(value) => value.get::<i64>()?,
                None => None,
            };
            let rows = number
                .and_then(|number| self.pending.rows.lock().get(&number).cloned())
                .ok_or_else(|| Error::invalid(format!("{FUNCTION} belongs to inserts")))?;
            for column in &rows.columns {
                let logical = LogicalType::from_text(context, &column.sql.name)?;
                bind.add_result_column(&column.name, &logical)?;
            }
            bind.set_cardinality(rows.count, true)?;
            bind.set_order(OrderPreservation::Insertion)?;
            Ok(Arc::new(RowsCell(rows)))
        })
    }

    fn init_global_state(
        &self,
        _rows: &Arc<RowsCell>,
        _context: &Context,
        _columns: InitColumnData<'_>,
    ) -> duckdb_neo::Result<(Option<PositionCell>, Option<usize>)> {
        // One thread, so that rows keep their order.
        Ok((Some(PositionCell(Position::default())), Some(1)))
    }

    fn init_local_state(
        &self,
        _rows: &Arc<RowsCell>,
        _position: Option<&PositionCell>,
        _context: &Context,
        _columns: InitColumnData<'_>,
    ) -> duckdb_neo::Result<Option<()>> {
        Ok(None)
    }

    fn exec(
        &self,
        rows: &Arc<RowsCell>,
        position: Option<&PositionCell>,
        _local: Option<&mut ()>,
        _context: &Context,
        mut output: DataChunkRef<'_>,
        _columns: ExecColumnInfo<'_>,
    ) -> duckdb_neo::Result<()> {
        guarded(|| {
            let position = position.ok_or_else(|| Error::internal("an insert was not started"))?;
            let mut chunk = Chunk::new(&mut output)?;
            let mut at = position.0.lock();
            loop {
                let (batch, done) = *at;
                let Some(columns) = rows.0.batches.get(batch) else {
                    return chunk.finish();
                };
                let len = columns.first().map_or(0, |column| column.len());
                let taken = (len - done).min(chunk.capacity());
                if taken == 0 {
                    *at = (batch + 1, 0);
                    continue;
                }
                for (index, column) in columns.iter().enumerate() {
                    chunk.write(index, &column.slice(done, taken))?;
                }
                *at = (batch, done + taken);
                return Ok(());
            }
        })
    }
}

/// The rows of one statement, as DuckDB keeps them between calls.
pub(super) struct RowsCell(Arc<Rows>);

/// How far one statement is, as DuckDB keeps it between calls.
pub(super) struct PositionCell(Position);
