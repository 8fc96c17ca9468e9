//! Frames that wait for the next group.

use std::collections::VecDeque;

use super::Lsn;
use super::sync::Mutex;

/// What a queue holds.
pub(crate) trait Queued {
    /// Bytes that it takes in the log.
    fn bytes(&self) -> usize;
}

/// Frames in LSN order, not written yet.
#[derive(Debug)]
pub(crate) struct Queue<F> {
    inner: Mutex<Inner<F>>,
}

#[derive(Debug)]
struct Inner<F> {
    frames: VecDeque<(Lsn, F)>,
    bytes: usize,
}

impl<F: Queued> Queue<F> {
    pub(crate) fn new() -> Self {
        Self {
            inner: Mutex::new(Inner {
                frames: VecDeque::new(),
                bytes: 0,
            }),
        }
    }

    /// Adds a frame; the caller sees to the order.
    pub(crate) fn push(&self, lsn: Lsn, frame: F) {
        let mut inner = self.inner.lock();
        inner.bytes += frame.bytes();
        inner.frames.push_back((lsn, frame));
    }

    /// Takes all that is there.
    pub(crate) fn take(&self) -> VecDeque<(Lsn, F)> {
        let mut inner = self.inner.lock();
        inner.bytes = 0;
        std::mem::take(&mut inner.frames)
    }

    /// Puts back, in front, what could not be written.
    pub(crate) fn put_back(&self, mut frames: VecDeque<(Lsn, F)>) {
        let mut inner = self.inner.lock();
        inner.bytes += frames.iter().map(|(_, frame)| frame.bytes()).sum::<usize>();
        frames.append(&mut inner.frames);
        inner.frames = frames;
    }

    /// Bytes that wait.
    pub(crate) fn bytes(&self) -> usize {
        self.inner.lock().bytes
    }
}
