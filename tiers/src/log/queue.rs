//! Frames that wait for the next group.

use std::collections::VecDeque;

use parking_lot::Mutex;
use thermocline_formats::SealedFrame;

use crate::lsn::Lsn;

/// Frames in LSN order, not written yet.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    frames: VecDeque<(Lsn, SealedFrame)>,
    bytes: usize,
}

impl Queue {
    /// Adds a frame; the caller sees to the order.
    pub(crate) fn push(&self, lsn: Lsn, frame: SealedFrame) {
        let mut inner = self.inner.lock();
        inner.bytes += frame.len();
        inner.frames.push_back((lsn, frame));
    }

    /// Takes all that is there.
    pub(crate) fn take(&self) -> VecDeque<(Lsn, SealedFrame)> {
        let mut inner = self.inner.lock();
        inner.bytes = 0;
        std::mem::take(&mut inner.frames)
    }

    /// Puts back, in front, what could not be written.
    pub(crate) fn put_back(&self, mut frames: VecDeque<(Lsn, SealedFrame)>) {
        let mut inner = self.inner.lock();
        inner.bytes += frames.iter().map(|(_, frame)| frame.len()).sum::<usize>();
        frames.append(&mut inner.frames);
        inner.frames = frames;
    }

    /// Bytes that wait.
    pub(crate) fn bytes(&self) -> usize {
        self.inner.lock().bytes
    }
}
