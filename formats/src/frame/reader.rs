//! Reading frames one after the other.

use bytes::Bytes;

use super::header::{HEADER_LEN, Header};
use super::{Damage, DamageKind};

/// What LZ4's block format can make of one byte at most.
const LZ4_MAX_RATIO: usize = 255;

/// One frame that was read and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The frame's sequence number.
    pub lsn: u64,
    /// The highest sequence number known to be on disk when the frame was written.
    pub durable: u64,
    /// The log's own number for what the payload is.
    pub kind: u8,
    /// The payload, decompressed; a slice of the data if it wasn't compressed.
    pub payload: Bytes,
    /// Where the frame starts in the data, in bytes.
    pub offset: u64,
    /// Where the next frame starts.
    pub end: u64,
}

/// Reads a run of frames.
#[derive(Debug, Clone)]
pub struct FrameReader {
    data: Bytes,
    position: u64,
}

impl FrameReader {
    /// Reads the frames of `data` from its start.
    #[must_use]
    pub fn new(data: Bytes) -> Self {
        Self { data, position: 0 }
    }

    /// Reads on from `position`, which must be where a frame starts.
    #[must_use]
    pub fn at(data: Bytes, position: u64) -> Self {
        Self { data, position }
    }

    /// Where the next frame starts; after damage, where the damaged one does.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Reads the next frame; `None` at the end of the data.
    ///
    /// # Errors
    ///
    /// The [`Damage`] at the reader's position, where it stays.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, Damage> {
        let offset = self.position;
        let start = usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(self.data.len());
        if start == self.data.len() {
            return Ok(None);
        }
        let frame = read(&self.data, start, offset).map_err(|why| Damage { offset, why })?;
        self.position = frame.end;
        Ok(Some(frame))
    }
}

fn read(data: &Bytes, start: usize, offset: u64) -> Result<Frame, DamageKind> {
    let header = Header::decode(data.get(start..).unwrap_or_default())?;
    let body = start + HEADER_LEN;
    let padded = usize::try_from(header.padded_len()).map_err(|_| DamageKind::Torn)?;
    let body_end = body.checked_add(padded).ok_or(DamageKind::Torn)?;
    let stored = data.get(body..body_end).ok_or(DamageKind::Torn)?;
    if crc32c::crc32c(stored) != header.payload_crc {
        return Err(DamageKind::Checksum);
    }
    let stored_len = usize::try_from(header.stored_len).map_err(|_| DamageKind::Torn)?;
    let raw_len = usize::try_from(header.raw_len).map_err(|_| DamageKind::Payload)?;
    let payload = if header.lz4 {
        decompress(stored.get(..stored_len).unwrap_or_default(), raw_len)?
    } else if stored_len == raw_len {
        data.slice(body..body + stored_len)
    } else {
        return Err(DamageKind::Payload);
    };
    Ok(Frame {
        lsn: header.lsn,
        durable: header.durable,
        kind: header.kind,
        payload,
        offset,
        end: offset + (HEADER_LEN as u64) + header.padded_len(),
    })
}

fn decompress(stored: &[u8], raw_len: usize) -> Result<Bytes, DamageKind> {
    // Refused before the memory for it is taken.
    if raw_len
        > stored
            .len()
            .saturating_mul(LZ4_MAX_RATIO)
            .saturating_add(64)
    {
        return Err(DamageKind::Payload);
    }
    let raw = lz4_flex::block::decompress(stored, raw_len).map_err(|_| DamageKind::Payload)?;
    if raw.len() == raw_len {
        Ok(raw.into())
    } else {
        Err(DamageKind::Payload)
    }
}
