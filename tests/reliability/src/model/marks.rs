//! Pins and holds.

use std::collections::BTreeMap;

use thermocline_tiers::{SegmentFacts, Tier};

use super::Model;
use crate::failure::{Outcome, ensure};

/// What a mark is on, within one table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Marked {
    /// A partition, by its path.
    Partition(String),
    /// A segment, by its identifier.
    Segment(String),
}

/// Pins or holds, by table and what they are on.
#[derive(Debug, Clone)]
pub struct MarkFacts<T> {
    marks: BTreeMap<(usize, Marked), State<T>>,
}

impl<T> Default for MarkFacts<T> {
    fn default() -> Self {
        Self {
            marks: BTreeMap::new(),
        }
    }
}

/// One of them.
#[derive(Debug, Clone)]
struct State<T> {
    /// What it is, if that is known.
    is: Option<T>,
    /// Calls under way that change it.
    changing: usize,
    /// Whether several did at the same time, so that nobody knows which was the last.
    muddled: bool,
}

impl<T: Default + Clone> MarkFacts<T> {
    /// A call is about to change it.
    pub fn begin(&mut self, table: usize, on: &Marked) {
        let state = self.state(table, on);
        state.is = None;
        state.muddled = state.changing > 0;
        state.changing += 1;
    }

    /// The call is over; `is` is what it was changed into, if that is known.
    pub fn end(&mut self, table: usize, on: &Marked, is: Option<T>) {
        let state = self.state(table, on);
        state.changing = state.changing.saturating_sub(1);
        state.is = is.filter(|_| !state.muddled);
        if state.changing == 0 {
            state.muddled = false;
        }
    }

    fn state(&mut self, table: usize, on: &Marked) -> &mut State<T> {
        let state = self.marks.entry((table, on.clone()));
        state.or_insert_with(|| State {
            is: Some(T::default()),
            changing: 0,
            muddled: false,
        })
    }

    /// What it is; `None` if that is not known.
    #[must_use]
    pub fn get(&self, table: usize, on: Marked) -> Option<T> {
        match self.marks.get(&(table, on)) {
            None => Some(T::default()),
            Some(state) => state.is.clone(),
        }
    }
}

impl Model {
    /// Checks what the policy is told of a segment's marks.
    ///
    /// # Errors
    /// When a mark is missing, or one is there that nobody made.
    pub fn check_marks(&self, table: usize, facts: &SegmentFacts) -> Outcome {
        let segment = Marked::Segment(facts.segment.to_string());
        let partition = Marked::Partition(facts.partition.clone());
        let holds = [&segment, &partition].map(|on| self.holds.get(table, on.clone()));
        let hold = match holds {
            [Some(true), _] | [_, Some(true)] => Some(true),
            [Some(false), Some(false)] => Some(false),
            _ => None,
        };
        ensure(hold.is_none_or(|hold| hold == facts.hold), || {
            format!("of table {table}, a hold is {hold:?}, and the policy is told {facts:?}")
        })?;
        let pin: Option<Option<Tier>> = match self.pins.get(table, segment) {
            Some(None) => self.pins.get(table, partition),
            known => known,
        };
        ensure(pin.is_none_or(|pin| pin == facts.pin), || {
            format!("of table {table}, a pin is {pin:?}, and the policy is told {facts:?}")
        })
    }
}
