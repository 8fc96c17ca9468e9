//! Many seeds, and how to replay the one that fails.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::failure::{Failure, Outcome};

/// Runs every seed; a panic is a failure like any other. Stops at the first,
/// whose message holds the command that replays it.
///
/// # Errors
/// The first failure.
pub fn seeds<T>(
    command: &str,
    seeds: Range<u64>,
    run: impl Fn(u64) -> Outcome<T>,
    mut each: impl FnMut(u64, T),
) -> Outcome {
    for seed in seeds {
        let outcome = catch_unwind(AssertUnwindSafe(|| run(seed)));
        let outcome = outcome.unwrap_or_else(|panic| {
            let text = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Err(Failure::new(format!(
                "it panicked: {}",
                text.unwrap_or_default()
            )))
        });
        match outcome {
            Ok(done) => each(seed, done),
            Err(failure) => {
                return Err(failure.at(format!(
                    "seed {seed}, to be replayed with `cargo run --release -p thermocline-reliability -- {command} --seed {seed}`"
                )));
            }
        }
    }
    Ok(())
}
