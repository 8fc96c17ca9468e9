//! Backups.

use std::sync::Arc;

use thermocline_testing::Random;
use thermocline_tiers::{Error, Store, TableOptions};

use super::Shared;
use crate::failure::{Outcome, ensure};
use crate::model::{Answer, Filter, row};
use crate::world::see;

/// A backup, restored, written to and opened again.
pub(super) async fn backup(
    shared: &Shared,
    store: &Store,
    random: &mut Random,
) -> Outcome<Result<(), Error>> {
    let tag = random.bits();
    let (copy, restored) = (format!("/copy{tag:x}"), format!("/restored{tag:x}"));
    let before = shared.model.borrow().acknowledged;
    let standing = shared.model.borrow().standing(shared.disk.steps());
    attempt!(store.backup(&copy).await);
    attempt!((shared.elsewhere)(restored.clone()).restore(&copy).await);
    let twin = attempt!((shared.elsewhere)(restored.clone()).open().await);
    let snapshot = twin.snapshot();
    ensure(snapshot.lsn().0 >= before, || {
        format!(
            "a backup has writes up to {}, although {before} had a receipt before",
            snapshot.lsn()
        )
    })?;
    let seen = match see(&snapshot).await {
        Err(_) if shared.faults.any() => return Ok(Ok(())),
        other => other?,
    };
    let now = shared.disk.steps();
    {
        let model = shared.model.borrow();
        model.check_tables(&seen.tables, &standing, now)?;
    }
    for table in &seen.tables {
        let Some(number) = table.number else { continue };
        let answer = Answer {
            table: number,
            lsn: snapshot.lsn().0,
            filter: &Filter::All,
            rows: &table.rows,
        };
        let at = shared.disk.steps();
        shared.model.borrow_mut().check_answer(&answer, at)?;
    }
    drop(snapshot);
    // What is written to the copy stays in the copy.
    let schema = row::schema("kown");
    attempt!(
        twin.create_table("own", TableOptions::new(Arc::clone(&schema)))
            .await
    );
    let own = attempt!(twin.table("own"));
    attempt!(own.append(row::batch(&schema, 0..7)?).await);
    for table in &seen.tables {
        let there = attempt!(twin.table(&table.name));
        let schema = attempt!(there.schema());
        attempt!(there.append(row::batch(&schema, -20..-10)?).await);
    }
    attempt!(twin.flush().await);
    drop((own, twin));
    let twin = attempt!((shared.elsewhere)(restored).open().await);
    let again = match see(&twin.snapshot()).await {
        Err(_) if shared.faults.any() => return Ok(Ok(())),
        other => other?,
    };
    for table in &again.tables {
        let expected = match seen.tables.iter().find(|t| t.name == table.name) {
            Some(before) => before.rows.len() + 10,
            None => 7,
        };
        ensure(table.rows.len() == expected, || {
            format!(
                "a restored table `{}` has {} rows instead of {expected} when it is opened again",
                table.name,
                table.rows.len()
            )
        })?;
    }
    Ok(Ok(()))
}
