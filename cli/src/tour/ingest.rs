//! First act: five tables come in, every batch with a receipt.

use arrow::record_batch::RecordBatch;
use thermocline::{PartitionBy, Store, TableOptions, TableSnapshot};
use tokio::time::Instant;

use super::data::{self, Dataset};
use super::report::{Ingest, TableIn};
use super::show::Show;
use crate::failure::{Failure, Outcome};
use crate::output::{Align, Grid, bytes, count, rate, seconds};

const BATCH_ROWS: usize = 8 * 1024;

pub(super) async fn play(store: &Store, show: &Show) -> Outcome<Ingest> {
    show.act(1, "A year of flights comes in")?;
    let total = 336_776 + 26_115 + 3_322 + 1_458 + 16;
    let bar = show.progress(total, "ingesting");
    let mut tables = Vec::new();
    let mut time = std::time::Duration::ZERO;
    for dataset in data::ALL {
        let started = Instant::now();
        tables.push(load(store, &dataset, |rows| bar.inc(rows)).await?);
        time += started.elapsed();
    }
    bar.finish_and_clear();

    let columns = [
        ("table", Align::Left),
        ("rows", Align::Right),
        ("raw Arrow", Align::Right),
        ("grouped by", Align::Left),
    ];
    let mut grid = Grid::new(&columns, show.paint());
    for table in &tables {
        let partition_by = table.partition_by.clone().unwrap_or_else(|| "-".to_owned());
        grid.row([
            table.table.clone(),
            count(table.rows),
            bytes(table.raw_bytes),
            partition_by,
        ]);
    }
    show.say(&grid.render("    "))?;
    let rows = tables.iter().map(|table| table.rows).sum();
    let rows_per_second = rate(rows, time);
    show.remark(&format!(
        "{} rows on disk in {} ({} rows/s, decoding included); a receipt follows the sync",
        count(rows),
        seconds(time),
        count(rows_per_second)
    ))?;
    Ok(Ingest {
        tables,
        rows,
        seconds: time.as_secs_f64(),
        rows_per_second,
    })
}

async fn load(store: &Store, dataset: &Dataset, mut progress: impl FnMut(u64)) -> Outcome<TableIn> {
    let batches = dataset.batches(BATCH_ROWS)?;
    let schema = batches
        .first()
        .map(RecordBatch::schema)
        .ok_or_else(|| Failure::new(format!("{} has no rows", dataset.name)))?;
    let mut options = TableOptions::new(schema);
    let mut partition_by = None;
    if let Some(column) = dataset.event_time {
        let by: PartitionBy = format!("month({column})")
            .parse()
            .map_err(|e: thermocline::formats::Error| Failure::new(e.to_string()))?;
        partition_by = Some(by.to_string());
        options = options.partition_by(by).event_time(column);
    }
    let table = store.create_table(dataset.name, options).await?;
    let mut rows = 0;
    for batch in batches {
        let n = u64::try_from(batch.num_rows()).unwrap_or(u64::MAX);
        table.append(batch).await?;
        rows += n;
        progress(n);
    }
    let raw_bytes = store
        .snapshot()
        .table(dataset.name)
        .map(TableSnapshot::bytes)
        .unwrap_or_default();
    Ok(TableIn {
        table: dataset.name.to_owned(),
        rows,
        raw_bytes,
        partition_by,
    })
}
