//! Every input of the corpora, and a second of mutations of each.

use std::path::Path;
use std::time::Duration;

use thermocline_reliability::fuzz;

#[test]
fn no_input_breaks_a_target() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    for target in fuzz::TARGETS {
        assert!(
            fuzz::replay(&target, &corpora).unwrap() > 0,
            "{}",
            target.name
        );
        let runs = fuzz::hunt(&target, &corpora, 1, Duration::from_secs(1)).unwrap();
        assert!(runs > 0);
    }
}
