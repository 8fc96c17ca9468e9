//! One file of the cache: a range of an object, and what it is a range of.

use std::ops::Range;

use bytes::Bytes;

/// Which bytes these are. An object is never changed, so its name, size and checksum say
/// which one it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObjectKey {
    path: String,
    size: u64,
    crc: u32,
}

impl ObjectKey {
    pub(crate) fn new(path: &str, size: u64, crc: u32) -> Self {
        Self {
            path: path.to_owned(),
            size,
            crc,
        }
    }

    /// Under which its ranges are found.
    pub(super) fn digest(&self) -> u64 {
        digest(&self.path)
    }
}

/// Under which the ranges of the object with this name are found: FNV-1a, 64 bits
/// (<https://datatracker.ietf.org/doc/html/draft-eastlake-fnv>). It only makes names of
/// files; what is inside is compared.
pub(super) fn digest(path: &str) -> u64 {
    path.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

const MAGIC: &[u8; 8] = b"TCRANGE1";
/// Magic, checksum, size and checksum of the object, start, length of the path.
const FIXED: usize = 8 + 4 + 8 + 4 + 8 + 4;

/// Length of the file of a range.
pub(super) fn file_len(key: &ObjectKey, range: &Range<u64>) -> u64 {
    (FIXED + key.path.len()) as u64 + range.end.saturating_sub(range.start)
}

/// What stands before the bytes of the range.
pub(super) fn header(key: &ObjectKey, start: u64, bytes: &[u8]) -> Vec<u8> {
    let mut summed = Vec::with_capacity(FIXED + key.path.len());
    summed.extend_from_slice(&key.size.to_le_bytes());
    summed.extend_from_slice(&key.crc.to_le_bytes());
    summed.extend_from_slice(&start.to_le_bytes());
    let len = u32::try_from(key.path.len()).unwrap_or(u32::MAX);
    summed.extend_from_slice(&len.to_le_bytes());
    summed.extend_from_slice(key.path.as_bytes());
    let crc = crc32c::crc32c_append(crc32c::crc32c(&summed), bytes);
    let mut header = MAGIC.to_vec();
    header.extend_from_slice(&crc.to_le_bytes());
    header.extend_from_slice(&summed);
    header
}

/// The bytes of a range out of its file; `None` if it is damaged, or that of another range.
pub(super) fn open(file: &Bytes, key: &ObjectKey, range: &Range<u64>) -> Option<Bytes> {
    let bytes = file.get(FIXED + key.path.len()..)?;
    let right = file.len() as u64 == file_len(key, range)
        && file.starts_with(&header(key, range.start, bytes));
    right.then(|| file.slice_ref(bytes))
}

/// The name of the file of a range.
pub(super) fn name(digest: u64, range: &Range<u64>) -> String {
    format!("{digest:016x}-{:x}-{:x}.range", range.start, range.end)
}

/// What a name says; `None` if it is not one of ours.
pub(super) fn parse_name(name: &str) -> Option<(u64, Range<u64>)> {
    let mut parts = name.strip_suffix(".range")?.split('-');
    let mut number = || u64::from_str_radix(parts.next()?, 16).ok();
    let (digest, start, end) = (number()?, number()?, number()?);
    let range = start..end;
    // One name for one range.
    (start < end && self::name(digest, &range) == name).then_some((digest, range))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        // Test vectors of the draft, appendix C.
        assert_eq!(digest(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(digest("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(digest("foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        let range = 255..65_536;
        let written = name(0xabc, &range);
        assert_eq!(written, "0000000000000abc-ff-10000.range");
        assert_eq!(parse_name(&written), Some((0xabc, range)));
        for other in [
            "x",
            "0000000000000abc-ff-10000.tmp",
            "abc-ff-10000.range",
            "0000000000000abc-ff-fe.range",
            "0000000000000abc-ff-10000-1.range",
        ] {
            assert_eq!(parse_name(other), None, "{other}");
        }
    }

    #[test]
    fn any_bit_that_flips_is_seen() {
        let key = ObjectKey::new("flights-1/a.parquet", 1_000, 7);
        let bytes: Vec<u8> = (0..50).collect();
        let range = 100..150;
        let mut file = header(&key, 100, &bytes);
        file.extend_from_slice(&bytes);
        assert_eq!(file.len() as u64, file_len(&key, &range));
        let found = open(&file.clone().into(), &key, &range);
        assert_eq!(found.as_deref(), Some(&bytes[..]));
        for bit in 0..file.len() * 8 {
            let mut damaged = file.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(&damaged.into(), &key, &range), None, "bit {bit}");
        }
        for len in 0..file.len() {
            let torn = Bytes::copy_from_slice(&file[..len]);
            assert_eq!(open(&torn, &key, &range), None, "{len} bytes");
        }
    }

    #[test]
    fn another_object_or_range_is_another_entry() {
        let key = ObjectKey::new("a", 1_000, 7);
        let bytes = [1; 10];
        let mut file = header(&key, 5, &bytes);
        file.extend_from_slice(&bytes);
        let file = Bytes::from(file);
        assert!(open(&file, &key, &(5..15)).is_some());
        assert_eq!(open(&file, &key, &(6..16)), None);
        assert_eq!(open(&file, &key, &(5..14)), None);
        for other in [("b", 1_000, 7), ("a", 1_001, 7), ("a", 1_000, 8)] {
            let other = ObjectKey::new(other.0, other.1, other.2);
            assert_eq!(open(&file, &other, &(5..15)), None);
        }
    }
}
