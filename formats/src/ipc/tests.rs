use std::io::Cursor;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, DictionaryArray, Int64Array, RecordBatch, StringArray};
use arrow::buffer::Buffer;
use arrow::compute::concat_batches;
use arrow::datatypes::Int8Type;
use arrow::ipc::reader::FileReader;
use proptest::prelude::*;

use super::*;
use crate::testing::{Random, arbitrary_batch, arbitrary_schema};
use crate::{ErrorKind, SegmentStats, same_bits};

fn write(batches: &[RecordBatch], options: &IpcOptions) -> (Vec<u8>, IpcSummary) {
    let schema = batches[0].schema();
    let metadata = [("made by".to_owned(), "a test".to_owned())];
    let mut writer = IpcSegmentWriter::try_new(Vec::new(), &schema, options, &metadata).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.finish().unwrap()
}

fn read(segment: &IpcSegment) -> RecordBatch {
    let blocks: Vec<_> = (0..segment.blocks())
        .map(|block| segment.read_block(block).unwrap())
        .collect();
    concat_batches(segment.schema(), &blocks).unwrap()
}

fn small() -> RecordBatch {
    let numbers = Arc::new(Int64Array::from(vec![Some(1), None, Some(3), Some(4)])) as ArrayRef;
    let words = Arc::new(StringArray::from(vec!["", "ab", "cde", "f"])) as ArrayRef;
    RecordBatch::try_from_iter([("n", numbers), ("w", words)]).unwrap()
}

fn three_rows_a_block() -> IpcOptions {
    IpcOptions::default().with_rows_per_block(3)
}

#[test]
fn the_documented_defaults_are_the_real_ones() {
    let options = IpcOptions::default();
    assert_eq!(options.rows_per_block, 65_536);
    assert_eq!(options.compression, IpcCompression::None);
}

#[test]
fn a_plain_arrow_reader_sees_the_same_rows() {
    let batch = arbitrary_batch(7, 50);
    for compression in [IpcCompression::None, IpcCompression::Lz4] {
        let options = IpcOptions::default()
            .with_rows_per_block(20)
            .with_compression(compression);
        let (file, _) = write(&[batch.slice(0, 17), batch.slice(17, 33)], &options);
        let reader = FileReader::try_new(Cursor::new(file), None).unwrap();
        assert_eq!(reader.schema(), batch.schema());
        let blocks: Vec<_> = reader.map(Result::unwrap).collect();
        assert_eq!(blocks.len(), 3);
        assert!(same_bits(
            &concat_batches(&batch.schema(), &blocks).unwrap(),
            &batch
        ));
    }
}

#[test]
fn buffers_start_at_multiples_of_64_bytes_of_the_file() {
    let (file, _) = write(&[small()], &IpcOptions::default());
    let data = Buffer::from(file);
    let base = data.as_ptr() as usize;
    let batch = IpcSegment::open(data, None).unwrap().read_block(0).unwrap();
    for column in batch.columns() {
        for buffer in column.to_data().buffers() {
            assert_eq!((buffer.as_ptr() as usize - base) % 64, 0);
        }
    }
}

#[test]
fn blocks_are_cut_and_joined_to_their_size() {
    let batch = small();
    let pieces = [
        batch.slice(0, 1),
        batch.slice(1, 1),
        batch.clone(),
        batch.slice(0, 1),
    ];
    let (file, summary) = write(&pieces, &three_rows_a_block());
    let segment = IpcSegment::open(file.into(), Some(summary.trailer_crc)).unwrap();
    let rows: Vec<_> = (0..3).map(|block| segment.block_rows(block)).collect();
    assert_eq!(rows, [Some(3), Some(3), Some(1)]);
    assert_eq!(segment.block_rows(3), None);
    assert_eq!((segment.rows(), summary.rows, summary.blocks), (7, 7, 3));
    let all = concat_batches(&batch.schema(), &pieces).unwrap();
    assert!(same_bits(&read(&segment), &all));
    assert_eq!(summary.stats, SegmentStats::of(&all));
    assert_eq!(
        segment.block_stats(0),
        Some(&SegmentStats::of(&all.slice(0, 3)))
    );
    assert_eq!(segment.metadata("made by"), Some("a test"));
    assert_eq!(segment.metadata("thermocline.segment"), None);
}

#[test]
fn an_empty_segment_is_one() {
    let (file, summary) = write(&[small().slice(0, 0)], &IpcOptions::default());
    let segment = IpcSegment::open(file.into(), Some(summary.trailer_crc)).unwrap();
    assert_eq!((segment.rows(), segment.blocks()), (0, 0));
    segment.verify().unwrap();
}

#[test]
fn opening_touches_the_trailer_only() {
    let (mut file, summary) = write(&[small()], &three_rows_a_block());
    // The trailer is the only run of bytes to the end with this checksum.
    let trailer = (0..file.len())
        .find(|start| crc32c::crc32c(&file[*start..]) == summary.trailer_crc)
        .unwrap();
    file[..trailer].fill(0xee);
    let segment = IpcSegment::open(file.into(), Some(summary.trailer_crc)).unwrap();
    assert_eq!(segment.rows(), 4);
    assert!(segment.read_block(0).unwrap_err().is_corrupt());
    assert!(segment.verify().unwrap_err().is_corrupt());
}

#[test]
fn a_block_is_verified_once_and_then_shared() {
    let (file, _) = write(&[small()], &three_rows_a_block());
    let data = Buffer::from(file);
    let range = data.as_ptr_range();
    let segment = IpcSegment::open(data.clone(), None).unwrap();
    assert_eq!(segment.verified_blocks(), 0);
    let first = segment.read_block(1).unwrap();
    assert_eq!(segment.verified_blocks(), 1);
    assert!(range.contains(&first.column(0).to_data().buffers()[0].as_ptr()));
    let again = segment.read_block(1).unwrap();
    assert!(Arc::ptr_eq(first.column(0), again.column(0)));
    segment.verify().unwrap();
    assert_eq!(segment.verified_blocks(), 2);
    assert_eq!(
        segment.read_block(2).unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
}

#[test]
fn dictionaries_of_many_batches_become_one() {
    let batch = |words: &[&str]| {
        let words: DictionaryArray<Int8Type> = words.iter().map(|word| Some(*word)).collect();
        RecordBatch::try_from_iter([("w", Arc::new(words) as ArrayRef)]).unwrap()
    };
    let batches = [batch(&["a", "b"]), batch(&["c", "a"]), batch(&["b", "d"])];
    let (file, _) = write(&batches, &three_rows_a_block());
    let segment = IpcSegment::open(file.into(), None).unwrap();
    let all = concat_batches(&batches[0].schema(), &batches).unwrap();
    assert!(same_bits(&read(&segment), &all));

    let many: Vec<String> = (0..200).map(|word| format!("w{word}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let schema = batches[0].schema();
    let mut writer =
        IpcSegmentWriter::try_new(Vec::new(), &schema, &IpcOptions::default(), &[]).unwrap();
    writer.write(&batch(&many[..100])).unwrap();
    writer.write(&batch(&many[100..])).unwrap();
    let error = writer.finish().unwrap_err();
    assert_eq!(
        (error.kind(), error.column()),
        (ErrorKind::InvalidInput, Some("w"))
    );
}

/// Reads everything; `None` if something was noticed.
fn all_or_nothing(file: Vec<u8>, crc: u32) -> Option<Vec<RecordBatch>> {
    let segment = IpcSegment::open(file.into(), Some(crc)).ok()?;
    (0..segment.blocks())
        .map(|block| segment.read_block(block).ok())
        .collect()
}

#[test]
fn every_flipped_bit_is_noticed_or_harmless() {
    let (file, summary) = write(&[small()], &three_rows_a_block());
    let right = all_or_nothing(file.clone(), summary.trailer_crc).unwrap();
    for bit in 0..file.len() * 8 {
        let mut flipped = file.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        if let Some(found) = all_or_nothing(flipped.clone(), summary.trailer_crc) {
            assert_eq!(found, right, "bit {bit}");
        }
        let segment = IpcSegment::open(flipped.into(), Some(summary.trailer_crc));
        assert!(
            segment.and_then(|segment| segment.verify()).is_err(),
            "bit {bit}"
        );
    }
}

#[test]
fn every_cut_file_is_refused() {
    let (file, summary) = write(&[small()], &three_rows_a_block());
    for len in 0..file.len() {
        let cut = Buffer::from(&file[..len]);
        assert!(
            IpcSegment::open(cut.clone(), Some(summary.trailer_crc)).is_err(),
            "cut at {len}"
        );
        assert!(IpcSegment::open(cut, None).is_err(), "cut at {len}");
    }
}

#[test]
fn no_flipped_bit_of_an_unsealed_trailer_makes_opening_panic() {
    let batch = arbitrary_batch(5, 4);
    let (file, _) = write(&[batch], &IpcOptions::default());
    let mut random = Random::new(2);
    for _ in 0..500 {
        let mut flipped = file.clone();
        for _ in 0..=random.below(3) {
            let byte = flipped.len() - 1 - random.below(4_000.min(flipped.len()));
            flipped[byte] ^= 1 << random.below(8);
        }
        if let Ok(segment) = IpcSegment::open(flipped.into(), None) {
            let _ = segment.verify();
        }
    }
}

#[test]
fn a_newer_file_says_so() {
    let (file, _) = write(&[small()], &IpcOptions::default());
    let text = br#"{"version":0"#;
    let at = file
        .windows(text.len())
        .position(|window| window == text)
        .unwrap();
    let mut newer = file;
    newer[at + text.len() - 1] = b'7';
    let error = IpcSegment::open(newer.into(), None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NewerVersion);
    assert!(error.to_string().contains("version 7"), "{error}");
}

#[test]
fn another_arrow_file_is_no_segment() {
    let batch = small();
    let mut file = Vec::new();
    let mut writer = arrow::ipc::writer::FileWriter::try_new(&mut file, &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    drop(writer);
    assert!(IpcSegment::open(file.into(), None).is_err());
}

#[test]
fn settings_and_keys_that_cannot_be_are_refused() {
    let schema = arbitrary_schema();
    let none = IpcOptions::default().with_rows_per_block(0);
    let refused = |options: &IpcOptions, metadata: &[(String, String)]| {
        IpcSegmentWriter::try_new(Vec::new(), &schema, options, metadata)
            .unwrap_err()
            .kind()
    };
    assert_eq!(refused(&none, &[]), ErrorKind::InvalidInput);
    let own = [("thermocline.segment".to_owned(), String::new())];
    assert_eq!(
        refused(&IpcOptions::default(), &own),
        ErrorKind::InvalidInput
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(25))]

    #[test]
    fn segments_of_every_type_come_back_bit_for_bit(
        seed: u64, rows in 0_usize..60, cut in 0_usize..60, per_block in 1_usize..40, lz4: bool
    ) {
        let batch = arbitrary_batch(seed, rows);
        let cut = cut.min(rows);
        let compression = if lz4 { IpcCompression::Lz4 } else { IpcCompression::None };
        let options = IpcOptions::default().with_rows_per_block(per_block).with_compression(compression);
        let other = arbitrary_batch(seed ^ 5, 9);
        let parts = [batch.slice(0, cut), other.clone(), batch.slice(cut, rows - cut)];
        let (file, summary) = write(&parts, &options);
        prop_assert_eq!(file.len() as u64, summary.bytes);
        let segment = IpcSegment::open(file.into(), Some(summary.trailer_crc)).unwrap();
        segment.verify().unwrap();
        prop_assert_eq!(segment.schema(), &batch.schema());
        let all = concat_batches(&batch.schema(), &parts).unwrap();
        prop_assert!(same_bits(&read(&segment), &all));
    }
}
