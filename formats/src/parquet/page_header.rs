//! Putting a checksum into a Parquet page header.
//!
//! The Parquet library checks the CRC of a page but doesn't write one. A page header is a Thrift
//! struct in the compact protocol: its first three fields are 32-bit integers that are always
//! there (page type, uncompressed and compressed size), the fourth is the CRC, and one more struct
//! follows, whose field number is written as the distance from the field before it. So a CRC is
//! put in behind the third field, and the distance of the next one is made shorter by one.

/// A field whose number is one more than the last one's, of type 32-bit integer.
const NEXT_I32: u8 = 0x15;

/// The page type of dictionary pages.
const DICTIONARY_PAGE: u32 = 2;

/// A page header that was looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PageHeader<'a> {
    page_type: u32,
    /// The first three fields.
    head: &'a [u8],
    /// What follows them, the next field's number first.
    tail: &'a [u8],
}

impl<'a> PageHeader<'a> {
    /// `None` if the bytes aren't a page header without a CRC.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = bytes;
        let page_type = i32_field(&mut rest)?;
        i32_field(&mut rest)?;
        i32_field(&mut rest)?;
        let (head, tail) = bytes.split_at_checked(bytes.len() - rest.len())?;
        // At least two numbers ahead, so that the fourth is free.
        let next = *tail.first()?;
        (next >> 4 >= 2).then_some(Self {
            page_type: unzigzag(page_type),
            head,
            tail,
        })
    }

    pub(super) fn is_dictionary(&self) -> bool {
        self.page_type == DICTIONARY_PAGE
    }

    /// The header with the CRC of its page.
    pub(super) fn with_crc(&self, crc: u32) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.head.len() + self.tail.len() + 6);
        out.extend_from_slice(self.head);
        out.push(NEXT_I32);
        put_varint(&mut out, zigzag(crc));
        if let Some((next, rest)) = self.tail.split_first() {
            out.push(next - 0x10);
            out.extend_from_slice(rest);
        }
        out
    }
}

fn i32_field(bytes: &mut &[u8]) -> Option<u32> {
    let (kind, mut rest) = bytes.split_first()?;
    if *kind != NEXT_I32 {
        return None;
    }
    let mut value = 0_u32;
    for shift in (0..35).step_by(7) {
        let (byte, tail) = rest.split_first()?;
        rest = tail;
        value |= u32::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            *bytes = rest;
            return Some(value);
        }
    }
    None
}

fn put_varint(out: &mut Vec<u8>, mut value: u32) {
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            out.push(low & 0x7f);
            return;
        }
        out.push(low | 0x80);
    }
}

/// Thrift writes signed numbers with the sign in the lowest bit; a CRC is taken by its bits.
fn zigzag(bits: u32) -> u32 {
    (bits << 1) ^ if bits >> 31 == 1 { u32::MAX } else { 0 }
}

fn unzigzag(value: u32) -> u32 {
    (value >> 1) ^ if value & 1 == 1 { u32::MAX } else { 0 }
}

/// The CRC-32 of Parquet pages, which is that of gzip (polynomial 0x04c11db7, reflected).
pub(super) fn crc32(parts: &[&[u8]]) -> u32 {
    let mut crc = u32::MAX;
    for part in parts {
        let (blocks, rest) = part.as_chunks::<8>();
        for block in blocks {
            let [a, b, c, d, e, f, g, h] = *block;
            let [p, q, r, s] = (crc ^ u32::from_le_bytes([a, b, c, d])).to_le_bytes();
            let bytes = [h, g, f, e, s, r, q, p];
            crc = TABLES
                .iter()
                .zip(bytes)
                .fold(0, |crc, (table, byte)| crc ^ entry(table, byte));
        }
        for byte in rest {
            let [low, ..] = crc.to_le_bytes();
            crc = (crc >> 8) ^ entry(&TABLES[0], low ^ byte);
        }
    }
    !crc
}

fn entry(table: &[u32; 256], byte: u8) -> u32 {
    // A byte is always a valid index; the compiler sees it too and checks nothing.
    table.get(usize::from(byte)).copied().unwrap_or_default()
}

/// For eight bytes at a time: table `n` advances a byte past `n` more zero bytes.
static TABLES: [[u32; 256]; 8] = tables();

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
#[expect(clippy::cast_possible_truncation, reason = "the index is below 256")]
const fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut table = 1;
    while table < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before = tables[table - 1][byte];
            tables[table][byte] = (before >> 8) ^ tables[0][(before & 0xff) as usize];
            byte += 1;
        }
        table += 1;
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc32_has_the_published_check_value() {
        // The "check" value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms.
        assert_eq!(crc32(&[b"123456789"]), 0xcbf4_3926);
        assert_eq!(crc32(&[b"1234", b"56789"]), 0xcbf4_3926);
        assert_eq!(
            crc32(&[b"The quick brown fox jumps over the lazy dog"]),
            0x414f_a339
        );
    }

    #[test]
    fn a_crc_goes_between_the_sizes_and_the_data_page_header() {
        // A data page (type 0) of 6 bytes, and a data page header (field 5).
        let plain = [
            0x15, 0x00, 0x15, 0x0c, 0x15, 0x0c, 0x2c, 0x15, 0x02, 0x00, 0x00,
        ];
        let header = PageHeader::parse(&plain).unwrap();
        assert!(!header.is_dictionary());
        let sealed = header.with_crc(1);
        assert_eq!(
            sealed,
            [
                0x15, 0x00, 0x15, 0x0c, 0x15, 0x0c, 0x15, 0x02, 0x1c, 0x15, 0x02, 0, 0
            ]
        );
        // -1 is written as 1.
        assert_eq!(header.with_crc(u32::MAX)[6..8], [0x15, 0x01]);
        assert_eq!(PageHeader::parse(&sealed), None);
    }
}
