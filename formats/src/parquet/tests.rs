use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, UInt64Array};
use arrow::compute::concat_batches;
use bytes::Bytes;
use futures::executor::block_on;
use futures::future::BoxFuture;
use futures::{FutureExt, TryStreamExt};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::Result as ParquetResult;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use proptest::prelude::*;

use super::*;
use crate::testing::{Random, arbitrary_batch};
use crate::{ErrorKind, Predicate, Result, SegmentStats, same_bits, with_field_ids};

mod threads;

/// A file in memory that counts the bytes that are read.
#[derive(Clone)]
struct Memory {
    bytes: Bytes,
    read: Arc<AtomicU64>,
}

impl Memory {
    fn new(file: Vec<u8>) -> Self {
        Self {
            bytes: file.into(),
            read: Arc::default(),
        }
    }

    fn bytes_read(&self) -> u64 {
        self.read.swap(0, Ordering::Relaxed)
    }
}

impl AsyncFileReader for Memory {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, ParquetResult<Bytes>> {
        self.read
            .fetch_add(range.end - range.start, Ordering::Relaxed);
        let [start, end] = [range.start, range.end].map(|at| usize::try_from(at).unwrap());
        let bytes = if end <= self.bytes.len() {
            Ok(self.bytes.slice(start..end))
        } else {
            Err(parquet::errors::ParquetError::External(
                "past the end".into(),
            ))
        };
        async { bytes }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, ParquetResult<Arc<ParquetMetaData>>> {
        let parsed = ParquetMetaDataReader::new()
            .with_arrow_reader_options(options)
            .parse_and_finish(&self.bytes);
        async { parsed.map(Arc::new) }.boxed()
    }
}

fn write(batches: &[RecordBatch], options: &ParquetOptions) -> (Vec<u8>, ParquetSummary) {
    let schema = batches[0].schema();
    let metadata = [("made by".to_owned(), "a test".to_owned())];
    let mut writer =
        ParquetSegmentWriter::try_new(Vec::new(), &schema, options, &metadata).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.finish().unwrap()
}

fn load(file: &Memory, seal: Option<FooterSeal>) -> Result<ParquetSegment> {
    block_on(ParquetSegment::load(&mut file.clone(), seal))
}

fn read_group(
    segment: &ParquetSegment,
    file: &Memory,
    group: usize,
    columns: Option<&[usize]>,
    predicate: Option<&Predicate>,
) -> Result<Vec<RecordBatch>> {
    block_on(
        segment
            .read(file.clone(), group, columns, predicate)?
            .try_collect(),
    )
}

fn read_all(segment: &ParquetSegment, file: &Memory) -> Result<RecordBatch> {
    let mut batches = Vec::new();
    for group in 0..segment.row_groups() {
        batches.extend(read_group(segment, file, group, None, None)?);
    }
    Ok(concat_batches(segment.schema(), &batches).unwrap())
}

/// Rows 0 to 999, with words that repeat and floats of which one is NaN.
fn thousand() -> RecordBatch {
    let words = (0..1000).map(|row| format!("word {:04}", row / 3));
    let floats = (0..1000).map(|row| if row == 500 { f64::NAN } else { f64::from(row) });
    let batch = RecordBatch::try_from_iter([
        (
            "n",
            Arc::new(Int64Array::from_iter_values(0..1000)) as ArrayRef,
        ),
        (
            "w",
            Arc::new(StringArray::from_iter_values(words)) as ArrayRef,
        ),
        (
            "f",
            Arc::new(Float64Array::from_iter_values(floats)) as ArrayRef,
        ),
    ])
    .unwrap();
    let schema = Arc::new(with_field_ids(&batch.schema()));
    batch.with_schema(schema).unwrap()
}

/// Many small pages.
fn small_pages() -> ParquetOptions {
    ParquetOptions::default()
        .with_row_group_rows(600)
        .with_page_bytes(256)
}

#[test]
fn the_documented_defaults_are_the_real_ones() {
    let options = ParquetOptions::default();
    assert_eq!(options.codec, Codec::Zstd(3));
    assert_eq!(
        (options.page_bytes, options.row_group_rows),
        (1024 * 1024, 122_880)
    );
    assert!(options.dictionary && options.page_index && options.page_checksums);
    assert!(options.bloom_filters.is_empty() && options.sort_by.is_empty());
    assert_eq!(options.threads, 1);
}

#[test]
fn every_codec_gives_the_same_rows_back() {
    let batch = thousand();
    for codec in [
        Codec::None,
        Codec::Snappy,
        Codec::Gzip,
        Codec::Zstd(9),
        Codec::Lz4,
    ] {
        let options = small_pages().with_codec(codec).with_sort_by(["n"]);
        let (file, summary) = write(std::slice::from_ref(&batch), &options);
        let file = Memory::new(file);
        let segment = load(&file, Some(summary.seal())).unwrap();
        assert!(
            same_bits(&read_all(&segment, &file).unwrap(), &batch),
            "{codec:?}"
        );
    }
}

#[test]
fn the_summary_and_the_footer_agree() {
    let batch = thousand();
    let (file, summary) = write(&[batch.slice(0, 10), batch.slice(10, 990)], &small_pages());
    assert_eq!(
        (summary.bytes, summary.rows, summary.row_groups),
        (file.len() as u64, 1000, 2)
    );
    assert_eq!(summary.stats, SegmentStats::of(&batch));
    let file = Memory::new(file);
    let segment = load(&file, Some(summary.seal())).unwrap();
    assert_eq!(file.bytes_read(), u64::from(summary.footer_len));
    assert_eq!((segment.rows(), segment.row_groups()), (1000, 2));
    assert_eq!(segment.row_group_rows(1), Some(400));
    assert_eq!(segment.row_group_rows(2), None);
    assert_eq!(segment.metadata("made by"), Some("a test"));
    assert_eq!(segment.schema(), &batch.schema());
    assert_eq!(segment.stats(), Some(&summary.stats));
    let groups = segment.row_group_bytes(0).unwrap() + segment.row_group_bytes(1).unwrap();
    // Everything but the magic number before and the trailer behind.
    assert_eq!(groups + 4 + u64::from(summary.footer_len), summary.bytes);
    assert!(segment.memory_size() > 1000);
}

#[test]
fn a_plain_parquet_reader_sees_the_same_rows_and_field_ids() {
    let batch = arbitrary_batch(11, 300);
    let options = ParquetOptions::default()
        .with_row_group_rows(100)
        .with_page_bytes(300);
    let (file, _) = write(std::slice::from_ref(&batch), &options);
    let builder = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(file)).unwrap();
    assert_eq!(builder.schema().fields(), batch.schema().fields());
    let fields = builder.parquet_schema().root_schema().get_fields();
    let ids: Vec<_> = fields
        .iter()
        .map(|field| field.get_basic_info().id())
        .collect();
    assert_eq!(ids[..3], [1, 2, 3]);
    let batches: Vec<_> = builder
        .build()
        .unwrap()
        .map(std::result::Result::unwrap)
        .collect();
    let all = concat_batches(&batches[0].schema(), &batches).unwrap();
    assert!(same_bits(&all, &batch));
}

#[test]
fn other_readers_notice_damage_by_the_pages_own_checksums() {
    let batch = thousand();
    let (file, _) = write(std::slice::from_ref(&batch), &small_pages());
    let read = |file: Vec<u8>| -> ParquetResult<RecordBatch> {
        let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(file))?.build()?;
        let batches = reader.collect::<std::result::Result<Vec<_>, _>>()?;
        Ok(concat_batches(&batches[0].schema(), &batches)?)
    };
    assert!(same_bits(&read(file.clone()).unwrap(), &batch));
    let (plain, _) = write(
        std::slice::from_ref(&batch),
        &small_pages().with_page_checksums(false),
    );
    assert!(plain.len() < file.len());

    // The last byte of the first data page of the first column.
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&Bytes::from(file.clone()));
    let end = metadata.unwrap().row_group(0).column(0).byte_range();
    let mut damaged = file;
    damaged[usize::try_from(end.0 + end.1).unwrap() - 1] ^= 1;
    let error = read(damaged).unwrap_err();
    assert!(error.to_string().contains("CRC"), "{error}");
}

#[test]
fn a_flipped_bit_in_any_byte_is_noticed() {
    let batch = thousand().slice(0, 40);
    let options = ParquetOptions::default().with_bloom_filters(["w"]);
    let (file, summary) = write(&[batch], &options);
    let predicate = Predicate::eq("w", "word 0003");
    let segment = load(&Memory::new(file.clone()), Some(summary.seal())).unwrap();
    let trailer = file.len() - summary.footer_len as usize;
    // The first four bytes are a magic number that nobody reads.
    for byte in 4..file.len() {
        let mut flipped = file.clone();
        flipped[byte] ^= 1 << (byte % 8);
        let flipped = Memory::new(flipped);
        let error = if byte < trailer {
            read_group(&segment, &flipped, 0, None, Some(&predicate)).unwrap_err()
        } else {
            load(&flipped, Some(summary.seal())).unwrap_err()
        };
        assert!(error.is_corrupt(), "byte {byte}: {error}");
    }
}

#[test]
fn an_unsealed_footer_can_be_damaged_without_a_panic() {
    let (file, summary) = write(&[arbitrary_batch(5, 20)], &ParquetOptions::default());
    let mut random = Random::new(4);
    for _ in 0..300 {
        let mut flipped = file.clone();
        let byte = flipped.len() - 1 - random.below(summary.footer_len as usize);
        flipped[byte] ^= 1 << random.below(8);
        let flipped = Memory::new(flipped);
        if let Ok(segment) = load(&flipped, None) {
            let _ = read_all(&segment, &flipped);
        }
    }
}

#[test]
fn a_short_answer_is_an_error() {
    let (file, summary) = write(&[thousand()], &small_pages());
    let whole = Memory::new(file.clone());
    let segment = load(&whole, Some(summary.seal())).unwrap();
    let cut = Memory::new(file[..file.len() / 4].to_vec());
    assert_eq!(
        load(&cut, Some(summary.seal())).unwrap_err().kind(),
        ErrorKind::Io
    );
    assert_eq!(
        read_group(&segment, &cut, 1, None, None)
            .unwrap_err()
            .kind(),
        ErrorKind::Io
    );
}

#[test]
fn columns_come_in_the_order_they_are_asked_for() {
    let batch = thousand();
    let (file, summary) = write(std::slice::from_ref(&batch), &ParquetOptions::default());
    let file = Memory::new(file);
    let segment = load(&file, Some(summary.seal())).unwrap();
    let read = read_group(&segment, &file, 0, Some(&[2, 0]), None).unwrap();
    let all = concat_batches(&read[0].schema(), &read).unwrap();
    assert!(same_bits(&all, &batch.project(&[2, 0]).unwrap()));
    let rows: usize = read_group(&segment, &file, 0, Some(&[]), None)
        .unwrap()
        .iter()
        .map(RecordBatch::num_rows)
        .sum();
    assert_eq!(rows, 1000);
    for (group, columns) in [(1, vec![0]), (0, vec![3])] {
        let error = segment
            .read(file.clone(), group, Some(&columns), None)
            .err()
            .unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}

/// Rows for each of which another encoding is the smallest.
fn different_columns() -> RecordBatch {
    let mut random = Random::new(11);
    let rows = 30_000;
    let growing = (0..rows).map(|row| 1_700_000_000_000_i64 + row * 1_003);
    let few: Vec<i64> = (0..rows).map(|_| random.bits().cast_signed()).collect();
    let few: Vec<i64> = (0..rows).map(|_| few[random.below(40)]).collect();
    let words: Vec<String> = (0..30).map(|_| format!("word {}", random.bits())).collect();
    let texts: Vec<String> = (0..rows)
        .map(|_| {
            let words = (0..3).map(|_| words[random.below(30)].as_str());
            words.collect::<Vec<_>>().join(" ")
        })
        .collect();
    let states = (0..30_000).map(|row| ["shipped", "returned", "open"][row / 7 % 3]);
    RecordBatch::try_from_iter([
        (
            "growing",
            Arc::new(Int64Array::from_iter_values(growing)) as ArrayRef,
        ),
        ("few", Arc::new(Int64Array::from_iter_values(few))),
        ("texts", Arc::new(StringArray::from_iter_values(texts))),
        ("states", Arc::new(StringArray::from_iter_values(states))),
    ])
    .unwrap()
}

fn column_sizes(file: &[u8]) -> Vec<(i64, bool)> {
    let metadata = ParquetMetaDataReader::new()
        .parse_and_finish(&Bytes::copy_from_slice(file))
        .unwrap();
    let columns = metadata.row_group(0).columns().iter();
    columns
        .map(|column| {
            let dictionary = column.dictionary_page_offset().is_some();
            (column.compressed_size(), dictionary)
        })
        .collect()
}

#[test]
fn each_column_gets_the_encoding_that_suits_its_rows() {
    let batch = different_columns();
    let file = |options: &ParquetOptions| write(std::slice::from_ref(&batch), options).0;
    let tried = file(&ParquetOptions::default());
    let fixed = ParquetOptions::default().with_try_encodings(false);
    let dictionary = column_sizes(&file(&fixed));
    let plain = column_sizes(&file(&fixed.clone().with_dictionary(false)));
    let has_dictionary: Vec<bool> = column_sizes(&tried).iter().map(|column| column.1).collect();
    assert_eq!(has_dictionary, [false, true, false, true]);
    for (column, (tried, (dictionary, plain))) in column_sizes(&tried)
        .iter()
        .zip(dictionary.iter().zip(&plain))
        .enumerate()
    {
        // A few bytes of difference are left for the dictionary's sake.
        let best = dictionary.0.min(plain.0) * 106 / 100;
        assert!(
            tried.0 <= best,
            "column {column}: {tried:?}, {dictionary:?}, {plain:?}"
        );
    }
    // Numbers at equal distances are all but free.
    assert!(column_sizes(&tried)[0].0 * 20 < plain[0].0);
    let read = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(tried))
        .unwrap()
        .build()
        .unwrap();
    let read: Vec<RecordBatch> = read.map(Result::unwrap).collect();
    assert!(same_bits(
        &concat_batches(&read[0].schema(), &read).unwrap(),
        &batch
    ));
}

#[test]
fn pages_that_cannot_match_are_not_read() {
    let batch = thousand();
    let options = small_pages()
        .with_dictionary(false)
        .with_try_encodings(false)
        .with_row_group_rows(1000);
    // Pages end where a batch of values was encoded, so the rows come a few at a time.
    let parts: Vec<_> = (0..100).map(|part| batch.slice(part * 10, 10)).collect();
    let (file, summary) = write(&parts, &options);
    let file = Memory::new(file);
    let segment = load(&file, Some(summary.seal())).unwrap();
    file.bytes_read();
    let predicate = Predicate::ge("n", 700_i64).and(Predicate::lt("w", "word 0240"));
    let read = read_group(&segment, &file, 0, None, Some(&predicate)).unwrap();
    let some = file.bytes_read();
    let rows: usize = read.iter().map(RecordBatch::num_rows).sum();
    assert!((20..200).contains(&rows), "{rows}");
    let found: usize = read
        .iter()
        .map(|batch| predicate.evaluate(batch).unwrap().true_count())
        .sum();
    assert_eq!(found, 20);
    assert!(some < segment.row_group_bytes(0).unwrap() / 3, "{some}");

    let none = Predicate::eq("n", 5_000_i64);
    assert!(!segment.row_group_may_match(0, &none));
    assert!(
        read_group(&segment, &file, 0, None, Some(&none))
            .unwrap()
            .is_empty()
    );
    assert_eq!(file.bytes_read(), 0);
    // The page with the NaN is not ruled out by limits that leave it out.
    let nan = Predicate::gt("f", 2_000.0);
    assert!(segment.row_group_may_match(0, &nan));
    let read = read_group(&segment, &file, 0, Some(&[2]), Some(&nan)).unwrap();
    let found: usize = read
        .iter()
        .map(|batch| nan.evaluate(batch).unwrap().true_count())
        .sum();
    assert_eq!(found, 1);
}

#[test]
fn pages_of_unsigned_numbers_are_ruled_out_in_their_own_order() {
    // Small ones, a page or two with both kinds, and those that are negative as signed ones.
    let value = |row: u64| match row {
        0..450 => row,
        450..550 if row.is_multiple_of(2) => row,
        _ => (1 << 63) + row,
    };
    let values: ArrayRef = Arc::new(UInt64Array::from_iter_values((0..1000).map(value)));
    let batch = RecordBatch::try_from_iter([("n", values)]).unwrap();
    let options = small_pages()
        .with_dictionary(false)
        .with_try_encodings(false)
        .with_row_group_rows(1000)
        .with_open_types(true);
    let parts: Vec<_> = (0..100).map(|part| batch.slice(part * 10, 10)).collect();
    let (file, summary) = write(&parts, &options);
    let file = Memory::new(file);
    let segment = load(&file, Some(summary.seal())).unwrap();
    let read = |predicate: &Predicate| -> (usize, usize) {
        let batches = read_group(&segment, &file, 0, None, Some(predicate)).unwrap();
        let found = batches
            .iter()
            .map(|batch| predicate.evaluate(batch).unwrap().true_count());
        let rows = batches.iter().map(RecordBatch::num_rows).sum();
        (rows, found.sum())
    };
    for row in 0..1000 {
        let (rows, found) = read(&Predicate::eq("n", value(row)));
        assert_eq!(found, 1, "row {row}");
        // Its page, and those with both kinds.
        assert!(rows <= 250, "row {row}: {rows} read");
    }
    for (predicate, expected) in [
        (Predicate::lt("n", 500_u64), 475),
        (Predicate::gt("n", u64::MAX / 2), 500),
        (Predicate::ge("n", (1_u64 << 63) + 990), 10),
    ] {
        let (rows, found) = read(&predicate);
        assert_eq!(found, expected, "{predicate:?}");
        assert!(rows < 800, "{predicate:?}: {rows} read");
    }
}

#[test]
fn bloom_filters_answer_for_values_between_the_limits() {
    let evens = Int64Array::from_iter_values((0..1000).map(|row| row * 2));
    let words = StringArray::from_iter_values((0..1000).map(|row| format!("w{}", row * 2)));
    let batch = RecordBatch::try_from_iter([
        ("n", Arc::new(evens) as ArrayRef),
        ("w", Arc::new(words) as ArrayRef),
    ])
    .unwrap();
    let (file, summary) = write(
        &[batch],
        &ParquetOptions::default().with_bloom_filters(["n", "w"]),
    );
    let file = Memory::new(file);
    let segment = load(&file, Some(summary.seal())).unwrap();
    let rows = |predicate: &Predicate| -> usize {
        let read = read_group(&segment, &file, 0, None, Some(predicate)).unwrap();
        read.iter().map(RecordBatch::num_rows).sum()
    };
    let absent = (0..1000)
        .filter(|n| rows(&Predicate::eq("n", n * 2 + 1)) == 0)
        .count();
    assert!(absent > 900, "{absent}");
    for n in 0..1000 {
        assert_eq!(rows(&Predicate::eq("n", n * 2)), 1000);
    }
    assert_eq!(rows(&Predicate::eq("w", "w10")), 1000);
    assert_eq!(rows(&Predicate::is_in("w", ["w11", "w13"])), 0);
    assert_eq!(rows(&Predicate::is_in("w", ["w11", "w14"])), 1000);
    // Not a condition that every row has to fulfil.
    assert_eq!(rows(&!Predicate::eq("w", "w11")), 1000);
}

#[test]
fn files_of_other_writers_can_be_read() {
    let batch = thousand();
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let file = Memory::new(file);
    let segment = load(&file, None).unwrap();
    assert_eq!(segment.schema().fields(), batch.schema().fields());
    assert!(same_bits(&read_all(&segment, &file).unwrap(), &batch));
    assert!(segment.row_group_stats(0).is_none());
    assert!(!segment.row_group_may_match(0, &Predicate::gt("n", 999_i64)));
    assert!(segment.row_group_may_match(0, &Predicate::gt("n", 998_i64)));
    assert!(!segment.row_group_may_match(0, &Predicate::is_null("w")));
    assert!(segment.row_group_may_match(0, &Predicate::gt("f", 5_000.0)));
}

/// A sink that is full after so many bytes.
struct Full(usize);

impl std::io::Write for Full {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match bytes.len().min(self.0) {
            0 => Err(std::io::ErrorKind::StorageFull.into()),
            taken => {
                self.0 -= taken;
                Ok(taken)
            }
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_sink_that_fails_is_an_io_error_wherever_it_does() {
    // A failure while the footer was written was taken for wrong input.
    let batch = thousand();
    let attempt = |len: usize| -> Result<u64> {
        let options = small_pages();
        let mut writer = ParquetSegmentWriter::try_new(Full(len), &batch.schema(), &options, &[])?;
        writer.write(&batch)?;
        Ok(writer.finish()?.1.bytes)
    };
    let whole = usize::try_from(attempt(usize::MAX).unwrap()).unwrap();
    for len in (0..whole).step_by(397).chain(whole - 20..whole) {
        let error = attempt(len).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "after {len} bytes: {error:?}");
    }
}

#[test]
fn an_empty_segment_is_one() {
    let (file, summary) = write(&[thousand().slice(0, 0)], &ParquetOptions::default());
    let segment = load(&Memory::new(file), Some(summary.seal())).unwrap();
    assert_eq!((segment.rows(), segment.row_groups()), (0, 0));
}

#[test]
fn settings_that_cannot_be_are_refused() {
    let schema = arbitrary_batch(0, 0).schema();
    let refused = |options: ParquetOptions| {
        ParquetSegmentWriter::try_new(Vec::new(), &schema, &options, &[])
            .unwrap_err()
            .kind()
    };
    let default = ParquetOptions::default;
    for options in [
        default().with_codec(Codec::Zstd(40)),
        default().with_row_group_rows(0),
        default().with_page_bytes(0),
        default().with_threads(0),
        default().with_bloom_filters(["no such column"]),
        default().with_sort_by(["c37"]),
    ] {
        assert_eq!(
            refused(options.clone()),
            ErrorKind::InvalidInput,
            "{options:?}"
        );
    }
}

#[test]
fn a_newer_file_says_so() {
    let (file, _) = write(&[thousand()], &ParquetOptions::default());
    let text = br#"{"version":0"#;
    let at = file
        .windows(text.len())
        .position(|window| window == text)
        .unwrap();
    let mut newer = file;
    newer[at + text.len() - 1] = b'3';
    let error = load(&Memory::new(newer), None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NewerVersion);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn segments_of_every_type_come_back_bit_for_bit(
        seed: u64, rows in 0_usize..200, cut in 0_usize..200, group in 1_usize..150, dictionary: bool
    ) {
        let batch = arbitrary_batch(seed, rows);
        let cut = cut.min(rows);
        let options = ParquetOptions::default()
            .with_row_group_rows(group)
            .with_page_bytes(200)
            .with_dictionary(dictionary);
        let (file, summary) = write(&[batch.slice(0, cut), batch.slice(cut, rows - cut)], &options);
        prop_assert_eq!(&summary.stats.rows, &(rows as u64));
        let file = Memory::new(file);
        let segment = load(&file, Some(summary.seal())).unwrap();
        prop_assert_eq!(segment.schema(), &batch.schema());
        prop_assert!(same_bits(&read_all(&segment, &file).unwrap(), &batch));
    }
}
