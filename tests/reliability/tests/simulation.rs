//! A slice of the seeds; `RELIABILITY_SEEDS` makes it longer.

mod count;

use thermocline_reliability::{campaign, simulation};

#[test]

fn no_seed_breaks_a_promise() {
    let seeds = count::of("RELIABILITY_SEEDS", 300);
    campaign::seeds(
        "simulate",
        0..seeds,
        |seed| simulation::run(seed, simulation::Options::default()).1,
        |_, ()| {},
    )
    .unwrap();
}

#[test]
fn the_same_seed_gives_the_same_run_to_the_last_byte() {
    let mut traces = std::collections::BTreeSet::new();
    for seed in 0..20 {
        let (first, _) = simulation::run(seed, simulation::Options::default());
        let (second, _) = simulation::run(seed, simulation::Options::default());
        assert_eq!(first, second, "seed {seed}");
        traces.insert(first.trace);
    }
    assert_eq!(traces.len(), 20, "different seeds give different runs");
}
