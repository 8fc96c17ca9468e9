//! Traces out and in again, cut into pieces, and damaged.

use proptest::prelude::*;

use super::{Request, TraceDecoder, TraceEncoder, TraceFormat};
use crate::{Result, Timestamp};

/// Reads a trace in pieces of so many bytes.
fn read(format: TraceFormat, bytes: &[u8], piece: usize) -> Result<Vec<Request>> {
    let mut requests = Vec::new();
    let mut decoder = TraceDecoder::new(format);
    for piece in bytes.chunks(piece.max(1)) {
        decoder.feed(piece, &mut |request| requests.push(request))?;
    }
    decoder.finish(&mut |request| requests.push(request))?;
    Ok(requests)
}

fn error(format: TraceFormat, bytes: &[u8]) -> String {
    read(format, bytes, 7).unwrap_err().to_string()
}

fn encode(requests: &[Request], flush_every: usize) -> Vec<u8> {
    let mut encoder = TraceEncoder::new();
    let mut bytes = Vec::new();
    for (n, request) in requests.iter().enumerate() {
        encoder.write(request, &mut bytes);
        if n % flush_every == flush_every - 1 {
            encoder.flush(&mut bytes);
        }
    }
    encoder.finish(&mut bytes);
    bytes
}

fn request(object: u64, bytes: u64, micros: i64) -> Request {
    Request::new(object, bytes).at(Timestamp(micros))
}

/// What every format can hold: whole seconds of 32 bits, sizes of 32 bits.
fn plain() -> impl Strategy<Value = Vec<Request>> {
    let one = (
        0..u64::from(u32::MAX),
        0..1_u64 << 40,
        0..u64::from(u32::MAX),
    )
        .prop_map(|(seconds, object, bytes)| {
            request(object, bytes, seconds.cast_signed() * 1_000_000)
        });
    prop::collection::vec(one, 0..60)
}

proptest! {
    #[test]
    fn csv_comes_back(requests in plain(), header: bool, piece in 1..80_usize) {
        let mut text = if header { "time,object,size\r\n".to_owned() } else { String::new() };
        for r in &requests {
            text += &format!("{}.{:06}, {},{}\n", r.time.0 / 1_000_000, 0, r.object, r.bytes);
        }
        prop_assert_eq!(read(TraceFormat::Csv, text.as_bytes(), piece).unwrap(), requests);
    }

    #[test]
    fn oracle_general_comes_back(requests in plain(), piece in 1..80_usize) {
        let mut bytes = Vec::new();
        for r in &requests {
            bytes.extend(u32::try_from(r.time.0 / 1_000_000).unwrap().to_le_bytes());
            bytes.extend(r.object.to_le_bytes());
            bytes.extend(u32::try_from(r.bytes).unwrap().to_le_bytes());
            bytes.extend((-1_i64).to_le_bytes());
        }
        prop_assert_eq!(read(TraceFormat::OracleGeneral, &bytes, piece).unwrap(), requests);
    }

    #[test]
    fn our_own_comes_back(
        requests in prop::collection::vec(
            (0..20_u64, any::<u64>(), prop_oneof![Just(64_u64), any::<u64>()], any::<i64>()).prop_map(
                |(few, any, bytes, time)| request(if few < 18 { few } else { any }, bytes, time)
            ),
            0..60,
        ),
        flush_every in 1..30_usize,
        piece in 1..80_usize,
    ) {
        let bytes = encode(&requests, flush_every);
        prop_assert_eq!(read(TraceFormat::Thermocline, &bytes, piece).unwrap(), requests);
    }

    #[test]
    fn garbage_is_an_error_or_a_trace_but_never_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        ours: bool,
    ) {
        let mut all = if ours { b"TCTR\0\0\0\0".to_vec() } else { Vec::new() };
        all.extend(bytes);
        for format in TraceFormat::ALL {
            let _either = read(format, &all, 16);
        }
    }
}

#[test]
fn a_flipped_bit_of_our_own_is_found() {
    let requests: Vec<_> = (0..40).map(|n| request(n % 7, 100, n as i64 * 3)).collect();
    let bytes = encode(&requests, 15);
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(
            read(TraceFormat::Thermocline, &damaged, 64).is_err(),
            "bit {bit}"
        );
    }
}

#[test]
fn a_recording_that_was_cut_off_gives_what_is_whole_and_says_so() {
    let requests: Vec<_> = (0..30).map(|n| request(n, 100, 0)).collect();
    let bytes = encode(&requests, 10);
    let mut seen = 0;
    let mut decoder = TraceDecoder::new(TraceFormat::Thermocline);
    decoder
        .feed(&bytes[..bytes.len() - 1], &mut |_| seen += 1)
        .unwrap();
    let error = decoder.finish(&mut |_| ()).unwrap_err().to_string();
    assert_eq!(seen, 20);
    assert!(
        error.starts_with("block 3: the trace ends within it"),
        "{error}"
    );
}

#[test]
fn the_bytes_are_those_of_the_documentation() {
    let requests = [
        request(0x0102, 300, 1),
        request(0x0102, 300, 0),
        request(0x0102, 5, 0),
        request(0x0102, 5, 64),
    ];
    let mut records = vec![2, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0xac, 0x02];
    records.extend([1, 1]);
    records.extend([0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 5]);
    records.extend([0x80, 0x01, 2]);
    let mut expected = b"TCTR\0\0\0\0".to_vec();
    let lengths = [28, 0, 0, 0, 4, 0, 0, 0];
    let all: Vec<u8> = lengths.iter().chain(&records).copied().collect();
    expected.extend(lengths);
    expected.extend(crc32c::crc32c(&all).to_le_bytes());
    expected.extend(&records);
    assert_eq!(records.len(), 28);
    assert_eq!(encode(&requests, 100), expected);
}

#[test]
fn an_empty_trace_of_our_own_has_a_header() {
    assert_eq!(encode(&[], 1), b"TCTR\0\0\0\0");
    assert_eq!(
        read(TraceFormat::Thermocline, b"TCTR\0\0\0\0", 3),
        Ok(vec![])
    );
}

#[test]
fn names_of_objects_are_kept_apart_from_numbers() {
    let text = "1,july,10\n2,7,10\n3,july,10\n4,2024-07,10\n";
    let requests = read(TraceFormat::Csv, text.as_bytes(), 100).unwrap();
    let objects: Vec<u64> = requests.iter().map(|r| r.object).collect();
    assert_eq!(objects[0], objects[2]);
    assert_eq!(objects[1], 7);
    assert!(objects[0] != objects[3] && objects[0] > 7 && objects[3] > 7);
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    for (text, expected) in [
        (
            "1,2\n",
            "line 1: three fields are expected: time,object,size",
        ),
        ("1,2,3,4\n", "line 1: three fields"),
        ("1,2,3\n\nx,2,3\n", "line 3: `x` is not a time"),
        ("1,2,3\n1,2,-3\n", "line 2: `-3` is not a size"),
        ("1,2,3\n1,2,1.5", "line 2: `1.5` is not a size"),
        ("1,,3\n", "line 1: the object is missing"),
        (
            "1,18446744073709551615,3\n",
            "line 1: the object 18446744073709551615 is too large",
        ),
        (
            "99999999999999999999,1,3\n",
            "line 1: `99999999999999999999` is not a time",
        ),
        ("1e3,1,3\n", "line 1: `1e3` is not a time"),
        (
            "time,object,size\ntime,object,size\n",
            "line 2: `time` is not a time",
        ),
    ] {
        let error = error(TraceFormat::Csv, text.as_bytes());
        assert!(error.starts_with(expected), "{error}");
    }
    let error = error(TraceFormat::Csv, b"1,2,3\n\xff\xfe,2,3\n");
    assert!(
        error.starts_with("line 2: the line is not UTF-8"),
        "{error}"
    );
}

#[test]
fn a_line_without_end_does_not_fill_the_memory() {
    let mut decoder = TraceDecoder::new(TraceFormat::Csv);
    let fed = (0..100).find_map(|_| decoder.feed(&[b'1'; 4096], &mut |_| ()).err());
    assert!(fed.unwrap().to_string().contains("longer than 64 KiB"));
}

#[test]
fn a_decoder_says_where_the_damage_begins() {
    let requests: Vec<_> = (0..40).map(|n| request(n % 5, 100, n as i64)).collect();
    let whole = encode(&requests, 10);
    let ten = encode(&requests[..10], 10).len();
    let mut damaged = whole.clone();
    damaged[ten + 15] ^= 1;
    let mut decoder = TraceDecoder::new(TraceFormat::Thermocline);
    let mut read = 0;
    assert!(decoder.feed(&damaged, &mut |_| read += 1).is_err());
    assert_eq!((decoder.read_bytes(), read), (ten as u64, 10));

    let mut decoder = TraceDecoder::new(TraceFormat::Thermocline);
    decoder.feed(&whole, &mut |_| ()).unwrap();
    assert_eq!(decoder.read_bytes(), whole.len() as u64);
}

#[test]
fn what_is_wrong_with_a_binary_trace_is_named() {
    use TraceFormat::{OracleGeneral, Thermocline};
    for (format, bytes, expected) in [
        (
            OracleGeneral,
            &[0; 30][..],
            "record 2: the file ends after 6 of its 24 bytes",
        ),
        (
            OracleGeneral,
            &[0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0],
            "the first bytes: the file is compressed",
        ),
        (
            Thermocline,
            b"1,2,3\n1,2,3\n",
            "the first bytes: this is not a trace of the format",
        ),
        (
            Thermocline,
            b"TCT",
            "the first bytes: the file is too short",
        ),
        (
            Thermocline,
            b"TCTR\x01\0\0\0",
            "the first bytes: the trace has format version 1",
        ),
        (
            Thermocline,
            b"TCTR\0\0\0\0\xff\xff\xff\xff\0\0\0\0\0\0\0\0",
            "block 1: its length is impossible",
        ),
    ] {
        let error = error(format, bytes);
        assert!(error.starts_with(expected), "{error}");
    }
    let error = "tsv".parse::<TraceFormat>().unwrap_err().to_string();
    assert_eq!(
        error,
        "`tsv` is no format of traces; choose from csv, oracle-general, thermocline"
    );
}
