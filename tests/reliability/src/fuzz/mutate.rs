//! Inputs made of other inputs.

use thermocline_testing::Random;

/// Longer inputs are cut.
const LONGEST: usize = 64 << 10;

/// A new input: one of the corpus with a few changes.
pub(super) fn next(corpus: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let pick = |random: &mut Random| corpus.get(random.below(corpus.len()));
    let mut input = pick(random).cloned().unwrap_or_default();
    for _ in 0..=random.below(6) {
        let other = pick(random).map(Vec::as_slice).unwrap_or_default();
        change(&mut input, other, random);
    }
    input.truncate(LONGEST);
    input
}

fn change(input: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let at = random.below(input.len());
    match random.below(9) {
        0 | 1 => {
            if let Some(byte) = input.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        2 => {
            if let Some(byte) = input.get_mut(at) {
                *byte = random.bits().to_le_bytes()[0];
            }
        }
        // Lengths, counts and offsets are the numbers that matter.
        3 | 4 => {
            let width = 1 << random.below(4);
            let number = random.awkward().to_le_bytes();
            let place = input.iter_mut().skip(at).take(width);
            place.zip(number).for_each(|(byte, new)| *byte = new);
        }
        5 => input.truncate(at),
        6 => {
            let len = random.below(16).min(input.len() - at);
            input.drain(at..at + len);
        }
        7 => {
            let len = random.below(32).min(input.len() - at);
            let again: Vec<u8> = input.iter().skip(at).take(len).copied().collect();
            input.splice(at..at, again);
        }
        _ => {
            let start = random.below(other.len());
            let len = random.below(other.len() - start.min(other.len()) + 1);
            let end = input.len().min(at + if random.one_in(2) { len } else { 0 });
            let part = other.iter().skip(start).take(len).copied();
            input.splice(at.min(end)..end, part);
        }
    }
}
