//! What policies may forget, what they have forgotten, and what is on hold.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::cold::Micros;
use super::marks::Marked;
use super::row::{BATCH, Cell, cell, keys};
use super::{Answer, At, BatchFacts, Model};

/// Time passes a little whenever somebody looks at the clock.
const SLACK: Micros = 1_000_000;

/// What is known of lifetimes.
#[derive(Debug, Clone, Default)]
pub struct RetentionFacts {
    /// In the order in which they were about to be set.
    policies: Vec<PolicyFacts>,
    /// Settings of policies that began or ended.
    moments: usize,
    /// The latest time that is known.
    now: Micros,
    /// Rows that were found to be forgotten, by key, and since when.
    gone: BTreeMap<i64, At>,
    /// Rows that were there when their partition was on hold, by table and what is held.
    kept: BTreeMap<(usize, Marked), Kept>,
    holds: usize,
}

/// A policy.
#[derive(Debug, Clone, Copy)]
struct PolicyFacts {
    /// Since when rows may be forgotten …
    since: At,
    /// … whose event is older than this.
    lifetime: Option<Duration>,
    /// When its setting began, in moments.
    began: usize,
    /// When its setting can no longer go on.
    ended: Option<usize>,
    /// Rows from this key on were written when another one was in force.
    until: Option<i64>,
}

/// What a hold keeps.
#[derive(Debug, Clone)]
struct Kept {
    /// Which of all holds it is.
    hold: usize,
    keys: BTreeSet<i64>,
}

impl RetentionFacts {
    /// A policy is about to be set that forgets what is older than this. Returns which it is.
    pub fn setting(&mut self, lifetime: Option<Duration>, at: At) -> usize {
        self.moments += 1;
        self.policies.push(PolicyFacts {
            since: at,
            lifetime,
            began: self.moments,
            ended: None,
            until: None,
        });
        self.policies.len() - 1
    }

    /// It is in force, and those before it are not: they forget no row with this key or a later one.
    fn set(&mut self, policy: usize, next_key: i64) {
        self.moments += 1;
        let Some(set) = self.policies.get_mut(policy) else {
            return;
        };
        set.ended = Some(self.moments);
        let began = set.began;
        let before = |policy: &&mut PolicyFacts| policy.ended.is_some_and(|ended| ended < began);
        for policy in self.policies.iter_mut().filter(before) {
            policy.until.get_or_insert(next_key);
        }
    }

    /// No call goes on any more.
    pub(super) fn settle(&mut self) {
        self.moments += 1;
        for policy in &mut self.policies {
            policy.ended.get_or_insert(self.moments);
        }
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
        let policies = self.policies.iter();
        let forgets = policies.filter(|p| p.since <= at && p.until.is_none_or(|until| key < until));
        let Some(lifetime) = forgets.filter_map(|policy| policy.lifetime).min() else {
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
        self.policies.iter_mut().for_each(|policy| policy.since = 0);
        self.gone.values_mut().for_each(|at| *at = 0);
    }
}

impl Model {
    /// A policy is in force now. Rows that are written from now on are not for those before it.
    pub fn policy_is_set(&mut self, policy: usize) {
        let next = i64::try_from(self.batches.len()).unwrap_or(i64::MAX);
        self.retention.set(policy, next.saturating_mul(BATCH));
    }

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
