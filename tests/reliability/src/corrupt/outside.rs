//! Damage to what other programs read.

use std::collections::BTreeSet;

use thermocline_tiers::{Archive, At, Error, ErrorKind, Store, Tier};

use super::small::write;
use super::{Small, keys};
use crate::failure::{Failure, Outcome, ensure};
use crate::model::Filter;
use crate::simulation::client::cold;
use crate::world::{World, scan};

/// Keys that no write of the small store has.
const MORE: std::ops::Range<i64> = 500..505;

/// Reads the cold tables as other programs do, and as the store does. The error inside is what they
/// would say, or what they see and is wrong.
pub(super) fn check(
    world: &mut World,
    store: &Store,
    small: &Small,
    filter: &Filter,
) -> Outcome<Result<(), String>> {
    let (env, disk) = (world.env(), world.disk.clone());
    let (store, small, filter) = (store.clone(), small.clone(), filter.clone());
    world.wait(async move { seen(&store, &small, &filter, cold::open(&env, &disk).await).await })
}

async fn seen(
    store: &Store,
    small: &Small,
    filter: &Filter,
    archive: Result<Archive, Error>,
) -> Result<(), String> {
    let failed = |error: Error| error.to_string();
    let archive = archive.map_err(failed)?;
    for name in store.tables() {
        let expected = small.cold_keys(&name);
        if expected.is_empty() {
            continue;
        }
        let table = archive.table(&name, At::Newest).await.map_err(failed)?;
        let outside = table.snapshot().await.map_err(failed)?;
        let table = store.table(&name).map_err(failed)?;
        let inside = table.cold_as_of(At::Newest).await.map_err(failed)?;
        for version in [outside, inside] {
            for filter in [&Filter::All, filter] {
                let rows = cold::rows_where(&version, filter).await;
                let rows = rows
                    .map_err(|failure| failure.to_string())?
                    .map_err(failed)?;
                let there = keys(&name, &rows).map_err(|failure| failure.to_string())?;
                let mut expected = expected.clone();
                expected.retain(|key| filter.holds(*key));
                if there != expected {
                    return Err(format!("`{name}` has {there:?} instead of {expected:?}"));
                }
            }
        }
    }
    Ok(())
}

/// More rows become cold, or that fails. Nothing else changes.
pub(super) fn goes_on(world: &mut World, store: &Store, small: &Small) -> Outcome {
    let moving = store.clone();
    let moved = world.wait(async move { write(&moving, "t", MORE, &[Tier::Cold]).await })?;
    if let Err(error) = &moved {
        let bug = matches!(error.kind(), ErrorKind::Bug);
        ensure(!bug, || format!("a move to cold: {error:?}"))?;
    }
    for table in store.tables() {
        let (snapshot, name) = (store.snapshot(), table.clone());
        let rows = world.wait(async move { scan(&snapshot, &name, &Filter::All, None).await })?;
        let rows = rows.map_err(|e| Failure::new(format!("`{table}` after a move: {e:?}")))??;
        let there = keys(&table, &rows)?;
        let mut expected: BTreeSet<i64> = small.written_by(&table, 1..=small.last_lsn());
        if table == "t" {
            expected.extend(MORE);
        }
        ensure(there == expected, || {
            format!("after a move `{table}` has {there:?} instead of {expected:?}")
        })?;
    }
    Ok(())
}
