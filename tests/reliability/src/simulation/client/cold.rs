//! The cold part of a table alone, of today and of before.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use futures::TryStreamExt;
use thermocline_testing::Random;
use thermocline_tiers::{
    Archive, At, Env, Error, ErrorKind, ScanOptions, Store, TableSnapshot, Tier,
};

use super::Shared;
use crate::disk::{Disk, Objects};
use crate::failure::{Failure, Outcome, ensure};
use crate::model::Filter;
use crate::model::row::{self, Row};
use crate::world::DIR;

/// Reads the newest version as other programs do, or one that may be old as the store does.
pub(super) async fn look(
    shared: &Shared,
    store: &Store,
    number: usize,
    random: &mut Random,
) -> Outcome<Result<(), Error>> {
    let outcome = if random.one_in(2) {
        newest(shared, number).await?
    } else {
        as_of(shared, store, number, random).await?
    };
    match outcome {
        // What was dropped meanwhile is gone, whatever is left of it.
        Err(_)
            if shared
                .model
                .borrow()
                .tables
                .get(number)
                .is_none_or(|t| t.dropped.is_some()) =>
        {
            Ok(Ok(()))
        }
        Err(error) if shared.faults.any() && matches!(error.kind(), ErrorKind::Io) => {
            Ok(Err(error))
        }
        Err(error) => Err(Failure::new(format!("cold table {number}: {error:?}"))),
        Ok(()) => Ok(Ok(())),
    }
}

/// Another program reads the cold tables. It pins nothing.
async fn newest(shared: &Shared, number: usize) -> Outcome<Result<(), Error>> {
    let (name, key) = {
        let model = shared.model.borrow();
        (model.name(number), model.key(number))
    };
    let archive = attempt!(open(&shared.env, &shared.disk).await);
    let since = shared.env.clock.now().0;
    let table = match archive.table(&name, At::Newest).await {
        Ok(table) => table,
        // Nothing of it is cold.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Ok(())),
        Err(error) => return Ok(Err(error)),
    };
    if *table.schema().field(0).name() != key {
        return Ok(Ok(()));
    }
    ensure(table.owner().is_some(), || {
        format!("cold table `{name}` has no owner")
    })?;
    let rows = match table.snapshot().await {
        Ok(pinned) => rows(&pinned).await?,
        Err(error) => Err(error),
    };
    let rows = match rows {
        Ok(rows) => rows,
        Err(error) => return gone(shared, error, Some(since)),
    };
    let at = shared.disk.steps();
    let mut model = shared.model.borrow_mut();
    model.check_cold(number, table.version(), &rows, Some(since), at)?;
    Ok(Ok(()))
}

/// The store reads a version.
async fn as_of(
    shared: &Shared,
    store: &Store,
    number: usize,
    random: &mut Random,
) -> Outcome<Result<(), Error>> {
    let (name, key, known) = {
        let model = shared.model.borrow();
        let known = model.cold.versions(number);
        (model.name(number), model.key(number), known)
    };
    let version = match known.get(random.below(known.len())) {
        Some(version) if !random.one_in(4) => *version,
        _ => random.below(12) as u64,
    };
    let table = attempt!(store.table(&name));
    if *attempt!(table.schema()).field(0).name() != key {
        return Ok(Ok(()));
    }
    let found = match table.cold_as_of(At::Version(version)).await {
        Ok(pinned) => rows(&pinned).await?,
        Err(error) => Err(error),
    };
    let rows = match found {
        Ok(rows) => rows,
        Err(error) => {
            let now = shared.env.clock.now().0;
            let kept = shared.model.borrow().cold.is_kept(number, version, now);
            let since = kept.then_some(now);
            return gone(shared, error, since);
        }
    };
    let at = shared.disk.steps();
    let mut model = shared.model.borrow_mut();
    model.check_cold(number, version, &rows, None, at)?;
    Ok(Ok(()))
}

/// Rows that were said to be remote are there for other programs, unless something else may have been
/// done to them meanwhile.
pub(super) async fn has(
    shared: &Shared,
    number: usize,
    batch: usize,
) -> Outcome<Result<(), Error>> {
    let name = shared.model.borrow().name(number);
    let archive = attempt!(open(&shared.env, &shared.disk).await);
    let table = archive.table(&name, At::Newest).await;
    let seen = match table {
        Ok(table) => match table.snapshot().await {
            Ok(pinned) => rows(&pinned).await?,
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
    let model = shared.model.borrow();
    let table = model.tables.get(number);
    let dropped = table.is_none_or(|table| table.dropped.is_some());
    if dropped {
        return Ok(Ok(()));
    }
    let seen = attempt!(seen);
    let key = model.key(number);
    let seen: BTreeSet<i64> = row::keys(&seen, &key).collect();
    let at = shared.disk.steps();
    let mut keys = model.keys_of(batch);
    let missing = keys.find(|key| !seen.contains(key) && !model.may_be_gone(number, *key, at));
    ensure(missing.is_none(), || {
        format!("row {missing:?} of `{name}` was said to be remote, and others do not see it")
    })?;
    Ok(Ok(()))
}

/// A version that is too old, or never was, is told so. `since` is when its files were in the
/// table, if that is known.
fn gone(shared: &Shared, error: Error, since: Option<i64>) -> Outcome<Result<(), Error>> {
    if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Expired) {
        return Ok(Err(error));
    }
    let now = shared.env.clock.now().0;
    let kept = since.is_some_and(|since| shared.model.borrow().cold.are_kept(since, now));
    Ok(if kept { Err(error) } else { Ok(()) })
}

async fn rows(table: &TableSnapshot) -> Outcome<Result<Vec<Row>, Error>> {
    rows_where(table, &Filter::All).await
}

/// The rows of a version for which a filter holds.
pub(crate) async fn rows_where(
    table: &TableSnapshot,
    filter: &Filter,
) -> Outcome<Result<Vec<Row>, Error>> {
    let options = ScanOptions::new().with_predicate(filter.predicate());
    let scan = attempt!(table.scan(options));
    let batches: Vec<_> = attempt!(scan.stream().try_collect().await);
    let rows = batches.iter().map(row::rows).collect::<Outcome<Vec<_>>>()?;
    Ok(Ok(rows.into_iter().flatten().collect()))
}

/// The cold tables as other programs see them.
pub(crate) async fn open(env: &Env, disk: &Disk) -> Result<Archive, Error> {
    let dir = Path::new(DIR).join("cold");
    let objects = Arc::new(Objects::new(disk, &dir));
    let builder = Archive::builder(DIR).objects(objects);
    builder.env(env.clone()).open().await
}

/// Compares the cold tables of a store that does nothing with what other programs see.
pub(crate) async fn compare(env: Env, disk: Disk, store: Store) -> Outcome {
    let broken = |error: Error| Failure::new(format!("the cold tables are unreadable: {error:?}"));
    let archive = open(&env, &disk).await.map_err(broken)?;
    for name in store.tables() {
        let table = store.table(&name).map_err(broken)?;
        let key = table.schema().map_err(broken)?.field(0).name().clone();
        let segments = table.segments().map_err(broken)?;
        let cold = segments.iter().filter(|segment| segment.home == Tier::Cold);
        let ours: u64 = cold.map(|segment| segment.rows).sum();
        let theirs = match archive.table(&name, At::Newest).await {
            // What is left of one that was dropped before it.
            Ok(table) if *table.schema().field(0).name() != key => 0,
            Ok(table) => {
                let pinned = table.snapshot().await.map_err(broken)?;
                rows(&pinned).await?.map_err(broken)?.len() as u64
            }
            Err(error) if error.kind() == ErrorKind::NotFound => 0,
            Err(error) => return Err(broken(error)),
        };
        ensure(ours == theirs, || {
            format!("`{name}` has {ours} cold rows, and other programs see {theirs}")
        })?;
    }
    Ok(())
}
