//! Pinning and holding segments and partitions.

use thermocline_testing::Random;
use thermocline_tiers::{Error, Selection, Store, Table, TableSnapshot, Tier};

use super::{Shared, policy};
use crate::failure::Outcome;
use crate::model::marks::{MarkFacts, Marked};
use crate::model::row::{self, Cell};
use crate::model::{Filter, Model};
use crate::world::scan;

/// A change of a mark under way, until it is dropped.
struct Changing<'a, T: Default + Clone> {
    shared: &'a Shared,
    facts: fn(&mut Model) -> &mut MarkFacts<T>,
    table: usize,
    on: Marked,
    /// What it was changed into, as soon as that is known.
    is: Option<T>,
}

impl<'a, T: Default + Clone> Changing<'a, T> {
    fn new(
        shared: &'a Shared,
        facts: fn(&mut Model) -> &mut MarkFacts<T>,
        table: usize,
        on: Marked,
    ) -> Self {
        facts(&mut shared.model.borrow_mut()).begin(table, &on);
        Self {
            shared,
            facts,
            table,
            on,
            is: None,
        }
    }
}

impl<T: Default + Clone> Drop for Changing<'_, T> {
    fn drop(&mut self) {
        let mut model = self.shared.model.borrow_mut();
        (self.facts)(&mut model).end(self.table, &self.on, self.is.take());
    }
}

/// Remembers the rows of a partition that is on hold: they are not forgotten from now on.
async fn keep(
    shared: &Shared,
    store: &Store,
    number: usize,
    on: &Marked,
) -> Outcome<Result<(), Error>> {
    let Marked::Partition(path) = on else {
        return Ok(Ok(()));
    };
    if shared.model.borrow().holds.get(number, on.clone()) != Some(true) {
        return Ok(Ok(()));
    }
    let hold = shared.model.borrow_mut().retention.hold(number, on);
    let snapshot = store.snapshot();
    let (name, key) = {
        let model = shared.model.borrow();
        (model.name(number), model.key(number))
    };
    let ours = |table: &TableSnapshot| *table.schema().field(0).name() == key;
    if !snapshot.table(&name).is_some_and(ours) {
        return Ok(Ok(()));
    }
    let mut rows = attempt!(scan(&snapshot, &name, &Filter::All, None).await)?;
    let part = path
        .rsplit_once('=')
        .and_then(|(_, part)| part.parse().ok());
    rows.retain(|row| part.is_none_or(|part| row.get("part") == Some(&Cell::Int(part))));
    let keys = row::keys(&rows, &key).collect();
    shared
        .model
        .borrow_mut()
        .retention
        .keep(number, on, hold, keys);
    Ok(Ok(()))
}

/// Changes a mark of a segment, or of its partition.
pub(super) async fn mark(
    shared: &Shared,
    store: &Store,
    table: &Table,
    number: usize,
    random: &mut Random,
) -> Outcome<Result<(), Error>> {
    let segments = attempt!(table.segments());
    let Some(segment) = segments.get(random.below(segments.len())) else {
        return Ok(Ok(()));
    };
    let (which, on) = if random.one_in(2) {
        let id = segment.segment;
        (Selection::Segment(id), Marked::Segment(id.to_string()))
    } else {
        let path = segment.partition.clone();
        (Selection::Partition(path.clone()), Marked::Partition(path))
    };
    match random.below(4) {
        change @ (0 | 1) => {
            shared.model.borrow_mut().retention.let_go(number, &on);
            let mut changing = Changing::new(shared, |model| &mut model.holds, number, on.clone());
            let hold = change == 0;
            attempt!(if hold {
                table.hold(&which).await
            } else {
                table.release(&which).await
            });
            changing.is = Some(hold);
            drop(changing);
            if hold {
                attempt!(keep(shared, store, number, &on).await?);
                if random.one_in(2) {
                    let policy = policy::forgetful(shared.env.clock.now());
                    attempt!(policy::set(shared, store, policy).await);
                    attempt!(store.step().await);
                }
            }
        }
        change => {
            let mut changing = Changing::new(shared, |model| &mut model.pins, number, on);
            let tiers = [Tier::Hot, Tier::Warm, Tier::Cold];
            let tier = tiers.get(random.below(6)).copied();
            let pin = tier.filter(|_| change == 2);
            attempt!(match pin {
                Some(tier) => table.pin(&which, tier).await,
                None => table.unpin(&which).await,
            });
            changing.is = Some(pin);
        }
    }
    Ok(Ok(()))
}

/// Compares all marks of a store with what clients made of them. Nothing happens meanwhile.
pub(crate) fn check(model: &Model, store: &Store) -> Outcome {
    for facts in store.facts() {
        let schema = store.table(&facts.table).and_then(|table| table.schema());
        // Facts are of the same moment.
        let Ok(schema) = schema else { continue };
        let key = schema.field(0).name();
        let number = Model::with_key(key).unwrap_or(usize::MAX);
        model.check_marks(number, &facts)?;
    }
    Ok(())
}
