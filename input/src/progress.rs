//! How much of a file has been read.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How far a [`Source`](crate::Source) has come.
#[derive(Debug, Clone)]
pub struct Progress {
    done: Arc<AtomicU64>,
    of: u64,
}

impl Progress {
    /// `of` is the total in any unit: bytes or rows.
    pub(crate) fn new(of: u64) -> Self {
        Self {
            done: Arc::default(),
            of,
        }
    }

    pub(crate) fn counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.done)
    }

    pub(crate) fn add(&self, n: u64) {
        self.done.fetch_add(n, Ordering::Relaxed);
    }

    /// From 0 to 1000.
    #[must_use]
    pub fn per_mille(&self) -> u64 {
        let done = self.done.load(Ordering::Relaxed).min(self.of);
        done.saturating_mul(1000)
            .checked_div(self.of)
            .unwrap_or(1000)
    }
}

/// A reader that counts the bytes it has gone through.
#[derive(Debug)]
pub(crate) struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R> Counted<R> {
    pub(crate) fn new(inner: R, read: Arc<AtomicU64>) -> Self {
        Self { inner, read }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.read
            .fetch_add(u64::try_from(n).unwrap_or(u64::MAX), Ordering::Relaxed);
        Ok(n)
    }
}

impl<R: Seek> Seek for Counted<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}
