//! The table function itself: bind, plan, and hand out rows.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::{Array, ArrayRef};
use duckdb_neo::bind_arguments::BindArgument;
use duckdb_neo::connection::{Connection, Context};
use duckdb_neo::data_chunk::DataChunkRef;
use duckdb_neo::logical_type::LogicalType;
use duckdb_neo::signature::{FunctionParameter, SignatureBuilder};
use duckdb_neo::table_function::{
    BindFunctionHandle, ExecColumnInfo, InitColumnData, OrderPreservation, PushdownData,
    TableFilterPushdownCallbacks, TableFunctionBuilder, TableFunctionCallbacks,
};
use parking_lot::Mutex;
use thermocline_formats::Predicate;
use thermocline_tiers::{Morsel, MorselReader, ScanOptions, TableSnapshot};

use super::column::Chunk;
use super::filter::Translator;
use super::projection::Projection;
use super::sieve::{Conditions, Sieve};
use super::source::TableColumns;
use crate::pins::{Pin, Pins};
use crate::{Error, Result};

/// The table function's name; views call it, queries need not.
pub(crate) const FUNCTION: &str = "thermocline_scan";

/// Makes the table function known to an instance.
pub(crate) fn register(connection: &Connection, pins: Arc<Pins>) -> Result<()> {
    let signature = SignatureBuilder::new()
        .param(FunctionParameter::new::<i64>("session"))
        .param(FunctionParameter::new::<String>("table"));
    TableFunctionBuilder::new(FUNCTION, signature, ScanFunction { pins })
        .with_projection_pushdown(true)
        .with_filter_pushdown()
        .register(connection)?;
    Ok(())
}

#[derive(Debug)]
struct ScanFunction {
    pins: Arc<Pins>,
}

/// One use of a table in a statement.
#[derive(Debug)]
struct Bound {
    pin: Arc<Pin>,
    table: String,
    columns: TableColumns,
    /// What the optimizer offered so far. Each filter stays in the plan above this scan, so all
    /// that is known of it here may be used to leave out what can't pass it, and nothing depends
    /// on leaving it out.
    filter: Mutex<Predicate>,
}

impl Bound {
    fn snapshot(&self) -> Result<&TableSnapshot> {
        self.pin
            .snapshot
            .table(&self.table)
            .ok_or_else(|| Error::internal(format!("table `{}` left its snapshot", self.table)))
    }
}

/// One execution of a scan, shared by its threads.
#[derive(Debug)]
struct Running {
    projection: Projection,
    conditions: Conditions,
    morsels: Vec<Morsel>,
    next: AtomicUsize,
}

/// Where one thread is in the scan.
#[derive(Default)]
struct Position {
    reader: Option<MorselReader>,
    sieve: Sieve,
    batch: Option<Batch>,
}

struct Batch {
    columns: Vec<Option<ArrayRef>>,
    rows: usize,
    done: usize,
}

impl ScanFunction {
    fn open(&self, arguments: &[BindArgument]) -> Result<Bound> {
        let [session, table] = arguments else {
            return Err(Error::invalid(format!(
                "{FUNCTION} takes a session and a table"
            )));
        };
        let session = argument::<i64>(session)?;
        let table = argument::<String>(table)?;
        let pin = u64::try_from(session)
            .ok()
            .and_then(|session| self.pins.get(session));
        let pin = pin.ok_or_else(|| {
            Error::invalid(format!(
                "{FUNCTION} belongs to the views of tables; query the tables by their names"
            ))
        })?;
        let snapshot = pin.snapshot.table(&table).ok_or_else(|| {
            Error::invalid(format!("the snapshot has no table `{table}`")).on_table(&table)
        })?;
        let columns = TableColumns::of(&table, snapshot.schema())?;
        Ok(Bound {
            pin,
            table,
            columns,
            filter: Mutex::new(Predicate::True),
        })
    }

    fn produce(
        bound: &Bound,
        running: &Running,
        position: &mut Position,
        mut chunk: Chunk<'_, '_>,
    ) -> Result<()> {
        loop {
            if bound.pin.interrupter.is_stopped() {
                return Err(Error::cancelled());
            }
            if let Some(batch) = &mut position.batch
                && batch.done < batch.rows
            {
                let rows = (batch.rows - batch.done).min(chunk.capacity());
                for (index, column) in batch.columns.iter().enumerate() {
                    match column {
                        Some(column) => chunk.write(index, &column.slice(batch.done, rows))?,
                        None => chunk.write_rows(index, rows)?,
                    }
                }
                batch.done += rows;
                return Ok(());
            }
            position.batch = None;
            let Some(reader) = &mut position.reader else {
                let next = running.next.fetch_add(1, Ordering::Relaxed);
                let Some(morsel) = running.morsels.get(next) else {
                    return chunk.finish();
                };
                bound.pin.counters.opened();
                position.reader = Some(morsel.open().map_err(|error| bound.failed(error))?);
                continue;
            };
            match reader.next() {
                None => position.reader = None,
                Some(batch) => {
                    let batch = batch.map_err(|error| bound.failed(error))?;
                    let rows = batch.num_rows();
                    bound
                        .pin
                        .counters
                        .scanned(rows.try_into().unwrap_or(u64::MAX));
                    let batch = position.sieve.pass(&running.conditions, batch)?;
                    let rows = batch.num_rows();
                    let columns = running.projection.apply(&batch)?;
                    position.batch = Some(Batch {
                        columns,
                        rows,
                        done: 0,
                    });
                }
            }
        }
    }
}

impl Bound {
    /// Keeps the store's error for the query; what passes through DuckDB is its message.
    fn failed(&self, error: thermocline_tiers::Error) -> Error {
        let message = Error::internal(error.to_string());
        self.pin.fail(error);
        message
    }
}

fn argument<T: duckdb_neo::FromValue>(argument: &BindArgument) -> Result<T> {
    let value = argument
        .value
        .as_ref()
        .map(duckdb_neo::value::Value::get::<T>)
        .transpose()?;
    value
        .flatten()
        .ok_or_else(|| Error::invalid(format!("{FUNCTION} takes constants only")))
}

/// Runs a callback so that neither an error nor a panic of ours harms the engine: a panic that
/// DuckDB is told about as such would make it refuse every later query.
pub(crate) fn guarded<T>(callback: impl FnOnce() -> Result<T>) -> duckdb_neo::Result<T> {
    match catch_unwind(AssertUnwindSafe(callback)) {
        Ok(result) => result.map_err(|error| duckdb_neo::Error {
            code: match error.kind() {
                crate::ErrorKind::Cancelled => duckdb_neo::error::DuckDBError::RuntimeInterrupt,
                _ => duckdb_neo::error::DuckDBError::InputInvalid,
            },
            message: error.to_string(),
        }),
        Err(panic) => {
            let said = panic
                .downcast_ref::<&str>()
                .copied()
                .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
            Err(duckdb_neo::Error::invalid_input(format!(
                "a scan panicked, which is a bug: {}",
                said.unwrap_or("no message")
            )))
        }
    }
}

impl TableFunctionCallbacks for ScanFunction {
    type BindData = Bound;
    type LocalState = PositionCell;
    type GlobalState = Running;

    fn bind(
        &self,
        context: &Context,
        arguments: Vec<BindArgument>,
        bind: BindFunctionHandle<'_>,
    ) -> duckdb_neo::Result<Bound> {
        guarded(|| {
            let bound = self.open(&arguments)?;
            let boolean = LogicalType::from_text(context, "BOOLEAN")?;
            bind.add_result_column(&bound.columns.rows, &boolean)?;
            for column in &bound.columns.columns {
                let logical = LogicalType::from_text(context, &column.sql.name)?;
                bind.add_result_column(&column.name, &logical)?;
            }
            let rows = usize::try_from(bound.snapshot()?.rows()).unwrap_or(usize::MAX);
            bind.set_cardinality(rows, true)?;
            // SQL promises no order without ORDER BY, and any order lets all threads go ahead.
            bind.set_order(OrderPreservation::None)?;
            Ok(bound)
        })
    }

    fn init_global_state(
        &self,
        bound: &Bound,
        _context: &Context,
        columns: InitColumnData<'_>,
    ) -> duckdb_neo::Result<(Option<Running>, Option<usize>)> {
        guarded(|| {
            let mut declared = Vec::with_capacity(columns.count()?);
            for position in 0..columns.count()? {
                declared.push(columns.get_column_index(position)?);
            }
            let projection = Projection::new(&bound.columns, &declared)?;
            let predicate = bound.filter.lock().clone();
            let options = ScanOptions::new()
                .with_columns(projection.read.iter().copied())
                .with_predicate(predicate.clone());
            let scan = bound
                .snapshot()?
                .scan(options)
                .map_err(|error| bound.failed(error))?;
            let conditions = Conditions::new(&predicate, scan.schema());
            let counts = scan.counts();
            bound
                .pin
                .counters
                .planned(counts.segments, counts.segments_pruned);
            let morsels = scan.morsels().to_vec();
            let threads = morsels.len().max(1);
            Ok((
                Some(Running {
                    projection,
                    conditions,
                    morsels,
                    next: AtomicUsize::new(0),
                }),
                Some(threads),
            ))
        })
    }

    fn init_local_state(
        &self,
        _bound: &Bound,
        _running: Option<&Running>,
        _context: &Context,
        _columns: InitColumnData<'_>,
    ) -> duckdb_neo::Result<Option<PositionCell>> {
        Ok(Some(PositionCell(Position::default())))
    }

    fn exec(
        &self,
        bound: &Bound,
        running: Option<&Running>,
        position: Option<&mut PositionCell>,
        _context: &Context,
        mut output: DataChunkRef<'_>,
        _columns: ExecColumnInfo<'_>,
    ) -> duckdb_neo::Result<()> {
        guarded(|| {
            let (Some(running), Some(position)) = (running, position) else {
                return Err(Error::internal("a scan was not started"));
            };
            Self::produce(bound, running, &mut position.0, Chunk::new(&mut output)?)
        })
    }
}

impl TableFilterPushdownCallbacks for ScanFunction {
    fn pushdown_filter(
        &self,
        bound: &Bound,
        _context: &Context,
        pushdown: PushdownData<'_>,
    ) -> duckdb_neo::Result<()> {
        guarded(|| {
            let schema = Arc::clone(bound.snapshot()?.schema());
            let translator = Translator::new(&schema, &pushdown);
            let mut known = bound.filter.lock();
            for index in 0..pushdown.filter_count()? {
                let implied = translator.implied(&pushdown.filter(index)?)?;
                let before = std::mem::replace(&mut *known, Predicate::True);
                *known = before.and(implied);
            }
            Ok(())
        })
    }
}

/// A thread's position, as DuckDB keeps it between calls.
struct PositionCell(Position);
