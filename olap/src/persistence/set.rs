//! The statements that keep a set of rows in a table.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::filter_record_batch;
use arrow::datatypes::SchemaRef;
use duckdb_neo::connection::Connection;
use thermocline_tiers::persistence::MemoryStats;
use thermocline_tiers::persistence::arrow_conversion::conform_batch;
use thermocline_tiers::{Error, ErrorKind, Predicate, Result};

use super::database::Database;
use super::pushdown::implied;
use super::query::{batches, count, schema_of};
use super::runner::execute;
use super::{convert, error::failed};
use crate::names::{identifier, literal};
use crate::scan::types::sql_type;

/// A set of rows: a table, and the columns that its type has.
#[derive(Debug)]
pub(super) struct Set {
    pub(super) database: Arc<Database>,
    pub(super) table: String,
    pub(super) schema: SchemaRef,
}

/// What becomes of the rows that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Append,
    Replace,
}

impl Set {
    /// Writes rows; to be called inside a transaction.
    pub(super) fn write(
        &self,
        connection: &Connection,
        rows: &[RecordBatch],
        mode: Mode,
    ) -> Result<()> {
        let rows = rows
            .iter()
            .map(|batch| conform_batch(batch, &self.schema))
            .collect::<Result<Vec<_>>>()?;
        match self.columns(connection)? {
            None => self.create(connection)?,
            Some(found) => {
                self.check(&found)?;
                for field in self.schema.fields() {
                    if found.field_with_name(field.name()).is_err() {
                        self.add_column(connection, field.name(), field.data_type())?;
                    }
                }
                if mode == Mode::Replace {
                    execute(connection, &format!("DELETE FROM {}", self.name()))?;
                }
            }
        }
        self.insert(connection, &rows)
    }

    fn insert(&self, connection: &Connection, rows: &[RecordBatch]) -> Result<()> {
        let expected: usize = rows.iter().map(RecordBatch::num_rows).sum();
        if expected == 0 {
            return Ok(());
        }
        let pending = &self.database.pending;
        let ticket = pending.add(&self.table, &self.schema, rows)?;
        let columns = self.column_list();
        let inserted = execute(
            connection,
            &format!(
                "INSERT INTO {} ({columns}) SELECT * FROM {}({})",
                self.name(),
                super::insert::FUNCTION,
                ticket.number(),
            ),
        )?;
        if inserted != expected {
            return Err(Error::new(
                ErrorKind::Bug,
                format!(
                    "{inserted} of {expected} rows went into table `{}`; this is a defect in \
                     Thermocline, please report it",
                    self.table
                ),
            ));
        }
        Ok(())
    }

    /// The rows that match; `None` if there is no table.
    pub(super) fn scan(
        &self,
        connection: &Connection,
        predicate: &Predicate,
    ) -> Result<Option<Vec<RecordBatch>>> {
        let Some(found) = self.columns(connection)? else {
            return Ok(None);
        };
        self.check(&found)?;
        let present: Vec<String> = found
            .fields()
            .iter()
            .map(|field| identifier(field.name()))
            .collect();
        let mut sql = format!("SELECT {} FROM {}", present.join(", "), self.name());
        // A column that the table has not yet is null in every row, which SQL cannot be asked.
        let all_present = predicate
            .columns()
            .iter()
            .all(|column| found.field_with_name(column).is_ok());
        if let Some(condition) = implied(predicate, &self.schema).filter(|_| all_present) {
            sql.push_str(" WHERE ");
            sql.push_str(&condition);
        }
        let mut rows = Vec::new();
        for batch in batches(connection, &sql, &[])? {
            let batch = convert::stored(&batch, &self.schema)?;
            let batch = match predicate {
                Predicate::True => batch,
                _ => filter_record_batch(&batch, &predicate.evaluate(&batch)?)?,
            };
            if batch.num_rows() > 0 {
                rows.push(batch);
            }
        }
        Ok(Some(rows))
    }

    /// Number of rows; 0 if there is no table.
    pub(super) fn count(&self, connection: &Connection) -> Result<usize> {
        match self.exists(connection)? {
            false => Ok(0),
            true => count(connection, &format!("SELECT count(*) FROM {}", self.name())),
        }
    }

    pub(super) fn clear(&self, connection: &Connection) -> Result<()> {
        execute(connection, &format!("DROP TABLE IF EXISTS {}", self.name())).map(drop)
    }

    /// Rows and row groups of the table, and the bytes of the database.
    pub(super) fn stats(&self, connection: &Connection) -> Result<MemoryStats> {
        if !self.exists(connection)? {
            return Ok(MemoryStats::default());
        }
        let groups = count(
            connection,
            &format!(
                "SELECT count(DISTINCT row_group_id) FROM pragma_storage_info({})",
                literal(&self.name())
            ),
        )?;
        let bytes = match self.database.file {
            None => "SELECT coalesce(sum(memory_usage_bytes), 0)::BIGINT FROM duckdb_memory()",
            Some(_) => {
                "SELECT coalesce(sum(block_size * total_blocks), 0)::BIGINT FROM \
                 pragma_database_size() WHERE database_name = current_database()"
            }
        };
        Ok(MemoryStats::new(
            count(connection, bytes)?,
            self.count(connection)?,
            groups,
        ))
    }

    /// The table's name in SQL.
    fn name(&self) -> String {
        identifier(&self.table)
    }

    fn column_list(&self) -> String {
        let names = self.schema.fields().iter();
        let names: Vec<String> = names.map(|field| identifier(field.name())).collect();
        names.join(", ")
    }

    fn exists(&self, connection: &Connection) -> Result<bool> {
        let sql = format!(
            "SELECT count(*) FROM duckdb_tables() WHERE database_name = current_database() AND \
             schema_name = current_schema() AND lower(table_name) = lower({})",
            literal(&self.table)
        );
        Ok(count(connection, &sql)? > 0)
    }

    /// The columns of the table as SQL gives them back; `None` if there is no table.
    fn columns(&self, connection: &Connection) -> Result<Option<SchemaRef>> {
        if !self.exists(connection)? {
            return Ok(None);
        }
        let sql = format!("SELECT * FROM {} LIMIT 0", self.name());
        schema_of(connection, &sql).map(Some)
    }

    fn create(&self, connection: &Connection) -> Result<()> {
        let columns = self.schema.fields().iter().map(|field| {
            let null = if field.is_nullable() { "" } else { " NOT NULL" };
            let sql = self.sql_type(field.name(), field.data_type())?;
            Ok(format!("{} {sql}{null}", identifier(field.name())))
        });
        let columns = columns.collect::<Result<Vec<_>>>()?.join(", ");
        execute(
            connection,
            &format!("CREATE TABLE {} ({columns})", self.name()),
        )
        .map(drop)
    }

    fn add_column(
        &self,
        connection: &Connection,
        name: &str,
        data_type: &arrow::datatypes::DataType,
    ) -> Result<()> {
        let sql = format!(
            "ALTER TABLE {} ADD COLUMN {} {}",
            self.name(),
            identifier(name),
            self.sql_type(name, data_type)?
        );
        execute(connection, &sql).map(drop)
    }

    fn sql_type(&self, name: &str, data_type: &arrow::datatypes::DataType) -> Result<String> {
        let named = |why: String| {
            let table = &self.table;
            Error::new(
                ErrorKind::Unsupported,
                format!("column `{name}` of table `{table}`: {why}"),
            )
            .on_column(name)
        };
        Ok(sql_type(data_type).map_err(named)?.name)
    }

    /// Refuses a table that is not of this type. Nullable columns may be missing.
    fn check(&self, found: &SchemaRef) -> Result<()> {
        let empty = RecordBatch::new_empty(Arc::clone(found));
        convert::stored(&empty, &self.schema)
            .map(drop)
            .map_err(|error| {
                let column = error.column().unwrap_or_default().to_owned();
                let table = &self.table;
                Error::new(
                    error.kind(),
                    format!("table `{table}` does not fit its type: {error}"),
                )
                .on_column(column)
                .because(error)
            })
    }
}

/// Refuses a name that cannot be a table's.
pub(super) fn check_name(table: &str) -> Result<()> {
    let why = match table {
        "" => "it is empty",
        name if name.contains('\0') => "it contains a NUL character",
        _ => return Ok(()),
    };
    Err(Error::new(
        ErrorKind::InvalidInput,
        format!(
            "`{}` cannot be a table name: {why}; choose another",
            table.escape_default()
        ),
    ))
}

/// One statement with parameters, and the number of rows that it changed.
pub(super) fn execute_with(
    connection: &Connection,
    sql: &str,
    params: &[crate::SqlValue],
) -> Result<usize> {
    let values = crate::params::bind(connection, params)?;
    let values: Vec<&dyn duckdb_neo::QueryParameter> =
        values.iter().map(|value| value as _).collect();
    let parameters = if values.is_empty() {
        duckdb_neo::Parameters::None
    } else {
        duckdb_neo::Parameters::positional(&values)
    };
    connection.execute(sql, parameters).map_err(failed)
}
