//! The mover as a background task.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::Patience;
use crate::error::Error;
use crate::store::Core;

/// The shortest pause between rounds.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);

/// The longest pause after failures.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The running task; ends with the store.
#[derive(Debug)]
pub(crate) struct Background {
    core: Weak<Core>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Background {
    /// Starts the task on the current tokio runtime; without `run` there is no
    /// task, and the mover is stepped by hand.
    pub(crate) fn start(core: &Arc<Core>, run: bool) -> Self {
        let interval = core.settings.mover_interval.max(SHORTEST_PAUSE);
        let task = run.then(|| {
            let mover = Mover {
                core: Arc::downgrade(core),
                wake: Arc::clone(&core.wake),
            };
            tokio::spawn(mover.run(interval))
        });
        Self {
            core: Arc::downgrade(core),
            task: Mutex::new(task),
        }
    }

    /// Lets the task end the move that it is at, and waits for it.
    pub(crate) fn stop(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.tell();
            let task = self.task.lock().take();
            if let Some(task) = task {
                // A task that panicked has ended too.
                let _ = task.await;
            }
        })
    }

    fn tell(&self) {
        if let Some(core) = self.core.upgrade() {
            core.ending.store(true, Ordering::Release);
            core.wake.notify_one();
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.tell();
    }
}

struct Mover {
    /// Not a strong handle, or a forgotten store would never end.
    core: Weak<Core>,
    wake: Arc<Notify>,
}

impl Mover {
    async fn run(self, interval: Duration) {
        let mut pause = interval;
        loop {
            // Woken early or not, there is a round to do.
            let _ = tokio::time::timeout(pause, self.wake.notified()).await;
            let Some(core) = self.core.upgrade() else {
                return;
            };
            if core.ending.load(Ordering::Acquire) {
                return;
            }
            let round = AssertUnwindSafe(core.step(Patience::Waits)).catch_unwind();
            // A panic ends this round, as a caller who gives up would; the next one tries again.
            let round = round
                .await
                .unwrap_or_else(|_| Err(Error::bug("a round of the mover panicked")));
            if let Err(error) = &round {
                core.note_failure("background", "background work failed", error);
            }
            pause = next_pause(pause, interval, round.is_ok());
        }
    }
}

/// The pause behind a round: doubled after each failure, as it was before after a success.
fn next_pause(pause: Duration, interval: Duration, went_well: bool) -> Duration {
    if went_well {
        return interval;
    }
    pause.saturating_mul(2).min(LONGEST_PAUSE.max(interval))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_while_rounds_fail() {
        let interval = Duration::from_secs(2);
        let mut pause = interval;
        let pauses: Vec<u64> = [false, false, false, false, false, true, false]
            .into_iter()
            .map(|went_well| {
                pause = next_pause(pause, interval, went_well);
                pause.as_secs()
            })
            .collect();
        assert_eq!(pauses, [4, 8, 16, 30, 30, 2, 4]);
        let rare = Duration::from_secs(3_600);
        assert_eq!(next_pause(rare, rare, false), rare);
    }
}
