//! Tables of segments, and the log of their accesses. Times are seconds since the store began.

use thermocline_policy::{Timestamp, trace::Request};

pub(super) const MINUTE: u64 = 60;
pub(super) const HOUR: u64 = 60 * MINUTE;
pub(super) const DAY: u64 = 24 * HOUR;
pub(super) const KIB: u64 = 1 << 10;
pub(super) const MIB: u64 = 1 << 20;

/// Monday, 5 January 2026, 00:00 UTC.
const BEGINNING: u64 = 1_767_571_200;

#[derive(Debug, Clone, Copy)]
pub(super) struct Segment {
    object: u64,
    pub(super) bytes: u64,
    /// Its rows' times: from, and before.
    from: u64,
    to: u64,
    /// When it came, and when it was replaced.
    born: u64,
    gone: u64,
}

/// One table; its segments' numbers begin with the table's.
#[derive(Debug)]
pub(super) struct Table {
    number: u64,
    segments: Vec<Segment>,
}

impl Table {
    pub(super) fn new(number: u64) -> Self {
        Self {
            number,
            segments: Vec::new(),
        }
    }

    /// A segment of rows from `from` before `to`, from `born` on.
    pub(super) fn add(&mut self, from: u64, to: u64, born: u64, bytes: u64) {
        self.segments.push(Segment {
            object: (self.number << 32) + self.segments.len() as u64,
            bytes,
            from,
            to,
            born,
            gone: u64::MAX,
        });
    }

    /// What lies within is replaced at `now`.
    pub(super) fn replace(&mut self, from: u64, to: u64, now: u64) {
        for segment in &mut self.segments {
            if segment.from >= from && segment.to <= to && segment.gone == u64::MAX {
                segment.gone = now;
            }
        }
    }

    /// The segment of this place.
    pub(super) fn segment(&self, place: u64) -> Option<&Segment> {
        self.segments.get(usize::try_from(place).ok()?)
    }
}

/// The accesses, in any order until the end.
#[derive(Debug, Default)]
pub(super) struct Log(Vec<Request>);

impl Log {
    /// Reads what a table has of these times.
    pub(super) fn range(&mut self, now: u64, table: &Table, from: u64, to: u64) {
        for segment in &table.segments {
            let there = segment.born <= now && now < segment.gone;
            if there && segment.from < to && from < segment.to {
                self.segment(now, segment);
            }
        }
    }

    /// Reads the last so many seconds.
    pub(super) fn last(&mut self, now: u64, table: &Table, seconds: u64) {
        self.range(now, table, now.saturating_sub(seconds), now);
    }

    /// Reads all of a table.
    pub(super) fn all(&mut self, now: u64, table: &Table) {
        self.range(now, table, 0, u64::MAX);
    }

    /// Reads one segment.
    pub(super) fn segment(&mut self, now: u64, segment: &Segment) {
        let micros = (BEGINNING + now).saturating_mul(1_000_000);
        let time = Timestamp(i64::try_from(micros).unwrap_or(i64::MAX));
        self.0
            .push(Request::new(segment.object, segment.bytes).at(time));
    }

    /// The trace, by time.
    pub(super) fn finish(mut self) -> Vec<Request> {
        self.0.sort_by_key(|request| request.time);
        self.0
    }
}

/// Whether people are at work: Monday to Friday from eight to six.
pub(super) fn office_hours(now: u64) -> bool {
    let (day, hour) = (now / DAY % 7, now % DAY / HOUR);
    day < 5 && (8..18).contains(&hour)
}
