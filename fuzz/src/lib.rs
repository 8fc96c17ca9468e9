//! The targets of `thermocline-reliability`, for cargo-fuzz.

use thermocline_reliability::fuzz;

/// Runs one input of a target.
///
/// # Panics
///
/// When the input breaks something.
pub fn run(target: &str, input: &[u8]) {
    let target = fuzz::target(target).expect("a target of this name");
    if let Err(failure) = (target.run)(input) {
        panic!("{failure}");
    }
}
