//! Columns that are encoded on several threads: nothing tells.

use super::*;
use crate::parquet::workers;

const THREADS: [usize; 3] = [1, 2, 5];

/// Batches inside of which row groups of 810 rows begin and end.
fn every_type() -> Vec<RecordBatch> {
    let batch = arbitrary_batch(7, 1_103);
    assert_eq!(workers::for_values(5, 810, batch.num_columns()), 5);
    assert_eq!(workers::for_values(5, 3, batch.num_columns()), 1);
    let cuts = [0, 3, 1_003, 1_103];
    cuts.windows(2)
        .map(|cut| batch.slice(cut[0], cut[1] - cut[0]))
        .collect()
}

fn forms(rows: usize, column: &str) -> Vec<ParquetOptions> {
    let some = [column.to_owned()];
    let options = [
        ParquetOptions::fast(),
        ParquetOptions::small().with_open_types(true),
        ParquetOptions::default()
            .with_page_bytes(3_000)
            .with_codec(Codec::Lz4)
            .with_page_checksums(false)
            .with_bloom_filters(some.clone()),
        ParquetOptions::default()
            .with_open_types(true)
            .with_try_encodings(false)
            .with_page_rows(100)
            .with_sort_by(some),
    ];
    options
        .into_iter()
        .map(|options| options.with_row_group_rows(rows))
        .collect()
}

#[test]
fn the_file_and_its_rows_are_the_same_for_any_number_of_threads() {
    let columns = different_columns();
    let schema = Arc::new(with_field_ids(&columns.schema()));
    let columns = columns.with_schema(schema).unwrap();
    let inputs = [
        (every_type(), 810, "c4"),
        (
            vec![columns.slice(0, 20_000), columns.slice(20_000, 10_000)],
            27_000,
            "few",
        ),
    ];
    for (batches, rows, column) in inputs {
        let whole = concat_batches(&batches[0].schema(), &batches).unwrap();
        for options in forms(rows, column) {
            let files =
                THREADS.map(|threads| write(&batches, &options.clone().with_threads(threads)));
            for (file, summary) in &files {
                assert!(*file == files[0].0 && *summary == files[0].1, "{options:?}");
            }
            let [(file, summary), ..] = files;
            // The statistics were put together piece by piece; here are those of all rows.
            let file = Memory::new(file);
            let segment = load(&file, Some(summary.seal())).unwrap();
            for group in 0..segment.row_groups() {
                let own = whole.slice(group * rows, rows.min(whole.num_rows() - group * rows));
                let stats = segment.row_group_stats(group).unwrap();
                let all = SegmentStats::of(&own);
                assert_eq!(
                    (stats.rows, stats.columns.len()),
                    (all.rows, all.columns.len())
                );
                for (found, all) in stats.columns.iter().zip(&all.columns) {
                    assert_eq!((found.nulls, found.nans), (all.nulls, all.nans));
                    // A limit that was cut may be wider.
                    assert!(
                        found.min <= all.min || found.min.is_none(),
                        "{found:?} {all:?}"
                    );
                    assert!(
                        found.max >= all.max || found.max.is_none(),
                        "{found:?} {all:?}"
                    );
                }
            }
            let read = read_all(&segment, &file).unwrap();
            assert!(same_bits(&read, &whole), "{options:?}");
        }
    }
}

#[test]
fn a_sink_that_fails_gives_the_same_error_for_any_number_of_threads() {
    let batch = different_columns();
    let attempt = |len: usize, threads: usize| {
        let options = ParquetOptions::fast()
            .with_row_group_rows(17_000)
            .with_threads(threads);
        let written = (|| {
            let schema = batch.schema();
            let mut writer = ParquetSegmentWriter::try_new(Full(len), &schema, &options, &[])?;
            writer.write(&batch)?;
            Ok(writer.finish()?.1.bytes)
        })();
        written.map_err(|error: crate::Error| (error.kind(), error.to_string()))
    };
    let whole = usize::try_from(attempt(usize::MAX, 2).unwrap()).unwrap();
    for len in (0..whole).step_by(whole / 7).chain([whole - 1]) {
        let outcomes = THREADS.map(|threads| attempt(len, threads));
        assert_eq!(outcomes[0].clone().unwrap_err().0, ErrorKind::Io);
        assert!(
            outcomes.iter().all(|outcome| *outcome == outcomes[0]),
            "{outcomes:?}"
        );
    }
}
