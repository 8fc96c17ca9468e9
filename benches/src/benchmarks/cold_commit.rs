//! How long a commit to a cold table takes.

use std::path::Path;
use std::time::Duration;

use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, PutMode};
use thermocline::{ObjectOp, Selection, Store, Table, Tier};
use tokio::time::Instant;

use crate::context::{Context, ROUNDS};
use crate::harness::{Line, Outcome, interleave, same};
use crate::orders;

/// Rows of a commit: so few that their number does not matter.
const ROWS: u64 = 100;

/// Moving sealed rows to cold, against creating an object of as many bytes where there is none.
pub(super) fn run(context: &Context) -> Outcome<Vec<Line>> {
    let dir = context.fresh_dir()?;
    let cold = dir.path().join("cold");
    let bare = dir.path().join("bare");
    let fs = thermocline::Env::real().fs;
    fs.create_dir_all(&bare)?;
    let objects = LocalFileSystem::new_with_prefix(&bare)?.with_fsync(true);
    let place = cold.to_str().ok_or("a path that is no text")?;
    let mut lines = vec![line(
        context,
        "to a folder",
        &dir.path().join("store"),
        place,
        &objects,
    )?];
    if let Ok(bucket) = std::env::var("THERMOCLINE_TEST_S3") {
        let client = object_store::aws::AmazonS3Builder::from_env()
            .with_url(&bucket)
            .with_allow_http(true)
            .build()?;
        let own = dir.path().file_name().and_then(|name| name.to_str());
        let own = own.ok_or("a path that is no text")?;
        let objects = PrefixStore::new(client, format!("{own}-bare"));
        let place = format!("{bucket}/{own}");
        let store = dir.path().join("s3");
        lines.push(line(context, "to S3", &store, &place, &objects)?);
    }
    Ok(lines)
}

fn line(
    context: &Context,
    what: &str,
    dir: &Path,
    place: &str,
    objects: &dyn ObjectStore,
) -> Outcome<Line> {
    let store = Store::builder(dir)
        .create_new()
        .background(false)
        .cold_url(place);
    let store = context.block_on(store.open())?;
    let table = context.block_on(orders::create_table(&store))?;
    // Once to see how many bytes it writes.
    context.block_on(commit(&store, &table))?;
    let before = written(&store);
    context.block_on(commit(&store, &table))?;
    let bytes = usize::try_from(written(&store) - before)?;
    let mut number = 0;
    let pair = interleave(
        context.size(ROUNDS, 10 * ROUNDS),
        || context.block_on(commit(&store, &table)),
        || {
            number += 1;
            context.block_on(create(objects, number, bytes))
        },
    )?;
    let rows = orders::scan(&store.snapshot())?.rows;
    same("whole commits", &(rows % ROWS), &0)?;
    context.block_on(async {
        for number in 1..=number {
            objects_removed(objects, number).await?;
        }
        store.drop_table(orders::TABLE).await?;
        store.close().await?;
        Outcome::Ok(())
    })?;
    let what = format!("{ROWS} rows {what}, {bytes} bytes");
    Ok(Line::time(what, "a bare put-if-absent", &pair))
}

fn written(store: &Store) -> u64 {
    let stats = store.stats().cold_requests;
    stats.get(&ObjectOp::Put).map_or(0, |put| put.bytes)
}

async fn commit(store: &Store, table: &Table) -> Outcome<Duration> {
    let before = orders::scan(&store.snapshot())?.rows;
    table.append(orders::batch(before, ROWS)?).await?;
    table.seal().await?;
    let started = Instant::now();
    table.move_to(&Selection::All, Tier::Cold).await?;
    let took = started.elapsed();
    let cold = store.stats().tiers.get(&Tier::Cold).map(|tier| tier.rows);
    same("the cold rows", &cold, &Some(before + ROWS))?;
    Ok(took)
}

fn name(number: u64) -> ObjectPath {
    ObjectPath::from(format!("put-if-absent-{number}"))
}

async fn create(objects: &dyn ObjectStore, number: u64, bytes: usize) -> Outcome<Duration> {
    let started = Instant::now();
    objects
        .put_opts(&name(number), vec![7; bytes].into(), PutMode::Create.into())
        .await?;
    Ok(started.elapsed())
}

async fn objects_removed(objects: &dyn ObjectStore, number: u64) -> Outcome<()> {
    use object_store::ObjectStoreExt;

    Ok(objects.delete(&name(number)).await?)
}
