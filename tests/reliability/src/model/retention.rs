//! What policies may forget, what they have forgotten, and what is on hold.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::cold::Micros;
use super::marks::Marked;
use super::row::{Cell, cell, keys};
use super::{Answer, At, BatchFacts, Model};

/// Time passes a little whenever somebody looks at the clock.
const SLACK: Micros = 1_000_000;

/// What is known of lifetimes.
#[derive(Debug, Clone, Default)]
pub struct RetentionFacts {
    /// Since when rows may be forgotten whose event is older than this.
    lifetimes: Vec<(At, Duration)>,
    /// The latest time that is known.
    now: Micros,
    /// Rows that were found to be forgotten, by key, and since when.
    gone: BTreeMap<i64, At>,
    /// Rows that were there when their partition was on hold, by table and what is held.
    kept: BTreeMap<(usize, Marked), Kept>,
    holds: usize,
}

/// What a hold keeps.
#[derive(Debug, Clone)]
struct Kept {
    /// Which of all holds it is.
    hold: usize,
    keys: BTreeSet<i64>,
}

impl RetentionFacts {
    /// A policy is about to be set that forgets what is older than this.
    pub fn limit(&mut self, lifetime: Duration, at: At) {
        self.lifetimes.push((at, lifetime));
    }

    /// Time has passed.
    pub fn pass(&mut self, now: Micros) {
        self.now = self.now.max(now);
    }

    /// A partition was put on hold. Returns which hold it is.
    pub fn hold(&mut self, table: usize, on: &Marked) -> usize {
        self.holds += 1;
        let kept = Kept {
            hold: self.holds,
            keys: BTreeSet::new(),
        };
        self.kept.insert((table, on.clone()), kept);
        self.holds
    }

    /// These rows were there under a hold.
    pub fn keep(&mut self, table: usize, on: &Marked, hold: usize, keys: BTreeSet<i64>) {
        let kept = self.kept.get_mut(&(table, on.clone()));
        if let Some(kept) = kept.filter(|kept| kept.hold == hold) {
            kept.keys = keys;
        }
    }

    /// The hold may end at any time.
    pub fn let_go(&mut self, table: usize, on: &Marked) {
        self.kept.remove(&(table, on.clone()));
    }

    /// Whether a row was found to be forgotten before.
    #[must_use]
    pub fn is_gone(&self, key: i64, at: At) -> bool {
        self.gone.get(&key).is_some_and(|since| *since <= at)
    }

    /// Whether a row of a table with event times may be forgotten.
    fn has_expired(&self, key: i64, at: At) -> bool {
        let limits = self.lifetimes.iter().filter(|(since, _)| *since <= at);
        let Some(lifetime) = limits.map(|(_, lifetime)| *lifetime).min() else {
            return false;
        };
        let Cell::Int(event) = cell(key, "at", true) else {
            return false;
        };
        let age = (self.now + SLACK).saturating_sub(event);
        u128::try_from(age).is_ok_and(|age| age > lifetime.as_micros())
    }

    /// On a new disk, what was true before is true from the start.
    pub(super) fn rebase(&mut self) {
        self.lifetimes.iter_mut().for_each(|(at, _)| *at = 0);
        self.gone.values_mut().for_each(|at| *at = 0);
    }
}

impl Model {
    /// Whether a row that was written may be forgotten. One that was there when its partition was
    /// put on hold may not.
    #[must_use]
    pub fn may_be_gone(&self, table: usize, key: i64, at: At) -> bool {
        let facts = self.tables.get(table);
        let held = || {
            let mut kept = self.retention.kept.iter();
            kept.any(|((held, _), kept)| *held == table && kept.keys.contains(&key))
        };
        facts.is_some_and(|facts| facts.event_time)
            && self.retention.has_expired(key, at)
            && !held()
    }

    /// How many rows of a batch may not be forgotten.
    pub(super) fn lasting(&self, number: usize, batch: &BatchFacts, at: At) -> usize {
        let lasts = |key: &i64| !self.may_be_gone(batch.table, *key, at);
        batch.keys(number).filter(lasts).count()
    }

    /// Remembers which rows the store did not have any more: they do not come back with it.
    pub fn note_gone(&mut self, answer: &Answer<'_>, at: At) {
        let (table, last) = (answer.table, answer.lsn);
        let column = self.key(table);
        let there: BTreeSet<i64> = keys(answer.rows, &column).collect();
        let written = |batch: &BatchFacts| {
            batch.table == table && batch.lost.is_none() && batch.lsn.is_some_and(|lsn| lsn <= last)
        };
        let batches = self.batches.iter().enumerate();
        for (number, batch) in batches.filter(|(_, batch)| written(batch)) {
            let asked_for = batch.keys(number).filter(|key| answer.filter.holds(*key));
            for key in asked_for.filter(|key| !there.contains(key)) {
                self.retention.gone.entry(key).or_insert(at);
            }
        }
    }
}
