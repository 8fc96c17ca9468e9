//! Group commit.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::BoxFuture;
use thermocline_formats::{PreparedFrame, SealedFrame};

use super::file::{Failure, LogWriter};
use super::leader::{Condition, Failed, Groups, Stopped, Turn};
use super::queue::Queued;
use crate::env::{Clock, Env};
use crate::error::{Error, ErrorKind, Result};
use crate::lsn::Lsn;
use crate::store::Held;

/// The log of the writing process.
#[derive(Debug)]
pub(crate) struct Log {
    env: Env,
    groups: Groups<SealedFrame, Files>,
    bytes: Arc<AtomicU64>,
}

/// What groups are written to.
#[derive(Debug)]
struct Files {
    writer: LogWriter,
    bytes: Arc<AtomicU64>,
    /// A group goes on when every handle of the store is gone.
    _lock: Arc<Held>,
}

impl Log {
    /// A log whose writes up to `durable` are on disk.
    pub(crate) fn new(env: &Env, writer: LogWriter, durable: Lsn, lock: Arc<Held>) -> Self {
        let bytes = Arc::new(AtomicU64::new(writer.bytes()));
        let files = Files {
            writer,
            bytes: Arc::clone(&bytes),
            _lock: lock,
        };
        Self {
            env: env.clone(),
            groups: Groups::new(files, durable),
            bytes,
        }
    }

    /// Queues a frame under its number. The caller holds the lock that orders
    /// the numbers.
    pub(crate) fn push(&self, lsn: Lsn, frame: PreparedFrame) {
        self.groups.push(lsn, frame.seal(lsn.0, self.durable().0));
    }

    /// The last number that is on disk.
    pub(crate) fn durable(&self) -> Lsn {
        self.groups.durable()
    }

    /// Bytes that wait to be written.
    pub(crate) fn queued_bytes(&self) -> usize {
        self.groups.queued_bytes()
    }

    /// Bytes on disk.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn condition(&self) -> Condition {
        self.groups.condition()
    }

    /// Refuses new writes while the log cannot keep them. A full disk is tried
    /// again first.
    pub(crate) async fn admit(&self, next: Lsn) -> Result<()> {
        if self.groups.admits()? {
            return Ok(());
        }
        self.wait(next.previous()).await
    }

    /// Waits until `lsn` is on disk, and sees to it.
    pub(crate) fn wait(&self, lsn: Lsn) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.groups.wait(lsn, |turn| self.lead(turn)))
    }

    /// Writes and syncs what is queued.
    async fn lead(&self, turn: Turn<SealedFrame, Files>) -> Result<()> {
        let clock = Arc::clone(&self.env.clock);
        self.env
            .blocking(move || turn.write(|files, frames| files.write(frames, &*clock)))
            .await
    }

    /// Takes no more writes and waits until the last is done.
    pub(crate) async fn close(&self) {
        self.groups.close().await;
    }

    /// Takes no more writes, because something else of the store is in an unknown
    /// state.
    pub(crate) fn poison(&self, why: &Error) {
        self.groups.poison(why.to_string());
    }

    /// Removes the files that hold nothing from `start` on. `during` is dropped
    /// when that is done, also when the caller gives up before.
    pub(crate) async fn trim(&self, start: Lsn, during: impl Send + 'static) -> Result<()> {
        let turn = self.groups.turn().await;
        let durable = self.durable();
        self.env
            .blocking(move || {
                turn.tidy(move |files| {
                    let outcome = files.trim(start, durable);
                    drop(during);
                    outcome
                })
            })
            .await
    }
}

impl Files {
    fn write(
        &mut self,
        frames: &VecDeque<(Lsn, SealedFrame)>,
        clock: &dyn Clock,
    ) -> Result<(), Failed<Error>> {
        let started = clock.elapsed();
        let outcome = self.writer.write(frames);
        self.bytes.store(self.writer.bytes(), Ordering::Relaxed);
        match outcome {
            Ok(()) => {
                metrics::counter!("thermocline_log_groups_total").increment(1);
                metrics::counter!("thermocline_log_frames_total").increment(frames.len() as u64);
                metrics::histogram!("thermocline_log_group_seconds")
                    .record((clock.elapsed().saturating_sub(started)).as_secs_f64());
                Ok(())
            }
            Err(failure) => {
                metrics::counter!("thermocline_errors_total", "where" => "log").increment(1);
                Err(match failure {
                    Failure::Clean(error) if error.kind() == ErrorKind::Full => Failed::Full(error),
                    Failure::Clean(error) | Failure::Unknown(error) => {
                        Failed::Unknown(error.with_kind(ErrorKind::Poisoned))
                    }
                })
            }
        }
    }

    fn trim(&mut self, start: Lsn, durable: Lsn) -> Result<()> {
        let outcome = self.writer.trim(start, durable);
        self.bytes.store(self.writer.bytes(), Ordering::Relaxed);
        outcome
    }
}

impl Queued for SealedFrame {
    fn bytes(&self) -> usize {
        self.len()
    }
}

impl From<Stopped> for Error {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Poisoned(why) => Self::new(
                ErrorKind::Poisoned,
                format!(
                    "the store takes no more writes after a failure ({why}); close the store and open it again"
                ),
            ),
            Stopped::Closed => Self::closed(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Queued for () {
        fn bytes(&self) -> usize {
            1
        }
    }

    #[tokio::test]
    async fn a_write_that_panics_poisons_the_log() {
        let groups = Groups::new((), Lsn::ZERO);
        groups.push(Lsn(1), ());
        let turn = groups.turn().await;
        let waiter = groups.wait(Lsn(1), |turn| async move {
            turn.write(|(), _| Ok::<_, Failed<Error>>(()))
        });
        let panicking = async move {
            let write = move || turn.write::<Error>(|(), _| panic!("on purpose"));
            std::thread::spawn(write).join().unwrap_err();
        };
        let (outcome, ()) = futures::future::join(waiter, panicking).await;
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Poisoned);
        assert_eq!(groups.durable(), Lsn::ZERO);
    }
}
