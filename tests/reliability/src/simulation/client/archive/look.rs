//! Reading archived tables, of today and of before.

use futures::TryStreamExt;
use thermocline_testing::Random;
use thermocline_tiers::{Archive, ArchivedTable, At, Error, ScanOptions};

use super::super::Shared;
use super::{objects, open, refused};
use crate::failure::{Failure, Outcome, ensure};
use crate::model::archive::{SeenArchive, counts};
use crate::model::row;
use crate::world::World;

/// What the archive on a disk holds.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn read(world: &mut World) -> Outcome<Vec<SeenArchive>> {
    let (env, objects) = (world.env(), objects(&world.disk));
    let seen = world.wait(async move {
        let archive = attempt!(open(&env, objects).await);
        see(&archive).await
    })??;
    seen.map_err(|e| Failure::new(format!("the archive is unreadable: {e:?}")))
}

/// The newest version of every table.
async fn see(archive: &Archive) -> Outcome<Result<Vec<SeenArchive>, Error>> {
    let mut seen = Vec::new();
    for (_, table) in attempt!(archive.tables(At::Newest).await) {
        let table = attempt!(table);
        seen.push(attempt!(whole(&table).await?));
    }
    Ok(Ok(seen))
}

/// All of one version.
async fn whole(table: &ArchivedTable) -> Outcome<Result<SeenArchive, Error>> {
    let pinned = attempt!(table.snapshot().await);
    let scan = attempt!(pinned.scan(ScanOptions::new()));
    let batches: Vec<_> = attempt!(scan.stream().try_collect().await);
    let rows = batches.iter().map(row::rows).collect::<Outcome<Vec<_>>>()?;
    let rows: Vec<_> = rows.into_iter().flatten().collect();
    ensure(table.rows() == Some(rows.len() as u64), || {
        format!(
            "archive `{}` says that it has {:?} rows, and has {}",
            table.name(),
            table.rows(),
            rows.len()
        )
    })?;
    Ok(Ok(SeenArchive {
        table: table.name().to_owned(),
        version: table.version(),
        rows,
    }))
}

/// Looks at everything, whoever else is writing.
pub(super) async fn look(shared: &Shared, archive: &Archive) -> Outcome<Result<(), Error>> {
    let from = shared.disk.steps();
    let seen = match see(archive).await? {
        Ok(seen) => seen,
        Err(error) => return refused(shared, error),
    };
    let to = shared.disk.steps();
    let mut model = shared.model.borrow_mut();
    model.archive.check_tables(&seen, from)?;
    for table in &seen {
        model.archive.check(table, from, to)?;
    }
    Ok(Ok(()))
}

/// Looks at a version that somebody saw before: no version ever changes or goes.
pub(super) async fn look_back(
    shared: &Shared,
    archive: &Archive,
    random: &mut Random,
) -> Outcome<Result<(), Error>> {
    let versions = shared.model.borrow().archive.versions();
    let Some((name, version)) = versions.get(random.below(versions.len())) else {
        return Ok(Ok(()));
    };
    let found = match archive.table(name, At::Version(*version)).await {
        Ok(table) => whole(&table).await?,
        Err(error) => Err(error),
    };
    let seen = match found {
        Ok(seen) => seen,
        Err(error) => return refused(shared, error),
    };
    let mut model = shared.model.borrow_mut();
    let found = counts(&seen.rows)?;
    model.archive.check_version(name, *version, &found)?;
    Ok(Ok(()))
}
