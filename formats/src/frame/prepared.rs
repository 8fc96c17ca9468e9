//! Writing frames: the work outside the log's lock, then the little that has to happen inside it.

use std::io::{self, IoSlice, Write};

use bytes::Bytes;

use super::header::{ALIGNMENT, HEADER_LEN, Header};
use crate::{Error, Result};

/// Whether a payload is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Compression {
    /// Stored as it is: the fastest, and read back without a copy.
    #[default]
    None,
    /// LZ4 block format, kept only where it makes the payload smaller.
    Lz4,
}

/// A payload that is compressed and checksummed, and only waits for its place in the log.
///
/// ```
/// use thermocline_formats::{Compression, FrameReader, PreparedFrame};
///
/// let frame = PreparedFrame::new(1, &b"row"[..], Compression::None)?.seal(7, 6);
/// let mut log = Vec::new();
/// frame.write_to(&mut log)?;
///
/// let read = FrameReader::new(log.into()).next_frame()?.unwrap();
/// assert_eq!((read.lsn, read.durable, &read.payload[..]), (7, 6, &b"row"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct PreparedFrame {
    header: Header,
    payload: Bytes,
}

impl PreparedFrame {
    /// Compresses and checksums a payload. `kind` is the log's own and comes back in
    /// [`Frame::kind`](super::Frame::kind).
    ///
    /// A payload whose length is a multiple of eight is not copied, unless it is compressed.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the payload has 4 GiB or more.
    pub fn new(kind: u8, payload: impl Into<Bytes>, compression: Compression) -> Result<Self> {
        let payload = payload.into();
        let raw_len = length(payload.len())?;
        let (lz4, stored) = match compression {
            Compression::None => (false, payload),
            Compression::Lz4 => compressed(payload),
        };
        let stored_len = length(stored.len())?;
        let payload = padded(stored);
        let payload_crc = crc32c::crc32c(&payload);
        let header = Header {
            kind,
            lz4,
            stored_len,
            raw_len,
            lsn: 0,
            durable: 0,
            payload_crc,
        };
        Ok(Self { header, payload })
    }

    /// Gives the frame its sequence number; `durable` is the highest one known to be on disk now.
    ///
    /// Only the header is computed here, so that it can be done under a lock.
    #[must_use]
    pub fn seal(self, lsn: u64, durable: u64) -> SealedFrame {
        let header = Header {
            lsn,
            durable,
            ..self.header
        };
        SealedFrame {
            header: header.encode(),
            payload: self.payload,
        }
    }
}

/// A frame as it is written: the header, then the payload with its padding.
#[derive(Debug, Clone)]
pub struct SealedFrame {
    /// The header.
    pub header: [u8; HEADER_LEN],
    /// The payload as stored, compressed or not, with the zeros that pad it.
    pub payload: Bytes,
}

impl SealedFrame {
    /// Length of the frame in bytes; always a multiple of eight.
    #[must_use]
    #[expect(
        clippy::len_without_is_empty,
        reason = "a frame has a header and is never empty"
    )]
    pub fn len(&self) -> usize {
        HEADER_LEN + self.payload.len()
    }

    /// Writes the frame.
    ///
    /// # Errors
    ///
    /// Whatever the writer returns.
    pub fn write_to(&self, out: &mut impl Write) -> io::Result<()> {
        let mut parts = [IoSlice::new(&self.header), IoSlice::new(&self.payload)];
        let mut rest = &mut parts[..];
        while !rest.is_empty() {
            match out.write_vectored(rest) {
                Ok(0) if rest.iter().all(|part| part.is_empty()) => return Ok(()),
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => IoSlice::advance_slices(&mut rest, written),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn length(len: usize) -> Result<u32> {
    // The padded length has to fit too, on every platform.
    u32::try_from(len).ok().filter(|len| *len <= u32::MAX - 64).ok_or_else(|| {
        Error::invalid(format!(
            "a record of {len} bytes is too long for the log, which takes up to 4 GiB; write it in \
             several batches"
        ))
    })
}

fn compressed(payload: Bytes) -> (bool, Bytes) {
    let small = lz4_flex::block::compress(&payload);
    if small.len() < payload.len() {
        (true, small.into())
    } else {
        (false, payload)
    }
}

fn padded(payload: Bytes) -> Bytes {
    let len = payload.len().next_multiple_of(ALIGNMENT);
    if len == payload.len() {
        return payload;
    }
    let mut bytes = Vec::from(payload);
    bytes.resize(len, 0);
    bytes.into()
}
