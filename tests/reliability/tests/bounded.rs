//! Memory, files and mappings stay within what is stated.

use std::path::Path;

use thermocline_reliability::bounded;

#[test]
fn a_store_eight_times_its_budget_stays_within_it_and_a_constant() {
    let program = Path::new(env!("CARGO_BIN_EXE_thermocline-reliability"));
    let report = bounded::run(program).unwrap();
    println!("{report:?}");
    assert_eq!(report.rows, bounded::DATA * 32_768);
}
