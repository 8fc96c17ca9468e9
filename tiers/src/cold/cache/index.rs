//! Which ranges are there, and which of them was used last.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

/// A range of an object, by the object's digest and where it starts.
type At = (u64, u64);

#[derive(Debug)]
struct Piece {
    end: u64,
    /// Of its file.
    bytes: u64,
    /// When it was used, in uses.
    used: u64,
}

/// The ranges that are on disk, as far as this process knows.
#[derive(Debug, Default)]
pub(super) struct Index {
    objects: HashMap<u64, BTreeMap<u64, Piece>>,
    by_use: BTreeMap<u64, At>,
    uses: u64,
    bytes: u64,
}

impl Index {
    /// Bytes of all files.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many uses there were.
    pub(super) fn uses(&self) -> u64 {
        self.uses
    }

    fn next_use(&mut self) -> u64 {
        self.uses += 1;
        self.uses
    }

    /// Adds a range as the one that was used last. One with the same start is replaced; its
    /// range is the answer if it had another end, and so another file.
    pub(super) fn insert(
        &mut self,
        digest: u64,
        range: Range<u64>,
        bytes: u64,
    ) -> Option<Range<u64>> {
        let used = self.next_use();
        let piece = Piece {
            end: range.end,
            bytes,
            used,
        };
        self.bytes += bytes;
        self.by_use.insert(used, (digest, range.start));
        let pieces = self.objects.entry(digest).or_default();
        let old = pieces.insert(range.start, piece)?;
        self.bytes -= old.bytes;
        self.by_use.remove(&old.used);
        (old.end != range.end).then_some(range.start..old.end)
    }

    pub(super) fn remove(&mut self, digest: u64, start: u64) {
        let Some(pieces) = self.objects.get_mut(&digest) else {
            return;
        };
        if let Some(old) = pieces.remove(&start) {
            self.bytes -= old.bytes;
            self.by_use.remove(&old.used);
        }
        if pieces.is_empty() {
            self.objects.remove(&digest);
        }
    }

    pub(super) fn contains(&self, digest: u64, range: &Range<u64>) -> bool {
        let piece = self.objects.get(&digest).and_then(|p| p.get(&range.start));
        piece.is_some_and(|piece| piece.end == range.end)
    }

    /// The ranges that have something of `range`, in order, now used last.
    pub(super) fn over(&mut self, digest: u64, range: &Range<u64>) -> Vec<Range<u64>> {
        let Some(pieces) = self.objects.get(&digest) else {
            return Vec::new();
        };
        let before = pieces.range(..=range.start).next_back();
        let within = pieces.range(range.start.saturating_add(1)..range.end.max(range.start + 1));
        let found: Vec<Range<u64>> = before
            .into_iter()
            .chain(within)
            .map(|(start, piece)| *start..piece.end)
            .filter(|piece| piece.end > range.start && piece.start < range.end)
            .collect();
        for piece in &found {
            self.touch(digest, piece.start);
        }
        found
    }

    fn touch(&mut self, digest: u64, start: u64) {
        let used = self.next_use();
        let pieces = self.objects.get_mut(&digest);
        if let Some(piece) = pieces.and_then(|pieces| pieces.get_mut(&start)) {
            self.by_use.remove(&piece.used);
            piece.used = used;
            self.by_use.insert(used, (digest, start));
        }
    }

    /// Takes ranges out, the one that was used longest ago first, until no more than `budget`
    /// bytes are left.
    pub(super) fn shrink(&mut self, budget: u64) -> Vec<(u64, Range<u64>)> {
        let mut gone = Vec::new();
        while self.bytes > budget {
            let Some((_, (digest, start))) = self.by_use.pop_first() else {
                break;
            };
            let piece = self.objects.get(&digest).and_then(|p| p.get(&start));
            if let Some(piece) = piece {
                gone.push((digest, start..piece.end));
            }
            self.remove(digest, start);
        }
        gone
    }

    /// Takes every range of an object out.
    pub(super) fn forget(&mut self, digest: u64) -> Vec<Range<u64>> {
        let pieces = self.objects.remove(&digest).unwrap_or_default();
        let mut gone = Vec::with_capacity(pieces.len());
        for (start, piece) in pieces {
            self.bytes -= piece.bytes;
            self.by_use.remove(&piece.used);
            gone.push(start..piece.end);
        }
        gone
    }

    /// Takes note of what is on disk, oldest first: what is not known yet is added, what is
    /// not there any more taken out, unless it was used after `began`: it may have come while
    /// the disk was looked at. Of two that start at one place the later one stays, and the
    /// other is in the answer.
    pub(super) fn follow(
        &mut self,
        on_disk: &[(u64, Range<u64>, u64)],
        began: u64,
    ) -> Vec<(u64, Range<u64>)> {
        let there: std::collections::HashSet<(u64, u64, u64)> = on_disk
            .iter()
            .map(|(digest, range, _)| (*digest, range.start, range.end))
            .collect();
        let gone: Vec<At> = self
            .objects
            .iter()
            .flat_map(|(digest, pieces)| {
                let there = &there;
                pieces
                    .iter()
                    .filter(move |(start, piece)| {
                        piece.used <= began && !there.contains(&(*digest, **start, piece.end))
                    })
                    .map(move |(start, _)| (*digest, *start))
            })
            .collect();
        for (digest, start) in gone {
            self.remove(digest, start);
        }
        let mut replaced = Vec::new();
        for (digest, range, bytes) in on_disk {
            if !self.contains(*digest, range) {
                let old = self.insert(*digest, range.clone(), *bytes);
                replaced.extend(old.map(|old| (*digest, old)));
            }
        }
        replaced
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_longest_ago_leaves_first() {
        let mut index = Index::default();
        for start in 0..5 {
            assert_eq!(index.insert(1, start * 10..start * 10 + 10, 100), None);
        }
        assert_eq!(index.bytes(), 500);
        assert_eq!(index.over(1, &(0..5)), vec![0..10]);
        assert_eq!(index.over(1, &(25..26)), vec![20..30]);
        assert_eq!(index.shrink(300), [(1, 10..20), (1, 30..40)]);
        assert_eq!(index.shrink(100), [(1, 40..50), (1, 0..10)]);
        assert_eq!(index.bytes(), 100);
        assert_eq!(index.forget(1), vec![20..30]);
        assert_eq!(index.bytes(), 0);
        assert!(index.shrink(0).is_empty());
    }

    #[test]
    fn ranges_that_overlap_are_found() {
        let mut index = Index::default();
        index.insert(1, 0..10, 1);
        index.insert(1, 10..20, 1);
        index.insert(1, 30..40, 1);
        index.insert(2, 0..40, 1);
        assert_eq!(index.over(1, &(5..35)), [0..10, 10..20, 30..40]);
        assert_eq!(index.over(1, &(10..20)), vec![10..20]);
        assert!(index.over(1, &(20..30)).is_empty());
        assert!(index.over(3, &(0..10)).is_empty());
        // The same start with another end is another file.
        assert_eq!(index.insert(1, 10..25, 2), Some(10..20));
        assert_eq!(index.insert(1, 10..25, 2), None);
        assert_eq!(index.bytes(), 5);
    }

    #[test]
    fn the_disk_is_followed() {
        let mut index = Index::default();
        index.insert(1, 0..10, 5);
        index.insert(1, 10..20, 5);
        let began = index.uses();
        index.insert(3, 0..10, 5);
        index.follow(&[(1, 10..20, 5), (2, 0..7, 9)], began);
        assert_eq!(
            index.forget(3),
            vec![0..10],
            "came while the disk was looked at"
        );
        assert_eq!(index.bytes(), 14);
        assert!(!index.contains(1, &(0..10)));
        assert!(index.contains(2, &(0..7)));
        assert_eq!(index.shrink(0), [(1, 10..20), (2, 0..7)]);
    }
}
