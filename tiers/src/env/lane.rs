//! Threads of their own for short blocking work.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::{Env, Offload};
use crate::error::{Error, Result};

type Work = Box<dyn FnOnce() + Send>;

/// Threads that do nothing else than short pieces of blocking work.
///
/// Scans hold blocking threads of the runtime while they wait for such work; if it waited for
/// one of those too, and scans held them all, nobody could go on.
#[derive(Debug)]
pub(crate) struct Lane {
    env: Env,
    name: &'static str,
    threads: usize,
    queue: OnceLock<Option<Sender<Work>>>,
}

impl Lane {
    /// Threads with this name, which are started when they are first needed and end with the
    /// lane.
    pub(crate) fn new(env: &Env, name: &'static str, threads: usize) -> Self {
        Self {
            env: env.clone(),
            name,
            threads,
            queue: OnceLock::new(),
        }
    }

    /// Runs the work there; in environments without threads, where those want it.
    pub(crate) async fn run<T, F>(&self, work: F) -> Result<T>
    where
        F: FnOnce() -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        if !matches!(self.env.offload, Offload::Threads) {
            return self.env.blocking(work).await;
        }
        let Some(queue) = self.queue.get_or_init(|| self.start()) else {
            return work();
        };
        let (send, receive) = tokio::sync::oneshot::channel();
        let work: Work = Box::new(move || {
            // A caller that gave up does not want the answer.
            let _ = send.send(work());
        });
        if queue.send(work).is_err() {
            return Err(Error::bug("a thread for short work has ended"));
        }
        receive
            .await
            .map_err(|_| Error::bug("a piece of short work panicked"))?
    }

    /// `None` if the system gives no thread.
    fn start(&self) -> Option<Sender<Work>> {
        let (send, receive) = channel::<Work>();
        let receive = Arc::new(Mutex::new(receive));
        let started = (0..self.threads)
            .map_while(|_| {
                let work = Arc::clone(&receive);
                let thread = std::thread::Builder::new().name(self.name.to_owned());
                thread.spawn(move || serve(&work)).ok()
            })
            .count();
        (started > 0).then_some(send)
    }
}

fn serve(queue: &Mutex<Receiver<Work>>) {
    loop {
        let next = queue.lock().recv();
        let Ok(work) = next else { return };
        // A panic ends this piece of work, and its caller is told; the thread goes on.
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One blocking thread, which waits for the lane: with its work on the same threads, this
    /// would never end.
    #[test]
    fn work_goes_on_while_all_blocking_threads_wait_for_it() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .max_blocking_threads(1)
            .build()
            .unwrap();
        let lane = Arc::new(Lane::new(&Env::real(), "lane", 1));
        let waiting = Arc::clone(&lane);
        let answer = runtime.block_on(async move {
            let handle = tokio::runtime::Handle::current();
            let held = tokio::task::spawn_blocking(move || {
                handle.block_on(waiting.run(|| Ok(std::thread::current().name() == Some("lane"))))
            });
            held.await.unwrap()
        });
        assert!(answer.unwrap());
    }

    #[tokio::test]
    async fn a_panic_is_an_error_of_its_caller_alone() {
        let lane = Lane::new(&Env::real(), "lane", 1);
        assert!(
            lane.run(|| -> Result<()> { panic!("on purpose") })
                .await
                .is_err()
        );
        assert_eq!(lane.run(|| Ok(7)).await.unwrap(), 7);
    }
}
