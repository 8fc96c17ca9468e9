//! A new store out of cold tables, without the store that they were of.

use futures::{StreamExt, TryStreamExt};
use thermocline::{
    Archive, ArchivedTable, Budget, Budgets, Durability, Policy, ScanOptions, Store, TableOptions,
};
use tokio::time::Instant;

use super::Args;
use crate::commands::open;
use crate::failure::{Failure, Outcome};
use crate::files::keep_folder;
use crate::output::{Console, plural, seconds};

/// The hot budget of the new store.
const HOT_BUDGET: u64 = 256 << 20;

/// The store is made beside `dir` and gets its name when it is complete.
pub(super) async fn restore(args: &Args, place: &Archive, console: Console) -> Outcome {
    let started = Instant::now();
    let is_free = match args.dir.read_dir() {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    };
    if !is_free {
        return Err(
            Failure::new(format!("cannot restore into {}", args.dir.display()))
                .hint("it must not exist, or be an empty directory"),
        );
    }
    let pinned = args.place.pin_whole(place).await?;
    if pinned.tables().is_empty() {
        return Err(Failure::new(format!(
            "there are no tables to restore in {}",
            place.place()
        ))
        .hint("check the place, and the time if one was named"));
    }
    let parent = args.dir.parent().filter(|p| !p.as_os_str().is_empty());
    let parent = parent.unwrap_or(std::path::Path::new("."));
    let aside = tempfile::Builder::new()
        .prefix(".thermocline-restore-")
        .tempdir_in(parent)
        .map_err(|e| Failure::file("make a directory in", parent, &e))?;
    let policy =
        Policy::default().with_budgets(Budgets::default().with_hot(Budget::of(HOT_BUDGET)));
    let store = Store::builder(aside.path())
        .create_new()
        .policy(policy)
        .open()
        .await?;
    let work = async {
        let mut rows = 0;
        for table in pinned.tables() {
            rows += fill(&store, table).await?;
        }
        Ok(rows)
    }
    .await;
    let rows = open::close(store, work).await?;
    let store = open::writer(aside.path()).await?;
    let work = async {
        open::write_out(&store).await?;
        open::settle(&store).await
    }
    .await;
    open::close(store, work).await?;
    keep_folder(aside, &args.dir)?;
    let tables = u64::try_from(pinned.tables().len()).unwrap_or(u64::MAX);
    let text = format!(
        "Restored {} of {} from the cold tables in {} to {} in {}\n",
        plural(rows, "row"),
        plural(tables, "table"),
        place.place(),
        args.dir.display(),
        seconds(started.elapsed())
    );
    Ok(console.print(&text)?)
}

/// Brings the rows of one table into a new one, and counts them.
async fn fill(store: &Store, cold: &ArchivedTable) -> Outcome<u64> {
    let mut options = TableOptions::new(cold.schema().clone());
    if let Some(by) = cold.partition_by() {
        options = options.partition_by(by.clone());
    }
    let table = store.create_table(cold.name(), options).await?;
    let snapshot = cold.snapshot().await?;
    let mut rows = 0;
    let mut batches = snapshot.scan(ScanOptions::default())?.stream().boxed();
    while let Some(batch) = batches.try_next().await? {
        rows += u64::try_from(batch.num_rows()).unwrap_or(u64::MAX);
        table.append_with(batch, Durability::Memory).await?;
    }
    store.flush().await?;
    if rows != snapshot.rows() {
        return Err(Failure::new(format!(
            "table {} has {} and not {} in its files",
            cold.name(),
            plural(rows, "row"),
            snapshot.rows()
        )));
    }
    Ok(rows)
}
