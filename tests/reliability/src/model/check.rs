//! Comparing what was read with the facts.

use std::collections::{BTreeMap, BTreeSet};

use super::row::{BATCH, Cell, Row, cell, keys};
use super::{At, Filter, Model};
use crate::failure::{Failure, Outcome, ensure};

/// Rows that a query returned.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The table, by its number.
    pub table: usize,
    /// The last write that the snapshot sees.
    pub lsn: u64,
    /// What was asked for.
    pub filter: &'a Filter,
    /// What was returned; the key column is always among it.
    pub rows: &'a [Row],
}

/// What a whole store was found to hold.
#[derive(Debug, Default)]
pub struct Seen {
    /// The last write.
    pub last_lsn: u64,
    /// Its tables.
    pub tables: Vec<SeenTable>,
    /// Batches of which there are rows.
    pub batches: BTreeSet<usize>,
}

/// One table as it was found.
#[derive(Debug)]
pub struct SeenTable {
    /// Its name.
    pub name: String,
    /// Its number, by its key column.
    pub number: Option<usize>,
    /// Columns that were added.
    pub columns: Vec<String>,
    /// All of its rows.
    pub rows: Vec<Row>,
}

/// Tables at a time, by number.
#[derive(Debug, Default)]
pub struct Standing {
    /// Those that were created, with the columns that were added to them.
    tables: BTreeMap<usize, BTreeSet<String>>,
    /// Those that were dropped.
    gone: BTreeSet<usize>,
}

/// What must be true of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    Must,
    MustNot,
    May,
}

impl Model {
    /// Whether a batch must be in a snapshot that sees writes up to `lsn`, taken
    /// at `at`.
    fn presence(&self, batch: usize, lsn: u64, at: At) -> Presence {
        match self.batches.get(batch) {
            None => Presence::MustNot,
            Some(facts) if facts.asked > at => Presence::MustNot,
            Some(facts) if facts.lost.is_some_and(|lost| lost <= at) => Presence::MustNot,
            Some(facts) => match facts.lsn {
                Some(own) if own <= lsn => Presence::Must,
                Some(_) => Presence::MustNot,
                None => Presence::May,
            },
        }
    }

    /// Checks the answer of a query, and remembers what it says of writes whose
    /// calls have not returned. Returns the batches that it has rows of.
    ///
    /// # Errors
    /// When a row is missing, there twice, or wrong.
    pub fn check_answer(&mut self, answer: &Answer<'_>, at: At) -> Outcome<BTreeSet<usize>> {
        let found = self.group(answer)?;
        for number in 0..self.batches.len() {
            let Some(facts) = self.batches.get(number) else {
                continue;
            };
            if facts.table != answer.table {
                continue;
            }
            let keys = facts.keys(number).filter(|key| answer.filter.holds(*key));
            let matching: Vec<i64> = keys.collect();
            if matching.is_empty() {
                continue;
            }
            let rows = found.get(&number);
            let there = rows.map_or(0, BTreeSet::len);
            // Policies may have forgotten the others.
            let missing = matching.iter().filter(|key| {
                let is_there = rows.is_some_and(|rows| rows.contains(key));
                !is_there && !self.may_be_gone(answer.table, **key, at)
            });
            let missing = missing.count();
            let presence = self.presence(number, answer.lsn, at);
            let describe = || {
                format!(
                    "table {} at write {} (step {at}), {:?}: batch {number} {facts:?} has {there} of {} rows, \
                     {missing} more were not to be forgotten, and {presence:?} be there",
                    answer.table,
                    answer.lsn,
                    answer.filter,
                    matching.len()
                )
            };
            match presence {
                Presence::Must => ensure(missing == 0, describe)?,
                Presence::MustNot => ensure(there == 0, describe)?,
                // All of it was forgotten, or it never was.
                Presence::May if there == 0 && missing == 0 => {}
                Presence::May => {
                    ensure(there == 0 || missing == 0, describe)?;
                    if let Some(facts) = self.batches.get_mut(number) {
                        let (with, without) = &mut facts.seen;
                        if there > 0 {
                            *with = Some(with.map_or(answer.lsn, |w| w.min(answer.lsn)));
                        } else {
                            *without = Some(without.map_or(answer.lsn, |w| w.max(answer.lsn)));
                        }
                    }
                }
            }
        }
        Ok(found.into_keys().collect())
    }

    /// Rows by batch; each of them is checked by itself.
    pub(super) fn group(&self, answer: &Answer<'_>) -> Outcome<BTreeMap<usize, BTreeSet<i64>>> {
        let key_column = self.key(answer.table);
        let mut found: BTreeMap<usize, BTreeSet<i64>> = BTreeMap::new();
        for row in answer.rows {
            let Some(Cell::Int(key)) = row.get(&key_column) else {
                return Err(Failure::new(format!("a row without a key: {row:?}")));
            };
            let number = usize::try_from(key.div_euclid(BATCH)).unwrap_or(usize::MAX);
            let facts = self
                .batches
                .get(number)
                .filter(|facts| facts.table == answer.table && key.rem_euclid(BATCH) < facts.rows)
                .ok_or_else(|| Failure::new(format!("a row that was never written: {row:?}")))?;
            for (column, value) in row {
                let expected = cell(*key, column, facts.columns.contains(column));
                ensure(*value == expected, || {
                    format!("row {key}: `{column}` is {value:?} instead of {expected:?}")
                })?;
            }
            ensure(answer.filter.holds(*key), || {
                format!("row {key} was returned for {:?}", answer.filter)
            })?;
            ensure(found.entry(number).or_default().insert(*key), || {
                format!("row {key} was returned twice")
            })?;
        }
        Ok(found)
    }

    /// Checks everything that a store holds after it was opened at `at`.
    ///
    /// # Errors
    /// When something that was promised is missing, or something is there that
    /// cannot be.
    pub fn check_store(&mut self, seen: &mut Seen, at: At) -> Outcome {
        let durable = self.durable_at(at);
        ensure(seen.last_lsn >= durable, || {
            format!(
                "writes up to {durable} were promised to be on the disk, and the last one is {}",
                seen.last_lsn
            )
        })?;
        self.check_tables(&seen.tables, &self.standing(at), at)?;
        for table in &seen.tables {
            let Some(number) = table.number else { continue };
            let answer = Answer {
                table: number,
                lsn: seen.last_lsn,
                filter: &Filter::All,
                rows: &table.rows,
            };
            seen.batches.extend(self.check_answer(&answer, at)?);
            let key = self.key(number);
            let mut keys = keys(&table.rows, &key);
            let back = keys.find(|key| self.retention.is_gone(*key, at));
            ensure(back.is_none(), || {
                format!("a row of table {number} was forgotten, and is back: {back:?}")
            })?;
        }
        self.check_numbers(seen, at)
    }

    /// Which tables and columns must be there now, and which cannot be.
    #[must_use]
    pub fn standing(&self, at: At) -> Standing {
        let mut standing = Standing::default();
        for (number, facts) in self.tables.iter().enumerate() {
            if facts.dropped.is_some_and(|dropped| dropped.must(at)) {
                standing.gone.insert(number);
            }
            if facts.created.must(at) {
                let columns = facts.columns.iter().filter(|(_, change)| change.must(at));
                let columns = columns.map(|(name, _)| name.clone()).collect();
                standing.tables.insert(number, columns);
            }
        }
        standing
    }

    /// Checks which tables and columns a snapshot has that was taken between `before` and `at`; their
    /// rows are not looked at.
    ///
    /// # Errors
    /// When one is missing, or cannot be there.
    pub fn check_tables(&self, tables: &[SeenTable], before: &Standing, at: At) -> Outcome {
        for found in tables {
            let facts = found.number.and_then(|number| self.tables.get(number));
            let may = facts.is_some_and(|facts| {
                let gone = found.number.is_some_and(|n| before.gone.contains(&n));
                facts.name == found.name && !facts.never && facts.created.may(at) && !gone
            });
            ensure(may, || {
                format!("table `{}` cannot be there: {facts:?}", found.name)
            })?;
            for name in &found.columns {
                let mut columns = facts.iter().flat_map(|facts| &facts.columns);
                let may = columns.any(|(known, change)| known == name && change.may(at));
                ensure(may, || {
                    format!("column `{name}` of `{}` cannot be there", found.name)
                })?;
            }
        }
        for (number, columns) in &before.tables {
            let Some(facts) = self.tables.get(*number) else {
                continue;
            };
            let Some(found) = tables.iter().find(|t| t.number == Some(*number)) else {
                ensure(facts.dropped.is_some_and(|d| d.may(at)), || {
                    format!("table `{}` is not there: {facts:?}", facts.name)
                })?;
                continue;
            };
            for name in columns {
                ensure(found.columns.contains(name), || {
                    format!("column `{name}` of `{}` is not there", facts.name)
                })?;
            }
        }
        Ok(())
    }

    /// Every number up to the last one is a write: there are no holes.
    fn check_numbers(&self, seen: &Seen, at: At) -> Outcome {
        let (mut known, mut unknown, mut hidden) = (0, 0, 0);
        for (number, facts) in self.batches.iter().enumerate() {
            if facts.asked > at || facts.lost.is_some_and(|lost| lost <= at) {
                continue;
            }
            let visible = seen.tables.iter().any(|t| t.number == Some(facts.table));
            match facts.lsn {
                Some(lsn) => known += u64::from(lsn <= seen.last_lsn),
                None if visible && self.lasting(number, facts, at) > 0 => {
                    unknown += u64::from(seen.batches.contains(&number));
                }
                None => hidden += 1,
            }
        }
        let least = known + unknown;
        ensure((least..=least + hidden).contains(&seen.last_lsn), || {
            format!(
                "the last write is {}, but {known} known and {unknown} to {} other writes are there",
                seen.last_lsn,
                unknown + hidden
            )
        })
    }
}
