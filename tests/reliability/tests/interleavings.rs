//! A slice of the interleavings; `RELIABILITY_SEEDS` makes it longer.

mod count;

use thermocline_reliability::{campaign, interleavings};

#[test]
fn no_interleaving_breaks_a_promise() {
    let seeds = count::of("RELIABILITY_SEEDS", 40);
    campaign::seeds("interleave", 0..seeds, interleavings::run, |_, _| {}).unwrap();
}
