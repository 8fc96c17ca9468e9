//! The primitives of the engine's protocols, where another task may go on before every step.
//!
//! Atomics and short locks are shuttle's: sequentially consistent, so a wrong `Ordering` is not
//! found. The others are tokio's own. They know nothing of shuttle and hold no lock of theirs when
//! another task goes on, so each call is one step.

use std::fmt::Debug;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

pub(crate) use shuttle::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Another task may go on here.
pub(crate) fn step() {
    if !std::thread::panicking() {
        let _ = AtomicBool::new(false).load(Ordering::SeqCst);
    }
}

/// `parking_lot`'s interface.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(shuttle::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(shuttle::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> shuttle::sync::MutexGuard<'_, T> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A lock that is waited for without holding a thread.
#[derive(Debug)]
pub(crate) struct AsyncMutex<T>(Arc<tokio::sync::Mutex<T>>);

impl<T> AsyncMutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Arc::new(tokio::sync::Mutex::new(value)))
    }

    pub(crate) fn try_lock_owned(
        self: Arc<Self>,
    ) -> Result<OwnedMutexGuard<T>, tokio::sync::TryLockError> {
        step();
        Arc::clone(&self.0).try_lock_owned().map(OwnedMutexGuard)
    }

    pub(crate) async fn lock_owned(self: Arc<Self>) -> OwnedMutexGuard<T> {
        step();
        OwnedMutexGuard(Arc::clone(&self.0).lock_owned().await)
    }
}

#[derive(Debug)]
pub(crate) struct OwnedMutexGuard<T>(tokio::sync::OwnedMutexGuard<T>);

impl<T> Deref for OwnedMutexGuard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for OwnedMutexGuard<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> Drop for OwnedMutexGuard<T> {
    fn drop(&mut self) {
        step();
    }
}

/// A value and its changes.
pub(crate) mod watch {
    use tokio::sync::watch;

    use super::step;

    #[derive(Debug)]
    pub(crate) struct Sender<T>(watch::Sender<T>);

    #[derive(Debug)]
    pub(crate) struct Receiver<T>(watch::Receiver<T>);

    impl<T> Sender<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(watch::Sender::new(value))
        }

        pub(crate) fn subscribe(&self) -> Receiver<T> {
            step();
            Receiver(self.0.subscribe())
        }

        pub(crate) fn send_replace(&self, value: T) -> T {
            step();
            self.0.send_replace(value)
        }
    }

    impl<T: Copy> Receiver<T> {
        pub(crate) fn borrow_and_update(&mut self) -> T {
            step();
            *self.0.borrow_and_update()
        }

        pub(crate) async fn changed(&mut self) -> Result<(), watch::error::RecvError> {
            step();
            self.0.changed().await
        }
    }
}
