//! What a store must hold, kept as plain facts with the time of each.
//!
//! Time is the number of steps that the disk had taken. A fact that is not yet
//! known, because its call has not returned, leaves both ways open; a call that
//! has returned leaves one. So the same facts say what must be there now, and
//! what must have been there had the power failed at any step before.

pub mod archive;
mod check;
pub mod cold;
mod figures;
mod filter;
pub mod marks;
pub mod retention;
pub mod row;
pub mod traces;
pub mod wide;

pub use check::{Answer, Seen, SeenTable, Standing};
pub use filter::Filter;

/// A number of steps of the disk.
pub type At = usize;

/// A change that is made once: when it was asked for, when it was promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Change {
    /// When the call began.
    pub asked: At,
    /// When it returned well.
    pub done: Option<At>,
    /// When it was found not to have happened.
    pub undone: Option<At>,
}

impl Change {
    fn asked(asked: At) -> Self {
        Self {
            asked,
            done: None,
            undone: None,
        }
    }

    /// Whether it must be true at a time.
    #[must_use]
    pub fn must(&self, at: At) -> bool {
        self.done.is_some_and(|done| done <= at)
    }

    /// Whether it may be true at a time.
    #[must_use]
    pub fn may(&self, at: At) -> bool {
        self.asked <= at && self.undone.is_none_or(|undone| at < undone)
    }
}

/// One table, from its creation to its end. Another of its name is another table.
#[derive(Debug, Clone)]
pub struct TableFacts {
    /// Its name.
    pub name: String,
    /// Its key column, a name that no other table has.
    pub key: String,
    /// Its creation.
    pub created: Change,
    /// Its end.
    pub dropped: Option<Change>,
    /// A creation that failed and was found undone after a restart.
    pub never: bool,
    /// Columns that were added, by name.
    pub columns: Vec<(String, Change)>,
    /// Whether its rows have an event time, from which their age counts.
    pub event_time: bool,
}

/// One append.
#[derive(Debug, Clone)]
pub struct BatchFacts {
    /// The table, by its number.
    pub table: usize,
    /// How many rows.
    pub rows: i64,
    /// Columns that had been added when it was made.
    pub columns: Vec<String>,
    /// When the call began.
    pub asked: At,
    /// Its number, when the call has returned well.
    pub lsn: Option<u64>,
    /// When it was found to be gone after a restart: for ever.
    pub lost: Option<At>,
    /// The least snapshot that had it, the greatest that had not.
    seen: (Option<u64>, Option<u64>),
}

impl BatchFacts {
    /// The keys of its rows; `number` is its own.
    fn keys(&self, number: usize) -> std::ops::Range<i64> {
        let first = i64::try_from(number).unwrap_or(i64::MAX) * row::BATCH;
        first..first + self.rows
    }
}

/// All facts of one store.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// Tables, by number.
    pub tables: Vec<TableFacts>,
    /// Appends, by number.
    pub batches: Vec<BatchFacts>,
    /// When which number was promised to be on the disk.
    pub durable: Vec<(At, u64)>,
    /// The greatest number that was given out with a receipt.
    pub acknowledged: u64,
    /// What is held.
    pub holds: marks::MarkFacts<bool>,
    /// What is pinned, and where to.
    pub pins: marks::MarkFacts<Option<thermocline_tiers::Tier>>,
    /// What may be forgotten.
    pub retention: retention::RetentionFacts,
    /// The recording of accesses.
    pub traces: traces::TraceFacts,
    /// Versions of cold tables.
    pub cold: cold::ColdFacts,
    /// The archive beside the store.
    pub archive: archive::ArchiveFacts,
}

impl Model {
    /// A table is about to be created; returns its number.
    pub fn create_table(&mut self, name: &str, at: At) -> usize {
        let number = self.tables.len();
        self.tables.push(TableFacts {
            name: name.to_owned(),
            key: format!("k{number}"),
            created: Change::asked(at),
            dropped: None,
            never: false,
            columns: Vec::new(),
            event_time: false,
        });
        number
    }

    /// Its rows have an event time.
    pub fn has_event_time(&mut self, table: usize) {
        if let Some(table) = self.tables.get_mut(table) {
            table.event_time = true;
        }
    }

    /// The key column of a table.
    #[must_use]
    pub fn key(&self, table: usize) -> String {
        format!("k{table}")
    }

    /// The table that has this key column.
    #[must_use]
    pub fn with_key(key: &str) -> Option<usize> {
        key.trim_start_matches('k').parse().ok()
    }

    /// Its name.
    #[must_use]
    pub fn name(&self, table: usize) -> String {
        let table = self.tables.get(table);
        table.map(|table| table.name.clone()).unwrap_or_default()
    }

    /// Its creation was refused before anything was done.
    pub fn refused(&mut self, table: usize) {
        if let Some(table) = self.tables.get_mut(table) {
            table.never = true;
        }
    }

    /// It was created.
    pub fn created(&mut self, table: usize, at: At) {
        if let Some(table) = self.tables.get_mut(table) {
            table.created.done = Some(at);
        }
    }

    /// It is about to be dropped.
    pub fn drop_table(&mut self, table: usize, at: At) {
        if let Some(table) = self.tables.get_mut(table) {
            table.dropped.get_or_insert(Change::asked(at));
        }
    }

    /// It was dropped.
    pub fn dropped(&mut self, table: usize, at: At) {
        if let Some(dropped) = self.tables.get_mut(table).and_then(|t| t.dropped.as_mut()) {
            dropped.done.get_or_insert(at);
        }
    }

    /// A column is about to be added.
    pub fn add_column(&mut self, table: usize, name: &str, at: At) {
        if let Some(table) = self.tables.get_mut(table) {
            table.columns.push((name.to_owned(), Change::asked(at)));
        }
    }

    /// It was added.
    pub fn column_added(&mut self, table: usize, name: &str, at: At) {
        let columns = self.tables.get_mut(table).map(|table| &mut table.columns);
        for (column, change) in columns.into_iter().flatten() {
            if column == name {
                change.done = Some(at);
            }
        }
    }

    /// A batch is about to be appended; returns its number.
    pub fn append(&mut self, table: usize, rows: i64, columns: Vec<String>, at: At) -> usize {
        let number = self.batches.len();
        self.batches.push(BatchFacts {
            table,
            rows,
            columns,
            asked: at,
            lsn: None,
            lost: None,
            seen: (None, None),
        });
        number
    }

    /// It has a receipt.
    ///
    /// # Errors
    /// When a snapshot has shown otherwise before.
    pub fn appended(&mut self, batch: usize, lsn: u64) -> crate::Outcome {
        self.acknowledged = self.acknowledged.max(lsn);
        let Some(facts) = self.batches.get_mut(batch) else {
            return Ok(());
        };
        facts.lsn = Some(lsn);
        let (with, without) = facts.seen;
        crate::failure::ensure(
            with.is_none_or(|with| lsn <= with) && without.is_none_or(|without| lsn > without),
            || format!("write {lsn} was seen at {with:?} and not seen at {without:?}"),
        )
    }

    /// Every number up to this one is on the disk.
    pub fn is_durable(&mut self, lsn: u64, at: At) {
        self.durable.push((at, lsn));
    }

    /// The number that must at least be on the disk at a time.
    #[must_use]
    pub fn durable_at(&self, at: At) -> u64 {
        let known = self.durable.iter().filter(|(when, _)| *when <= at);
        known.map(|(_, lsn)| *lsn).max().unwrap_or(0)
    }

    /// The keys of a batch.
    #[must_use]
    pub fn keys_of(&self, batch: usize) -> std::ops::Range<i64> {
        let facts = self.batches.get(batch);
        facts.map_or(0..0, |facts| facts.keys(batch))
    }

    /// The tables that can be used now, by number.
    #[must_use]
    pub fn usable(&self) -> Vec<usize> {
        let usable = |table: &&TableFacts| {
            table.created.done.is_some() && table.dropped.is_none() && !table.never
        };
        let tables = self.tables.iter().enumerate();
        tables
            .filter(|(_, table)| usable(table))
            .map(|(number, _)| number)
            .collect()
    }

    /// After a restart that could not read everything: writes after this one are
    /// gone.
    pub fn lost_after(&mut self, lsn: u64, at: At) {
        for batch in &mut self.batches {
            if batch.lsn.is_some_and(|own| own > lsn) {
                batch.lost.get_or_insert(at);
            }
        }
        self.acknowledged = lsn;
        self.durable.push((at, lsn));
    }

    /// The same facts on a new disk that holds what `seen` found on the old one.
    /// Whatever was open is settled by it.
    pub fn settle(&mut self, seen: &Seen, at: At, new_disk: bool) {
        let stamp = if new_disk { 0 } else { at };
        let held = |number: usize| seen.tables.iter().any(|table| table.number == Some(number));
        for (number, table) in self.tables.iter_mut().enumerate() {
            let found = held(number);
            if let Some(dropped) = &mut table.dropped
                && dropped.done.is_none()
            {
                if found {
                    table.dropped = None;
                } else {
                    dropped.done = Some(stamp);
                }
            }
            if table.created.done.is_none() {
                if found {
                    table.created.done = Some(stamp);
                } else {
                    table.never = true;
                }
            }
            if let Some(found) = seen.tables.iter().find(|t| t.number == Some(number)) {
                for (name, change) in &mut table.columns {
                    if found.columns.contains(name) {
                        change.done.get_or_insert(stamp);
                    } else {
                        change.undone.get_or_insert(stamp);
                    }
                }
            }
            if new_disk {
                table.rebase();
            }
        }
        // All that is known is older than a new disk.
        let known = if new_disk { At::MAX } else { at };
        let batches = self.batches.iter().enumerate();
        let lasting: Vec<usize> = batches
            .map(|(number, batch)| self.lasting(number, batch, known))
            .collect();
        for (number, batch) in self.batches.iter_mut().enumerate() {
            let found = match batch.lsn {
                Some(lsn) => lsn <= seen.last_lsn,
                // Nobody can see whether it is there: it may have a number.
                None if lasting.get(number) == Some(&0) || !held(batch.table) => true,
                None => seen.batches.contains(&number),
            };
            if !found && batch.lost.is_none() {
                batch.lost = Some(stamp);
            }
            batch.seen = (None, None);
            if new_disk {
                batch.asked = 0;
                batch.lost = batch.lost.map(|_| 0);
            }
        }
        for table in &seen.tables {
            if let Some(number) = table.number {
                let answer = Answer {
                    table: number,
                    lsn: seen.last_lsn,
                    filter: &Filter::All,
                    rows: &table.rows,
                };
                self.note_gone(&answer, stamp);
            }
        }
        self.retention.settle();
        if new_disk {
            self.archive.rebase();
            self.retention.rebase();
            self.traces.forget();
            self.durable.clear();
        }
        self.durable.push((stamp, seen.last_lsn));
        self.acknowledged = seen.last_lsn;
    }
}

impl TableFacts {
    /// On a new disk, what was true before is true from the start.
    fn rebase(&mut self) {
        let start = |change: &mut Change| {
            change.asked = 0;
            change.done = change.done.map(|_| 0);
            change.undone = change.undone.map(|_| 0);
        };
        start(&mut self.created);
        self.dropped.iter_mut().for_each(start);
        self.columns
            .iter_mut()
            .for_each(|(_, change)| start(change));
    }
}
