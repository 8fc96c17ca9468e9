//! The kernel's engine over our object store.

use std::future::Future;
use std::sync::Arc;

use delta_kernel::KernelResult;
use delta_kernel_default_engine::executor::TaskExecutor;
use delta_kernel_default_engine::{DefaultEngine, DefaultEngineBuilder};
use futures::future::BoxFuture;
use object_store::ObjectStore;

use crate::env::block_on;

/// Reads and writes for the kernel.
pub(super) type Engine = DefaultEngine<OnThisThread>;

/// Where the kernel finds the table: the object store has it at its root. Listings of
/// this scheme are sorted by the kernel's engine, whatever the store does.
pub(super) const ROOT: &str = "file:///";

/// An engine whose calls block the thread that makes them, and use no other: so a
/// simulated store, whose answers are there at once, sees one order of calls.
pub(super) fn engine(
    objects: Arc<dyn ObjectStore>,
    runtime: Option<&tokio::runtime::Handle>,
) -> Engine {
    let executor = OnThisThread {
        runtime: runtime.cloned(),
    };
    DefaultEngineBuilder::new(objects)
        .with_task_executor(Arc::new(executor))
        .build()
}

/// Runs futures to their end where they are started.
#[derive(Debug)]
pub(super) struct OnThisThread {
    /// What network clients look for.
    runtime: Option<tokio::runtime::Handle>,
}

impl TaskExecutor for OnThisThread {
    type Guard<'a> = Option<tokio::runtime::EnterGuard<'a>>;

    fn block_on<T>(&self, task: T) -> T::Output
    where
        T: Future + Send + 'static,
        T::Output: Send + 'static,
    {
        block_on(self.runtime.as_ref(), task)
    }

    fn spawn<F>(&self, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        match &self.runtime {
            Some(runtime) => drop(runtime.spawn(task)),
            None => block_on(None, task),
        }
    }

    fn spawn_blocking<T, R>(&self, task: T) -> BoxFuture<'_, KernelResult<R>>
    where
        T: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        Box::pin(async move { Ok(task()) })
    }

    fn enter(&self) -> Self::Guard<'_> {
        self.runtime.as_ref().map(tokio::runtime::Handle::enter)
    }
}
