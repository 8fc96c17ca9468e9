use bytes::Bytes;
use proptest::prelude::*;

use super::*;

fn frame(kind: u8, payload: &[u8], compression: Compression, lsn: u64, durable: u64) -> Vec<u8> {
    let sealed = PreparedFrame::new(kind, payload.to_vec(), compression)
        .unwrap()
        .seal(lsn, durable);
    let mut out = Vec::new();
    sealed.write_to(&mut out).unwrap();
    assert_eq!(out.len(), sealed.len());
    out
}

fn read_all(data: Vec<u8>) -> (Vec<Frame>, Option<Damage>) {
    let mut reader = FrameReader::new(data.into());
    let mut frames = Vec::new();
    loop {
        match reader.next_frame() {
            Ok(Some(frame)) => frames.push(frame),
            Ok(None) => return (frames, None),
            Err(damage) => return (frames, Some(damage)),
        }
    }
}

#[test]
fn crc32c_is_the_one_of_rfc_3720() {
    // RFC 3720, appendix B.4.
    assert_eq!(crc32c::crc32c(&[0; 32]), 0x8a91_36aa);
    assert_eq!(crc32c::crc32c(&[0xff; 32]), 0x62a8_ab43);
    let ascending: Vec<u8> = (0..32).collect();
    assert_eq!(crc32c::crc32c(&ascending), 0x46dd_794e);
}

#[test]
fn a_frame_has_the_documented_bytes() {
    let bytes = frame(3, b"abc", Compression::None, 0x0102, 0x0101);
    assert_eq!(bytes.len(), HEADER_LEN + 8);
    assert_eq!(bytes[0..4], *b"TCFR");
    assert_eq!(bytes[4..8], [3, 0, 0, 0]);
    assert_eq!(bytes[8..16], [3, 0, 0, 0, 3, 0, 0, 0]);
    assert_eq!(bytes[16..24], [2, 1, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes[24..32], [1, 1, 0, 0, 0, 0, 0, 0]);
    assert_eq!(
        bytes[32..36],
        crc32c::crc32c(b"abc\0\0\0\0\0").to_le_bytes()
    );
    assert_eq!(bytes[36..40], crc32c::crc32c(&bytes[..36]).to_le_bytes());
    assert_eq!(bytes[40..], *b"abc\0\0\0\0\0");
}

#[test]
fn lz4_is_kept_only_where_it_helps() {
    let long = vec![7; 10_000];
    let small = frame(0, &long, Compression::Lz4, 1, 0);
    assert!(small.len() < 200);
    assert_eq!(read_all(small).0[0].payload, long);

    let short = frame(0, b"abcdefgh", Compression::Lz4, 1, 0);
    assert_eq!(short[5], 0);
    assert_eq!(read_all(short).0[0].payload, b"abcdefgh"[..]);
}

#[test]
fn payloads_of_uncompressed_frames_are_slices_of_the_data() {
    let data = Bytes::from(frame(0, &[9; 64], Compression::None, 1, 0));
    let read = FrameReader::new(data.clone())
        .next_frame()
        .unwrap()
        .unwrap();
    assert_eq!(read.payload.as_ptr(), data[HEADER_LEN..].as_ptr());
}

#[test]
fn a_payload_of_whole_words_is_not_copied_into_its_frame() {
    let payload = Bytes::from(vec![1; 64]);
    let sealed = PreparedFrame::new(0, payload.clone(), Compression::None)
        .unwrap()
        .seal(1, 0);
    assert_eq!(sealed.payload.as_ptr(), payload.as_ptr());
}

#[test]
fn every_cut_leaves_the_frames_before_it_and_a_torn_one() {
    let mut data = frame(0, b"first", Compression::None, 1, 0);
    let border = data.len();
    data.extend(frame(1, &[5; 200], Compression::Lz4, 2, 1));
    for len in 0..data.len() {
        let (frames, damage) = read_all(data[..len].to_vec());
        let whole = usize::from(len >= border);
        assert_eq!(frames.len(), whole, "cut at {len}");
        let torn = (len != 0 && len != border).then_some(Damage {
            offset: (whole * border) as u64,
            why: DamageKind::Torn,
        });
        assert_eq!(damage, torn, "cut at {len}");
    }
}

#[test]
fn zeros_behind_the_last_frame_are_a_torn_one() {
    let mut data = frame(0, b"first", Compression::None, 1, 0);
    let end = data.len() as u64;
    data.extend([0; 100]);
    let (frames, damage) = read_all(data);
    assert_eq!(frames.len(), 1);
    assert_eq!(
        damage,
        Some(Damage {
            offset: end,
            why: DamageKind::Torn
        })
    );
}

#[test]
fn every_flipped_bit_is_noticed() {
    let mut data = frame(0, b"first", Compression::None, 1, 0);
    data.extend(frame(1, &[5; 200], Compression::Lz4, 2, 1));
    data.extend(frame(2, b"12345678", Compression::None, 3, 2));
    let right = read_all(data.clone()).0;
    for bit in 0..data.len() * 8 {
        let mut flipped = data.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let (frames, damage) = read_all(flipped);
        assert!(damage.is_some(), "bit {bit}");
        assert_eq!(frames, right[..frames.len()], "bit {bit}");
    }
}

#[test]
fn a_newer_frame_is_told_from_a_damaged_one() {
    let mut data = frame(0, b"first", Compression::None, 1, 0);
    data[6] = 1;
    let crc = crc32c::crc32c(&data[..36]).to_le_bytes();
    data[36..40].copy_from_slice(&crc);
    let damage = read_all(data).1.unwrap();
    assert_eq!(damage.why, DamageKind::NewerVersion { found: 1 });
    let message = damage.to_string();
    assert!(
        message.contains("version 1") && message.contains("up to 0"),
        "{message}"
    );
}

#[test]
fn the_reader_stays_at_damage() {
    let mut data = frame(0, b"first", Compression::None, 1, 0);
    data[20] ^= 1;
    let mut reader = FrameReader::new(data.into());
    assert_eq!(reader.next_frame(), reader.next_frame());
    assert_eq!(reader.position(), 0);
}

#[test]
fn a_later_frame_that_saw_more_on_disk_proves_a_loss() {
    let first = frame(0, b"first", Compression::None, 1, 0);
    let lost = frame(0, b"lost", Compression::None, 2, 1);
    let from = first.len() as u64;
    let log = |last_durable: u64| {
        let mut data = first.clone();
        data.extend(vec![0; lost.len()]);
        data.extend(frame(0, b"third", Compression::None, 3, last_durable));
        Bytes::from(data)
    };
    // The third frame was written while only the first was on disk: one unsynced group.
    assert_eq!(find_acknowledged_after(&log(1), from, 1), None);
    // It was written after the second had reached the disk: an acknowledged row is gone.
    let proof = find_acknowledged_after(&log(2), from, 1).unwrap();
    assert_eq!((proof.lsn, proof.durable), (3, 2));
    assert_eq!(proof.offset, (first.len() + lost.len()) as u64);
}

#[test]
fn proof_is_found_even_where_its_payload_is_damaged() {
    let mut data = vec![0; 41];
    data.extend(frame(0, b"third", Compression::None, 3, 2));
    *data.last_mut().unwrap() ^= 1;
    assert!(find_acknowledged_after(&data.into(), 0, 1).is_some());
}

proptest! {
    #[test]
    fn frames_come_back_as_they_were(
        payloads in prop::collection::vec(
            (any::<u8>(), prop::collection::vec(any::<u8>(), 0..300), any::<bool>()),
            0..8,
        )
    ) {
        let mut data = Vec::new();
        for (lsn, (kind, payload, lz4)) in payloads.iter().enumerate() {
            let compression = if *lz4 { Compression::Lz4 } else { Compression::None };
            data.extend(frame(*kind, payload, compression, lsn as u64, 0));
        }
        let len = data.len() as u64;
        let (frames, damage) = read_all(data);
        prop_assert_eq!(damage, None);
        prop_assert_eq!(frames.last().map_or(0, |frame| frame.end), len);
        let read: Vec<_> =
            frames.iter().map(|frame| (frame.kind, frame.payload.to_vec())).collect();
        let written: Vec<_> =
            payloads.into_iter().map(|(kind, payload, _)| (kind, payload)).collect();
        prop_assert_eq!(read, written);
    }

    #[test]
    fn any_bytes_can_be_read_without_a_panic(data in prop::collection::vec(any::<u8>(), 0..400)) {
        let bytes = Bytes::from(data.clone());
        let _ = find_acknowledged_after(&bytes, 0, 0);
        let _ = read_all(data);
    }
}
