//! DuckDB by itself, as the yardstick.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, RecordBatch, RecordBatchOptions, StructArray};
use arrow::datatypes::Schema;
use arrow::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi};
use duckdb_neo::Parameters;
use duckdb_neo::connection::Connection;
use duckdb_neo::environment::{Environment, StorageLocation};
use duckdb_neo::instance::{AttachBuilder, Instance, InstanceBuilder};

use crate::context::{Context, SQL_MEMORY};
use crate::harness::Outcome;

/// Rows of a batch of an answer: as many as ours have.
const BATCH_ROWS: usize = 65_536;

/// A DuckDB with the threads and memory that ours has.
#[derive(Debug)]
pub(crate) struct Duck {
    connection: Connection,
    _instance: Instance,
}

impl Duck {
    /// With tables in a new file.
    pub(crate) fn in_file(path: &Path) -> Outcome<Self> {
        Self::at(StorageLocation::OnDisk(utf8(path)?.to_owned()))
    }

    /// Without tables of its own.
    pub(crate) fn in_memory() -> Outcome<Self> {
        Self::at(StorageLocation::InMemory)
    }

    fn at(location: StorageLocation) -> Outcome<Self> {
        let instance = InstanceBuilder::new()
            .option("threads", Context::sql_threads().to_string())
            .option("memory_limit", format!("{SQL_MEMORY}B"))
            .build(Environment::new()?)?;
        instance.attach(AttachBuilder::new(location).alias("bench").make_default())?;
        Ok(Self {
            connection: instance.connect()?,
            _instance: instance,
        })
    }

    pub(crate) fn execute(&self, sql: &str) -> Outcome<()> {
        self.connection.execute(sql, Parameters::None)?;
        Ok(())
    }

    /// All batches of an answer.
    pub(crate) fn query(&self, sql: &str) -> Outcome<Vec<RecordBatch>> {
        let mut result = self
            .connection
            .arrow_query(sql, Parameters::None, Some(BATCH_ROWS))?;
        let mut arrays = Vec::new();
        while let Some(array) = result.next_array()? {
            arrays.push(array);
        }
        let mut raw = result.schema()?.into_raw();
        // SAFETY: both structs are the one of Arrow's C data interface, and DuckDB filled `raw`.
        // Taking it leaves an empty one behind.
        let types = unsafe { FFI_ArrowSchema::from_raw((&raw mut raw).cast()) };
        let schema = Arc::new(Schema::try_from(&types)?);
        let mut batches = Vec::new();
        for array in arrays {
            let mut raw = array.into_raw();
            // SAFETY: as for the schema.
            let array = unsafe { FFI_ArrowArray::from_raw((&raw mut raw).cast()) };
            // SAFETY: DuckDB made the array, for this very schema.
            let columns = StructArray::from(unsafe { from_ffi(array, &types)? });
            let options = RecordBatchOptions::new().with_row_count(Some(columns.len()));
            batches.push(RecordBatch::try_new_with_options(
                Arc::clone(&schema),
                columns.columns().to_vec(),
                &options,
            )?);
        }
        Ok(batches)
    }
}

/// A path as a part of a SQL text.
pub(crate) fn quoted(path: &Path) -> Outcome<String> {
    Ok(format!("'{}'", utf8(path)?.replace('\'', "''")))
}

fn utf8(path: &Path) -> Outcome<&str> {
    Ok(path
        .to_str()
        .ok_or("the working directory must have a name in UTF-8")?)
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;
    use arrow::datatypes::Int64Type;

    use super::*;

    #[test]
    fn an_answer_comes_back_as_arrow() {
        let duck = Duck::in_memory().unwrap();
        duck.execute("CREATE TABLE t AS SELECT range AS n FROM range(100000)")
            .unwrap();
        let batches = duck.query("SELECT n FROM t").unwrap();
        let total: i64 = batches
            .iter()
            .flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values())
            .sum();
        assert_eq!(total, 4_999_950_000);
        assert!(batches.len() > 1);
    }

    #[test]
    fn a_quote_in_a_path_stays_inside_the_text() {
        assert_eq!(quoted(Path::new("/tmp/it's")).unwrap(), "'/tmp/it''s'");
    }
}
