//! Waiting for a future on a plain thread.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Drives `future` to its end on this thread, inside `runtime` when there is
/// one, because network clients look for it.
///
/// Unlike tokio's and futures' own, this never panics when it is nested; that
/// matters on DuckDB's threads, where nobody knows who called.
pub(crate) fn block_on<F: Future>(
    runtime: Option<&tokio::runtime::Handle>,
    future: F,
) -> F::Output {
    let _guard = runtime.map(tokio::runtime::Handle::enter);
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}
