//! The 40 bytes before every payload.

use super::DamageKind;
use crate::FORMAT_VERSION;

/// Length of a frame's header in bytes.
pub const HEADER_LEN: usize = 40;

/// `TCFR`, read as a little-endian number.
pub(super) const MAGIC: [u8; 4] = *b"TCFR";

/// Frames start and end at multiples of this many bytes.
pub(super) const ALIGNMENT: usize = 8;

const LZ4: u8 = 1;

/// What a header says, in the order of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: u8,
    pub(super) lz4: bool,
    /// Length of the payload as stored, without the padding.
    pub(super) stored_len: u32,
    /// Length of the payload when decompressed.
    pub(super) raw_len: u32,
    pub(super) lsn: u64,
    pub(super) durable: u64,
    /// CRC-32C of the payload as stored and its padding.
    pub(super) payload_crc: u32,
}

impl Header {
    pub(super) fn encode(&self) -> [u8; HEADER_LEN] {
        let mut out = [0; HEADER_LEN];
        let mut at = 0;
        let mut put = |bytes: &[u8]| {
            for (slot, byte) in out.iter_mut().skip(at).zip(bytes) {
                *slot = *byte;
            }
            at += bytes.len();
        };
        // FORMAT_VERSION is 0 and grows by one at a time; two bytes will do for good.
        let version = u16::try_from(FORMAT_VERSION).unwrap_or(u16::MAX);
        put(&MAGIC);
        put(&[self.kind, u8::from(self.lz4) * LZ4]);
        put(&version.to_le_bytes());
        put(&self.stored_len.to_le_bytes());
        put(&self.raw_len.to_le_bytes());
        put(&self.lsn.to_le_bytes());
        put(&self.durable.to_le_bytes());
        put(&self.payload_crc.to_le_bytes());
        let crc = out.get(..HEADER_LEN - 4).map_or(0, crc32c::crc32c);
        for (slot, byte) in out.iter_mut().skip(HEADER_LEN - 4).zip(crc.to_le_bytes()) {
            *slot = byte;
        }
        out
    }

    /// Reads the header at the start of `data`.
    pub(super) fn decode(data: &[u8]) -> Result<Self, DamageKind> {
        let Some(bytes) = data.first_chunk::<HEADER_LEN>() else {
            return Err(DamageKind::Torn);
        };
        if bytes.iter().all(|byte| *byte == 0) {
            // File systems extend a file with zeros before the data arrives.
            return Err(DamageKind::Torn);
        }
        let mut fields = Fields(bytes);
        if fields.take::<4>() != MAGIC {
            return Err(DamageKind::NotAFrame);
        }
        let covered = bytes.get(..HEADER_LEN - 4).unwrap_or_default();
        let crc = bytes.last_chunk::<4>().copied().unwrap_or_default();
        if crc32c::crc32c(covered) != u32::from_le_bytes(crc) {
            return Err(DamageKind::Checksum);
        }
        let [kind, flags] = fields.take::<2>();
        let version = u32::from(u16::from_le_bytes(fields.take()));
        if version > FORMAT_VERSION || flags & !LZ4 != 0 {
            return Err(DamageKind::NewerVersion { found: version });
        }
        Ok(Self {
            kind,
            lz4: flags & LZ4 != 0,
            stored_len: u32::from_le_bytes(fields.take()),
            raw_len: u32::from_le_bytes(fields.take()),
            lsn: u64::from_le_bytes(fields.take()),
            durable: u64::from_le_bytes(fields.take()),
            payload_crc: u32::from_le_bytes(fields.take()),
        })
    }

    /// Length of the payload as stored, padding included.
    pub(super) fn padded_len(&self) -> u64 {
        u64::from(self.stored_len).next_multiple_of(ALIGNMENT as u64)
    }
}

/// Takes the fields of a header one after the other.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        match self.0.split_first_chunk::<N>() {
            Some((head, rest)) => {
                self.0 = rest;
                *head
            }
            None => [0; N],
        }
    }
}
