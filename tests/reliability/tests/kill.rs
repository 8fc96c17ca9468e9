//! A slice of the kills; `RELIABILITY_KILLS` makes it longer.

mod count;

use std::path::Path;

use thermocline_reliability::{campaign, kill};

#[test]
fn a_killed_process_loses_nothing_that_had_a_receipt() {
    let kills = count::of("RELIABILITY_KILLS", 60);
    let program = Path::new(env!("CARGO_BIN_EXE_thermocline-reliability"));
    let mut total = kill::Report::default();
    campaign::seeds(
        "kill",
        0..kills.div_ceil(kill::LIVES),
        |seed| kill::run(program, seed),
        |_, report| {
            total.kills += report.kills;
            total.receipts += report.receipts;
        },
    )
    .unwrap();
    assert!(
        total.kills >= kills && total.receipts > 0,
        "children were killed before they did anything: {total:?}"
    );
}
