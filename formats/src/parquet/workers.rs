//! Work for several threads, whose outcome doesn't tell how many there were.

use std::cmp::Reverse;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use parking_lot::Mutex;

use crate::{Error, ErrorKind, Result};

/// Values below which threads cost more time than they save: a millisecond or a few.
const WORTH_IT: usize = 1 << 16;

/// How many of these threads so many values are worth.
pub(super) fn for_values(threads: usize, rows: usize, columns: usize) -> usize {
    if rows.saturating_mul(columns) < WORTH_IT {
        1
    } else {
        threads
    }
}

/// Does the work for each item, on up to this many threads, of which the caller's is one. The
/// heaviest items go first, so that no thread begins with a long one when the others are done.
///
/// Outcomes are in the order of the items. Of several failures the first item's is returned; a panic
/// is a failure.
pub(super) fn each<T: Send, R: Send>(
    threads: usize,
    items: Vec<T>,
    weight: impl Fn(&T) -> usize,
    work: impl Fn(T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    // What a piece of work leaves behind when it panics is not looked at again.
    let work =
        |item| catch_unwind(AssertUnwindSafe(|| work(item))).unwrap_or_else(|_| Err(panicked()));
    let others = threads.min(items.len()).saturating_sub(1);
    if others == 0 {
        return items.into_iter().map(work).collect();
    }
    let mut queue: Vec<_> = items.into_iter().enumerate().collect();
    // From its end on.
    queue.sort_by_cached_key(|(number, item)| (weight(item), Reverse(*number)));
    let outcomes = Mutex::new(Vec::with_capacity(queue.len()));
    let queue = Mutex::new(queue);
    let worker = || {
        loop {
            let next = queue.lock().pop();
            let Some((number, item)) = next else { return };
            let outcome = work(item);
            outcomes.lock().push((number, outcome));
        }
    };
    thread::scope(|scope| {
        for _ in 0..others {
            let thread = thread::Builder::new().name("thermocline-encode".to_owned());
            // Where the system gives no more threads, those that there are do the work.
            if thread.spawn_scoped(scope, worker).is_err() {
                break;
            }
        }
        worker();
    });
    let mut outcomes = outcomes.into_inner();
    outcomes.sort_unstable_by_key(|(number, _)| *number);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

fn panicked() -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        "the rows can't be encoded: the encoder panicked; this is a defect, please report it \
         together with the columns' types",
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn outcomes_are_in_the_order_of_the_items_however_many_threads_there_are() {
        for threads in [0, 1, 2, 5, 100] {
            let squares = each(
                threads,
                (0..50_usize).collect(),
                |item| item % 7,
                |item| Ok(item * item),
            );
            let expected: Vec<_> = (0..50).map(|item| item * item).collect();
            assert_eq!(squares.unwrap(), expected, "{threads}");
        }
        let nothing = each(4, Vec::<usize>::new(), |_| 0, Ok);
        assert!(nothing.unwrap().is_empty());
    }

    #[test]
    fn threads_work_at_one_time_and_the_heaviest_items_go_first() {
        // None passes the barrier before all three are there.
        let barrier = Barrier::new(3);
        let began = Mutex::new(Vec::new());
        let names = each(
            3,
            vec![1_usize, 30, 2, 40, 50],
            |weight| *weight,
            |weight| {
                began.lock().push(weight);
                if weight >= 30 {
                    barrier.wait();
                }
                Ok(thread::current().id())
            },
        );
        let heavy: HashSet<_> = [1, 3, 4].map(|at| names.as_ref().unwrap()[at]).into();
        assert_eq!(heavy.len(), 3);
        let mut first = began.into_inner();
        first.truncate(3);
        first.sort_unstable();
        assert_eq!(first, [30, 40, 50]);
    }

    #[test]
    fn the_first_items_failure_is_returned_and_a_panic_is_one() {
        for threads in [1, 2, 5] {
            let run = |panics: usize, fails: usize| {
                let work = |item| {
                    assert_ne!(item, panics, "on purpose");
                    if item == fails {
                        return Err(Error::invalid("wrong"));
                    }
                    Ok(item)
                };
                // The later one is begun first.
                each(threads, (0..20).collect(), |item| *item, work)
                    .unwrap_err()
                    .to_string()
            };
            assert_eq!(run(12, 3), "wrong", "{threads}");
            assert!(run(3, 12).contains("panicked"), "{threads}");
        }
    }
}
