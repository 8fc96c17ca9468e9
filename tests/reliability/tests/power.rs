//! A slice of the power cuts; `RELIABILITY_IMAGES` makes it longer.

mod count;

use thermocline_reliability::{campaign, power};

#[test]
fn after_a_power_cut_at_any_step_all_that_was_promised_is_there() {
    let images = count::of("RELIABILITY_IMAGES", 2_000);
    campaign::seeds(
        "power-cut --images 100",
        0..images.div_ceil(100),
        |seed| power::run(seed, 100),
        |_, _| {},
    )
    .unwrap();
}
