//! Ranges of bytes that lie near each other, read together.

use std::ops::Range;

use bytes::Bytes;
use object_store::{Error, Result};

/// The ranges that are asked for instead of these: in order, no two of them nearer to each
/// other than `gap` bytes.
pub(super) fn join(ranges: &[Range<u64>], gap: u64) -> Vec<Range<u64>> {
    let mut sorted = ranges.to_vec();
    sorted.retain(|range| range.start < range.end);
    sorted.sort_unstable_by_key(|range| range.start);
    let mut joined: Vec<Range<u64>> = Vec::new();
    for range in sorted {
        match joined.last_mut() {
            Some(last) if range.start <= last.end.saturating_add(gap) => {
                last.end = last.end.max(range.end);
            }
            _ => joined.push(range),
        }
    }
    joined
}

/// The bytes of `ranges` out of those of the ranges that [`join`] made of them.
pub(super) fn cut(
    ranges: &[Range<u64>],
    joined: &[Range<u64>],
    fetched: &[Bytes],
) -> Result<Vec<Bytes>> {
    let one = |range: &Range<u64>| {
        if range.start >= range.end {
            return Some(Bytes::new());
        }
        let at = joined
            .partition_point(|whole| whole.start <= range.start)
            .checked_sub(1)?;
        let (whole, bytes) = (joined.get(at)?, fetched.get(at)?);
        let from = usize::try_from(range.start.checked_sub(whole.start)?).ok()?;
        let to = usize::try_from(range.end.checked_sub(whole.start)?).ok()?;
        (to <= bytes.len()).then(|| bytes.slice(from..to))
    };
    ranges
        .iter()
        .map(|range| {
            one(range).ok_or_else(|| Error::Generic {
                store: "object store",
                source: format!("bytes {} to {} did not come", range.start, range.end).into(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_ranges_are_one_and_far_ones_are_not() {
        let ranges = [100..110, 0..10, 20..30, 5..8, 41..50, 7..7];
        assert_eq!(join(&ranges, 0), [0..10, 20..30, 41..50, 100..110]);
        assert_eq!(join(&ranges, 9), [0..10, 20..30, 41..50, 100..110]);
        assert_eq!(join(&ranges, 10), [0..30, 41..50, 100..110]);
        assert_eq!(join(&ranges, 11), [0..50, 100..110]);
        assert_eq!(join(&ranges, 49), [0..50, 100..110]);
        assert_eq!(join(&ranges, u64::MAX).len(), 1);
        assert!(join(&[], 9).is_empty());
    }

    #[test]
    fn every_range_gets_its_own_bytes() {
        let object: Vec<u8> = (0..=255).collect();
        let ranges = [100..110, 0..10, 20..30, 5..8, 41..50, 7..7, 250..256];
        for gap in [0, 10, 64, 1_000] {
            let joined = join(&ranges, gap);
            let place = |range: &Range<u64>| {
                usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()
            };
            let fetched: Vec<Bytes> = joined
                .iter()
                .map(|range| Bytes::copy_from_slice(&object[place(range)]))
                .collect();
            for (range, bytes) in ranges.iter().zip(cut(&ranges, &joined, &fetched).unwrap()) {
                assert_eq!(bytes, object[place(range)], "{range:?}, {gap}");
            }
            // A short answer is no answer.
            let short: Vec<Bytes> = fetched.iter().map(|b| b.slice(..b.len() - 1)).collect();
            cut(&ranges, &joined, &short).unwrap_err();
        }
    }
}
