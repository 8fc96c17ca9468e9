//! Counting and checking bytes on their way to a file.

use std::io::{self, Write};

/// Passes bytes on, and keeps their number and CRC32C.
#[derive(Debug)]
pub(crate) struct Checked<W> {
    inner: W,
    bytes: u64,
    crc: u32,
}

impl<W> Checked<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self {
            inner,
            bytes: 0,
            crc: 0,
        }
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn crc(&self) -> u32 {
        self.crc
    }

    pub(crate) fn into_inner(self) -> W {
        self.inner
    }
}

impl<W: Write> Write for Checked<W> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(buf)?;
        let taken = buf.get(..written).unwrap_or(buf);
        self.crc = crc32c::crc32c_append(self.crc, taken);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
