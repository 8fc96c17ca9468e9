//! A slice of the long run; `RELIABILITY_SECONDS` makes it longer.

mod count;

use std::time::Duration;

use thermocline_reliability::history;

#[test]
fn every_snapshot_is_a_prefix_of_the_writes_and_no_reader_goes_back() {
    let length = Duration::from_secs(count::of("RELIABILITY_SECONDS", 5));
    let report = history::run(1, length).unwrap();
    assert!(report.writes > 0 && report.snapshots > 0, "{report:?}");
}
