//! The store's tables as views of one session.

use std::collections::HashMap;

use arrow::datatypes::SchemaRef;
use duckdb_neo::Parameters;
use duckdb_neo::connection::Connection;
use thermocline_tiers::Snapshot;

use crate::names::{identifier, literal, unique};
use crate::scan::{FUNCTION, TableColumns};
use crate::{Error, ErrorKind, Result};

/// The views that a session has, and those that it can't have.
///
/// They are temporary and the session's own, because snapshots of different ages may see a table
/// with different columns at the same time.
#[derive(Debug, Default)]
pub(crate) struct Views {
    present: HashMap<String, Shown>,
    absent: HashMap<String, Error>,
}

#[derive(Debug, PartialEq)]
struct Shown {
    table: String,
    schema: SchemaRef,
}

impl Views {
    /// Makes the session's views those of a snapshot, which must be its pinned one.
    pub(crate) fn refresh(
        &mut self,
        connection: &Connection,
        session: u64,
        snapshot: &Snapshot,
    ) -> Result<()> {
        let tables: Vec<_> = snapshot.tables().collect();
        let names: Vec<&str> = tables.iter().map(|table| table.name()).collect();
        let mut wanted = HashMap::with_capacity(tables.len());
        for (table, name) in tables.iter().zip(unique(&names)) {
            let shown = Shown {
                table: table.name().to_owned(),
                schema: table.schema().clone(),
            };
            wanted.insert(name, shown);
        }
        self.absent.clear();
        let stale: Vec<String> = self
            .present
            .iter()
            .filter(|(name, shown)| wanted.get(*name) != Some(shown))
            .map(|(name, _)| name.clone())
            .collect();
        for name in stale {
            let sql = format!("DROP VIEW IF EXISTS temp.{}", identifier(&name));
            connection.execute(&sql, Parameters::None)?;
            self.present.remove(&name);
        }
        for (name, shown) in wanted {
            if self.present.contains_key(&name) {
                continue;
            }
            match create(connection, session, &name, &shown) {
                Ok(()) => {
                    self.present.insert(name, shown);
                }
                // One table that SQL can't show must not make all others unreachable.
                Err(error) if error.kind() == ErrorKind::Unsupported => {
                    self.absent.insert(name.to_lowercase(), error);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// What is known of a table that a query could not find.
    pub(crate) fn explain(&self, missing: Error) -> Error {
        let Some(name) = missing.table().map(str::to_lowercase) else {
            return missing;
        };
        if let Some(reason) = self.absent.get(&name) {
            return Error::new(reason.kind(), reason.to_string()).on_table(name);
        }
        missing
    }
}

fn create(connection: &Connection, session: u64, name: &str, shown: &Shown) -> Result<()> {
    let table = TableColumns::of(&shown.table, &shown.schema)?;
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| identifier(&column.name))
        .collect();
    let sql = format!(
        "CREATE OR REPLACE TEMP VIEW {} AS SELECT {} FROM {FUNCTION}({session}, {})",
        identifier(name),
        columns.join(", "),
        literal(&shown.table),
    );
    connection.execute(&sql, Parameters::None)?;
    Ok(())
}
