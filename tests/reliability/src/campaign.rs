//! Many runs, on every core, and how to replay the one that fails.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::failure::{Failure, Outcome};

/// Runs every seed; a panic is a failure like any other. Stops at the first
/// failure, whose message holds the command that replays it.
///
/// # Errors
/// The first failure.
pub fn seeds<T: Send>(
    command: &str,
    seeds: Range<u64>,
    run: impl Fn(u64) -> Outcome<T> + Sync,
    each: impl FnMut(u64, T) + Send,
) -> Outcome {
    let named = |seed| {
        run(seed).map_err(|failure: Failure| {
            failure.at(format!(
                "seed {seed}, to be replayed with `cargo run --release -p thermocline-reliability -- {command} --seed {seed}`"
            ))
        })
    };
    all(seeds, named, each)
}

/// Runs all of a range on every core. Of several failures the one of the least
/// number is returned.
///
/// # Errors
/// When a run fails or panics.
pub fn all<T: Send>(
    numbers: Range<u64>,
    run: impl Fn(u64) -> Outcome<T> + Sync,
    each: impl FnMut(u64, T) + Send,
) -> Outcome {
    let next = AtomicU64::new(numbers.start);
    let failed: Mutex<Option<(u64, Failure)>> = Mutex::new(None);
    let each = Mutex::new(each);
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= numbers.end || failed.lock().is_some() {
                return;
            }
            match caught(|| run(number)) {
                Ok(done) => each.lock()(number, done),
                Err(failure) => {
                    let mut failed = failed.lock();
                    if failed.as_ref().is_none_or(|(first, _)| number < *first) {
                        *failed = Some((number, failure));
                    }
                }
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    failed
        .into_inner()
        .map_or(Ok(()), |(_, failure)| Err(failure))
}

/// A panic as a failure.
///
/// # Errors
/// What the run returns, or that it panicked.
pub fn caught<T>(run: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(Failure::new(format!(
            "it panicked: {}",
            text.unwrap_or_default()
        )))
    })
}
