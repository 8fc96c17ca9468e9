//! SQL on a database, to batches and to typed rows.

use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, SchemaRef};
use duckdb_neo::connection::Connection;
use duckdb_neo::{Parameters, QueryParameter};
use thermocline_tiers::soa::ToArrow;
use thermocline_tiers::{Error, ErrorKind, Result};

use super::convert::answer;
use super::error::failed;
use super::runner::Runner;
use super::set::execute_with;
use crate::options::DEFAULT_BATCH_ROWS;
use crate::{SqlValue, params, run};

/// A statement that runs when it is asked for its answer. Made by
/// [`DuckDBPersistence::sql`](super::DuckDBPersistence::sql).
#[derive(Debug)]
#[must_use = "a query does nothing until it is asked for its answer"]
pub struct DuckDBQuery<'a> {
    runner: &'a Runner,
    query: String,
    params: Vec<SqlValue>,
}

impl<'a> DuckDBQuery<'a> {
    pub(super) fn new(runner: &'a Runner, query: &str) -> Self {
        Self {
            runner,
            query: query.to_owned(),
            params: Vec::new(),
        }
    }

    /// Gives the next placeholder its value: the first call is for the first `?`, or for `$1`.
    pub fn bind(mut self, value: impl Into<SqlValue>) -> Self {
        self.params.push(value.into());
        self
    }

    /// Gives several placeholders their values, after those that have one.
    pub fn params<V: Into<SqlValue>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        self.params.extend(values.into_iter().map(Into::into));
        self
    }

    /// The answer as batches; empty if it has no rows.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) for a table that is not there, as one is before its first
    /// save; [`InvalidInput`](ErrorKind::InvalidInput) for a statement that is wrong otherwise.
    pub async fn collect(self) -> Result<Vec<RecordBatch>> {
        let Self { query, params, .. } = self;
        let sql = query.clone();
        self.runner
            .run_foreign(&sql, move |connection| batches(connection, &query, &params))
            .await
    }

    /// The answer as rows of a type whose columns are those of the answer, by name. Whole numbers
    /// may come in another width than the type has (`count(*)` is 64 bits, `sum` of integers 128);
    /// each is checked.
    ///
    /// # Errors
    /// As [`collect`](Self::collect); [`SchemaMismatch`](ErrorKind::SchemaMismatch), naming the
    /// column, when the answer has other columns than the type;
    /// [`TypeConversion`](ErrorKind::TypeConversion) for a number that does not fit.
    pub async fn rows<R: ToArrow>(self) -> Result<R> {
        answer(&self.collect().await?)
    }

    /// Runs a statement that changes something, and returns the number of rows that it changed.
    ///
    /// # Errors
    /// As [`collect`](Self::collect); [`Locked`](ErrorKind::Locked) when another transaction changed
    /// the same rows first.
    pub async fn execute(self) -> Result<usize> {
        let Self { query, params, .. } = self;
        let sql = query.clone();
        self.runner
            .run_foreign(&sql, move |connection| {
                execute_with(connection, &query, &params)
            })
            .await
    }
}

/// All batches of an answer.
pub(super) fn batches(
    connection: &Connection,
    sql: &str,
    values: &[SqlValue],
) -> Result<Vec<RecordBatch>> {
    let values = params::bind(connection, values)?;
    let values: Vec<&dyn QueryParameter> = values.iter().map(|value| value as _).collect();
    let parameters = if values.is_empty() {
        Parameters::None
    } else {
        Parameters::positional(&values)
    };
    let mut result = connection
        .arrow_query(sql, parameters, Some(DEFAULT_BATCH_ROWS))
        .map_err(failed)?;
    let mut found = Vec::new();
    let mut first = result.next_array().map_err(failed)?;
    let (schema, types) = run::schema(result.schema().map_err(failed)?)?;
    while let Some(array) = first.take() {
        found.push(run::batch(array, &schema, &types)?);
        first = result.next_array().map_err(failed)?;
    }
    if found.is_empty() {
        // So that the columns are known of an answer without rows, too.
        found.push(RecordBatch::new_empty(schema));
    }
    Ok(found)
}

/// The columns of an answer.
pub(super) fn schema_of(connection: &Connection, sql: &str) -> Result<SchemaRef> {
    let batches = batches(connection, sql, &[])?;
    batches
        .first()
        .map(|batch| Arc::clone(batch.schema_ref()))
        .ok_or_else(|| Error::new(ErrorKind::Bug, "an answer without columns"))
}

/// The one number that a query answers.
pub(super) fn count(connection: &Connection, sql: &str) -> Result<usize> {
    let batches = batches(connection, sql, &[])?;
    let number = batches.first().and_then(|batch| {
        let column = batch.columns().first()?;
        let column = column.as_primitive_opt::<Int64Type>()?;
        column.iter().next().flatten()
    });
    number
        .and_then(|number| usize::try_from(number).ok())
        .ok_or_else(|| Error::new(ErrorKind::Bug, format!("`{sql}` answered no number")))
}
