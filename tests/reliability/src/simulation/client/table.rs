//! What changes one table.

use std::pin::pin;
use std::time::Duration;

use arrow::datatypes::{DataType, Field};
use futures::FutureExt;
use thermocline_testing::Random;
use thermocline_tiers::{Durability, Error, Receipt, Selection, Store};

use super::{Deed, Shared, cold, marks};
use crate::failure::Outcome;
use crate::model::row::{self, BATCH};

pub(super) async fn change(
    shared: &Shared,
    store: &Store,
    number: usize,
    deed: Deed,
    random: &mut Random,
) -> Outcome<Result<(), Error>> {
    let at = || shared.disk.steps();
    let model = &shared.model;
    let name = model.borrow().name(number);
    let table = attempt!(store.table(&name));
    // Another table of its name may have taken its place meanwhile.
    let schema = attempt!(table.schema());
    if *schema.field(0).name() != model.borrow().key(number) {
        return Ok(Ok(()));
    }
    match deed {
        Deed::Append { rows, durability } => {
            let (batch, data) = prepare(shared, number, rows, &schema)?;
            let receipt = attempt!(table.append_with(data, durability).await);
            model.borrow_mut().appended(batch, receipt.lsn.0)?;
            if durability == Durability::Disk {
                model.borrow_mut().is_durable(receipt.lsn.0, at());
            }
        }
        Deed::AppendThenWait { rows, until } => {
            let (batch, data) = prepare(shared, number, rows, &schema)?;
            let receipt = attempt!(table.append_with(data, Durability::Memory).await);
            model.borrow_mut().appended(batch, receipt.lsn.0)?;
            drop(table);
            attempt!(receipt.wait(Durability::Disk).await);
            model.borrow_mut().is_durable(receipt.lsn.0, at());
            if until == Durability::Remote && attempt!(is_remote(store, &receipt).await) {
                return cold::has(shared, number, batch).await;
            }
        }
        Deed::Seal => {
            attempt!(table.seal().await);
        }
        Deed::Move { tier, one } => {
            let segments = attempt!(table.segments());
            let which = match segments.get(random.below(segments.len())) {
                Some(segment) if one => Selection::Segment(segment.segment),
                _ => Selection::All,
            };
            attempt!(table.move_to(&which, tier).await);
        }
        Deed::AddColumn => {
            let column = format!(
                "x{}",
                model
                    .borrow()
                    .tables
                    .iter()
                    .map(|t| t.columns.len())
                    .sum::<usize>()
            );
            model.borrow_mut().add_column(number, &column, at());
            attempt!(
                table
                    .add_column(Field::new(&column, DataType::Int64, true))
                    .await
            );
            model.borrow_mut().column_added(number, &column, at());
        }
        Deed::Compact => {
            attempt!(table.compact().await);
        }
        Deed::Vacuum => {
            let keep = Duration::from_secs(1 << random.below(10));
            let dry_run = random.one_in(4);
            if !dry_run {
                model.borrow_mut().cold.keeps(keep);
            }
            attempt!(table.vacuum(keep, dry_run).await);
        }
        Deed::Mark => return marks::mark(shared, store, &table, number, random).await,
        Deed::DropTable => {
            model.borrow_mut().drop_table(number, at());
            attempt!(store.drop_table(&name).await);
            model.borrow_mut().dropped(number, at());
        }
        _ => {}
    }
    Ok(Ok(()))
}

/// Waits for rows to be remote, for some rounds of the mover: what is pinned stays where it is.
async fn is_remote(store: &Store, receipt: &Receipt) -> Result<bool, Error> {
    let mut waiting = pin!(receipt.wait(Durability::Remote));
    for _ in 0..3 {
        // It asks for the move when it is polled first.
        if let Some(waited) = waiting.as_mut().now_or_never() {
            waited?;
            return Ok(true);
        }
        store.step().await?;
    }
    Ok(waiting.now_or_never().transpose()?.is_some())
}

fn prepare(
    shared: &Shared,
    table: usize,
    rows: i64,
    schema: &arrow::datatypes::SchemaRef,
) -> Outcome<(usize, arrow::array::RecordBatch)> {
    let steps = shared.disk.steps();
    let batch = shared
        .model
        .borrow_mut()
        .append(table, rows, row::added(schema), steps);
    let base = i64::try_from(batch).unwrap_or(i64::MAX) * BATCH;
    Ok((batch, row::batch(schema, base..base + rows)?))
}
