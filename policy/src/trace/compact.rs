//! Reading our own format. The bytes are described in `docs/formats.md`.

use super::{
    Request,
    decoder::{Sink, fault},
    varint,
};
use crate::{Result, Timestamp};

const MAGIC: [u8; 4] = *b"TCTR";
/// The version that is written, and the highest that is read.
const VERSION: u16 = 0;
/// The start of a file: magic, version, two zero bytes.
pub(super) const HEADER: [u8; 8] = {
    let [m0, m1, m2, m3] = MAGIC;
    let [v0, v1] = VERSION.to_le_bytes();
    [m0, m1, m2, m3, v0, v1, 0, 0]
};
/// Bytes before each block.
pub(super) const BLOCK_HEADER: usize = 12;
/// A longer block is damage.
const MAX_BLOCK: usize = 1 << 20;

/// The CRC-32C of a block and of the lengths before it.
pub(super) fn checksum(lengths: &[u8], block: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(lengths), block)
}

/// Reads blocks, and remembers the objects that they define.
#[derive(Debug, Default)]
pub(super) struct Compact {
    started: bool,
    block: u64,
    /// The object and size of each number, from 1.
    objects: Vec<(u64, u64)>,
    time: i64,
}

impl Compact {
    /// Reads the header or one block; returns how many bytes it had, or 0 if its end has not come.
    pub(super) fn parse(&mut self, bytes: &[u8], at_end: bool, each: Sink<'_>) -> Result<usize> {
        if !self.started {
            return self.start(bytes, at_end);
        }
        let place = || format!("block {}", self.block + 1);
        let cut_off = || {
            fault(
                place(),
                "the trace ends within it; what is before it can be read",
            )
        };
        let Some((header, rest)) = bytes.split_first_chunk::<BLOCK_HEADER>() else {
            return if at_end { Err(cut_off()) } else { Ok(0) };
        };
        let [l0, l1, l2, l3, n0, n1, n2, n3, c0, c1, c2, c3] = *header;
        let len = u32::from_le_bytes([l0, l1, l2, l3]);
        let requests = u32::from_le_bytes([n0, n1, n2, n3]);
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        if len > MAX_BLOCK {
            return Err(fault(
                place(),
                "its length is impossible; the trace is damaged",
            ));
        }
        let Some(block) = rest.get(..len) else {
            return if at_end { Err(cut_off()) } else { Ok(0) };
        };
        let lengths = [l0, l1, l2, l3, n0, n1, n2, n3];
        if checksum(&lengths, block) != u32::from_le_bytes([c0, c1, c2, c3]) {
            return Err(fault(
                place(),
                "its checksum is wrong; the trace is damaged",
            ));
        }
        self.block += 1;
        let mut records = block;
        for _ in 0..requests {
            let request = self.record(&mut records).ok_or_else(|| self.malformed())?;
            each(request);
        }
        if !records.is_empty() {
            return Err(self.malformed());
        }
        Ok(BLOCK_HEADER + len)
    }

    fn start(&mut self, bytes: &[u8], at_end: bool) -> Result<usize> {
        let Some((header, _)) = bytes.split_first_chunk::<8>() else {
            return if at_end {
                Err(fault(
                    "the first bytes",
                    "the file is too short to be a trace of this format",
                ))
            } else {
                Ok(0)
            };
        };
        let [m0, m1, m2, m3, v0, v1, z0, z1] = *header;
        if [m0, m1, m2, m3] != MAGIC {
            return Err(fault(
                "the first bytes",
                "this is not a trace of the format `thermocline`; is it csv or oracle-general?",
            ));
        }
        let version = u16::from_le_bytes([v0, v1]);
        if version > VERSION || [z0, z1] != [0, 0] {
            return Err(fault(
                "the first bytes",
                format!(
                    "the trace has format version {version}; this program knows versions up to \
                     {VERSION}, a newer one can read it"
                ),
            ));
        }
        self.started = true;
        Ok(HEADER.len())
    }

    fn record(&mut self, bytes: &mut &[u8]) -> Option<Request> {
        let passed = varint::unzigzag(varint::read(bytes)?);
        self.time = self.time.wrapping_add(passed);
        let number = varint::read(bytes)?;
        let (object, size) = match number.checked_sub(1) {
            Some(index) => *self.objects.get(usize::try_from(index).ok()?)?,
            None => {
                let (object, rest) = bytes.split_first_chunk::<8>()?;
                let object = u64::from_le_bytes(*object);
                *bytes = rest;
                let size = varint::read(bytes)?;
                self.objects.push((object, size));
                (object, size)
            }
        };
        Some(Request {
            time: Timestamp(self.time),
            object,
            bytes: size,
        })
    }

    fn malformed(&self) -> crate::Error {
        fault(
            format!("block {}", self.block),
            "its checksum is right, but its records are not; the program that wrote the trace was \
             wrong",
        )
    }
}
