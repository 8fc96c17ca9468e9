//! Reading: queries, snapshots that are kept, another process.

use std::collections::BTreeSet;

use thermocline_testing::Random;
use thermocline_tiers::{Error, Reader, Store};

use super::Shared;
use crate::failure::{Outcome, ensure};
use crate::model::row::Row;
use crate::model::{Answer, Filter, Model};
use crate::world::{scan, tables};

pub(super) async fn query(
    shared: &Shared,
    store: &Store,
    number: usize,
    random: &mut Random,
) -> Outcome<Result<(), Error>> {
    let (name, key, batches, acknowledged) = {
        let model = shared.model.borrow();
        (
            model.name(number),
            model.key(number),
            model.batches.len(),
            model.acknowledged,
        )
    };
    let at = shared.disk.steps();
    let snapshot = store.snapshot();
    ensure(snapshot.lsn().0 >= acknowledged, || {
        format!(
            "a snapshot sees writes up to {}, although {acknowledged} has a receipt",
            snapshot.lsn()
        )
    })?;
    {
        let model = shared.model.borrow();
        model.check_tables(&tables(&snapshot)?, &model.standing(at), at)?;
    }
    // It may be dropped by now, and another have its name.
    let Some(table) = snapshot.table(&name) else {
        return Ok(Ok(()));
    };
    if *table.schema().field(0).name() != key {
        return Ok(Ok(()));
    }
    let columns = random.one_in(2).then(|| {
        let width = table.schema().fields().len();
        let mut columns: Vec<usize> = (1..width).filter(|_| random.one_in(2)).collect();
        columns.insert(random.below(columns.len() + 1), 0);
        columns
    });
    let filter = Filter::draw(random, &key, batches);
    let fields = table.schema().fields();
    let chosen: BTreeSet<&String> = match &columns {
        Some(columns) => columns
            .iter()
            .filter_map(|i| fields.get(*i))
            .map(|f| f.name())
            .collect(),
        None => fields.iter().map(|field| field.name()).collect(),
    };
    let rows = match scan(&snapshot, &name, &filter, columns).await {
        Ok(rows) => rows?,
        Err(error) => return Ok(Err(error)),
    };
    let whole = |row: &Row| row.keys().collect::<BTreeSet<_>>() == chosen;
    ensure(rows.iter().all(whole), || {
        format!("rows without the columns {chosen:?}, or with others")
    })?;
    let answer = Answer {
        table: number,
        lsn: snapshot.lsn().0,
        filter: &filter,
        rows: &rows,
    };
    let mut model = shared.model.borrow_mut();
    model.check_answer(&answer, at)?;
    model.note_gone(&answer, at);
    Ok(Ok(()))
}

pub(super) async fn look_again(shared: &Shared, random: &mut Random) -> Outcome<Result<(), Error>> {
    let taken = {
        let mut held = shared.held.borrow_mut();
        if held.is_empty() {
            return Ok(Ok(()));
        }
        let index = random.below(held.len());
        held.swap_remove(index)
    };
    for (name, expected) in &taken.rows {
        let rows = match scan(&taken.snapshot, name, &Filter::All, None).await {
            Ok(rows) => rows?,
            Err(error) => return Ok(Err(error)),
        };
        let rows: BTreeSet<_> = rows.into_iter().collect();
        ensure(rows == *expected, || {
            format!(
                "a snapshot at write {} of `{name}` showed {} rows, and now {}",
                taken.snapshot.lsn(),
                expected.len(),
                rows.len()
            )
        })?;
    }
    shared.held.borrow_mut().push(taken);
    Ok(Ok(()))
}

/// Another process looks at the store.
pub(super) async fn read_beside(
    shared: &Shared,
    reports: bool,
    random: &mut Random,
) -> Outcome<Result<(), Error>> {
    let durable = shared.model.borrow().durable_at(shared.disk.steps());
    let builder = Store::builder(crate::world::DIR).env(shared.env.clone());
    let reader: Reader = match builder.open_reader().await {
        Ok(reader) => reader,
        Err(error) => return Ok(Err(error)),
    };
    for _ in 0..=random.below(3) {
        let at = shared.disk.steps();
        let standing = shared.model.borrow().standing(at);
        let snapshot = match reader.snapshot().await {
            Ok(snapshot) => snapshot,
            Err(error) => return Ok(Err(error)),
        };
        ensure(snapshot.lsn().0 >= durable, || {
            format!(
                "a reader sees writes up to {}, although {durable} is durable",
                snapshot.lsn()
            )
        })?;
        let found = tables(&snapshot)?;
        let now = shared.disk.steps();
        shared.model.borrow().check_tables(&found, &standing, now)?;
        for table in snapshot.tables() {
            let rows = match scan(&snapshot, table.name(), &Filter::All, None).await {
                Ok(rows) => rows?,
                Err(error) => return Ok(Err(error)),
            };
            let key = table.schema().field(0).name();
            let number = Model::with_key(key).unwrap_or(usize::MAX);
            let answer = Answer {
                table: number,
                lsn: snapshot.lsn().0,
                filter: &Filter::All,
                rows: &rows,
            };
            shared
                .model
                .borrow_mut()
                .check_answer(&answer, at.max(shared.disk.steps()))?;
        }
    }
    if reports {
        attempt!(reader.report_accesses().await);
    }
    if random.one_in(4) {
        let report = attempt!(reader.verify().await);
        let harmless = shared.faults.any();
        ensure(report.ok || harmless, || format!("{:?}", report.problems))?;
    }
    Ok(Ok(()))
}
