//! A writer that knows what went through it.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

/// A run of bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Region {
    pub(crate) len: u64,
    /// CRC-32C.
    pub(crate) crc: u32,
}

/// Passes bytes on and keeps their number and checksum, region by region.
#[derive(Debug)]
pub(crate) struct Tracked<W> {
    inner: W,
    total: u64,
    region: Region,
    /// A copy of the region's bytes, when one is asked for.
    copy: Option<Vec<u8>>,
}

impl<W> Tracked<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self {
            inner,
            total: 0,
            region: Region { len: 0, crc: 0 },
            copy: None,
        }
    }

    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// From here on the bytes of the region are kept.
    pub(crate) fn start_copy(&mut self) {
        self.copy = Some(Vec::new());
    }

    /// Ends the region and starts the next one; gives the copied bytes if there are any.
    pub(crate) fn end_region(&mut self) -> (Region, Option<Vec<u8>>) {
        let region = std::mem::replace(&mut self.region, Region { len: 0, crc: 0 });
        (region, self.copy.take())
    }

    pub(crate) fn into_inner(self) -> W {
        self.inner
    }
}

impl<W: Write> Write for Tracked<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        let bytes = bytes.get(..written).unwrap_or(bytes);
        self.total += written as u64;
        self.region.len += written as u64;
        self.region.crc = crc32c::crc32c_append(self.region.crc, bytes);
        if let Some(copy) = &mut self.copy {
            copy.extend_from_slice(bytes);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
