//! A writer that knows what went through it.

use std::io::{self, Write};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

/// A run of bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Region {
    pub(crate) len: u64,
    /// CRC-32C.
    pub(crate) crc: u32,
}

/// Why writing failed the first time, for whoever can't ask the writer any more. Libraries that own
/// a writer may pass on the text of its error alone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Failure(Arc<OnceLock<io::ErrorKind>>);

impl Failure {
    pub(crate) fn error(&self) -> Option<io::Error> {
        self.0.get().map(|kind| io::Error::from(*kind))
    }

    fn note(&self, error: &io::Error) {
        if error.kind() != io::ErrorKind::Interrupted {
            let _ = self.0.set(error.kind());
        }
    }
}

/// Passes bytes on and keeps their number and checksum, region by region.
#[derive(Debug)]
pub(crate) struct Tracked<W> {
    inner: W,
    total: u64,
    region: Region,
    /// A copy of the region's bytes, when one is asked for.
    copy: Option<Vec<u8>>,
    failure: Failure,
}

impl<W> Tracked<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self {
            inner,
            total: 0,
            region: Region { len: 0, crc: 0 },
            copy: None,
            failure: Failure::default(),
        }
    }

    pub(crate) fn failure(&self) -> Failure {
        self.failure.clone()
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
        let written = self.inner.write(bytes);
        let written = written.inspect_err(|error| self.failure.note(error))?;
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
