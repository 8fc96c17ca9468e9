//! Every planted bug is found.

use thermocline_reliability::planted::{Lie, hunt};

#[test]
fn every_planted_bug_is_found() {
    for lie in Lie::ALL {
        let (seeds, failure) = hunt(lie, 1000).unwrap();
        println!("{lie:?} was found by seed {}: {failure}", seeds - 1);
    }
}
