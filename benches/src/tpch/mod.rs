//! The TPC-H tables: in a store, in DuckDB's own file, and as the store's cold files.

mod answers;
mod data;
mod queries;
mod race;

use std::path::PathBuf;

use thermocline::{
    Durability, Selection, Sql, SqlOptions, Store, TableOptions, Tier, arrow::array::RecordBatch,
};

pub(crate) use race::race;

use crate::context::{Context, SQL_MEMORY};
use crate::duck::{Duck, quoted};
use crate::harness::{Outcome, same};

/// The same eight tables three times, with the rows in the same order.
#[derive(Debug)]
pub(crate) struct Tpch {
    pub(crate) store: Store,
    /// DuckDB with the rows in tables of its own, in a file.
    pub(crate) native: Duck,
    /// DuckDB with a view of the store's cold files for each table.
    pub(crate) files: Duck,
    /// A directory for files of these tables.
    pub(crate) dir: PathBuf,
    pub(crate) scale: f64,
}

impl Tpch {
    /// Generates the tables; all of their segments are cold in the end.
    pub(crate) fn build(context: &Context, scale: f64) -> Outcome<Self> {
        let dir = context.dir().join("tpch");
        let native = context.dir().join("tpch.duckdb");
        let store = context.block_on(fill(&dir, scale))?;
        let tpch = Self {
            store,
            native: Duck::in_file(&native)?,
            files: Duck::in_memory()?,
            dir: context.dir().to_owned(),
            scale,
        };
        let snapshot = tpch.store.snapshot();
        for table in snapshot.tables() {
            let name = table.name();
            let files = tpch.read_parquet(name)?;
            tpch.files
                .execute(&format!("CREATE VIEW {name} AS FROM {files}"))?;
            tpch.native
                .execute(&format!("CREATE TABLE {name} AS FROM {files}"))?;
            let count = format!("SELECT count(*) FROM {name}");
            let there = answers::text(&tpch.native.query(&count)?)?;
            same(
                "the number of rows",
                &there,
                &vec![vec![table.rows().to_string()]],
            )?;
        }
        tpch.native.execute("CHECKPOINT")?;
        Ok(tpch)
    }

    /// The cold files of a table, in the order of its rows, as DuckDB reads them.
    pub(crate) fn read_parquet(&self, table: &str) -> Outcome<String> {
        let mut files = Vec::new();
        for segment in self.store.table(table)?.segments()? {
            let path = segment.path.ok_or("a segment has no cold file")?;
            files.push(quoted(&self.store.dir().join(path))?);
        }
        Ok(format!("read_parquet([{}])", files.join(", ")))
    }

    /// Brings all tables to a tier.
    pub(crate) async fn move_to(&self, tier: Tier) -> Outcome<()> {
        for name in self.store.tables() {
            self.store
                .table(&name)?
                .move_to(&Selection::All, tier)
                .await?;
        }
        Ok(())
    }

    /// The answer of the store to a query.
    pub(crate) async fn query(&self, sql: &str) -> Outcome<Vec<RecordBatch>> {
        Ok(self.store.sql(sql).collect().await?)
    }
}

async fn fill(dir: &std::path::Path, scale: f64) -> Outcome<Store> {
    // The mover is called by hand, so that nothing of it falls into a measurement.
    let store = Store::builder(dir)
        .create_new()
        .background(false)
        .open()
        .await?;
    store.start_sql(
        SqlOptions::default()
            .with_threads(Context::sql_threads())
            .with_memory_limit(SQL_MEMORY),
    )?;
    for (name, rows) in data::tables(scale) {
        let schema = data::plain_schema(&rows.schema());
        let table = store.create_table(name, TableOptions::new(schema)).await?;
        let schema = table.schema()?;
        for batch in rows {
            table
                .append_with(data::plain(&batch?, &schema)?, Durability::Memory)
                .await?;
            store.step().await?;
        }
        table.move_to(&Selection::All, Tier::Cold).await?;
    }
    Ok(store)
}
