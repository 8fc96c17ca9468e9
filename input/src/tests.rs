use std::fs;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Field, Int64Type, Schema, TimeUnit, UInt64Type};
use arrow::util::display::array_value_to_string;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use crate::error::Result;
use crate::{ReadOptions, Source};

fn options() -> ReadOptions {
    ReadOptions::default()
}

#[expect(clippy::disallowed_methods, reason = "a test's own file")]
fn open(
    name: &str,
    content: impl AsRef<[u8]>,
    table: Option<&SchemaRef>,
    options: &ReadOptions,
) -> Result<(SchemaRef, Vec<RecordBatch>)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    let source = Source::open(&path, table, options)?;
    let schema = SchemaRef::clone(source.schema());
    Ok((schema, source.collect::<Result<_>>()?))
}

/// What an error says, with its hint in brackets.
fn error(name: &str, content: &str, table: Option<&SchemaRef>, options: &ReadOptions) -> String {
    let error = open(name, content, table, options).map(drop).unwrap_err();
    match error.hint() {
        Some(hint) => format!("{error} ({hint})"),
        None => error.to_string(),
    }
}

fn types(schema: &SchemaRef) -> Vec<String> {
    schema
        .fields()
        .iter()
        .map(|field| field.data_type().to_string())
        .collect()
}

fn table(fields: &[(&str, DataType, bool)]) -> SchemaRef {
    let fields: Vec<_> = fields
        .iter()
        .map(|(n, t, null)| Field::new(*n, t.clone(), *null))
        .collect();
    Arc::new(Schema::new(fields))
}

#[test]
fn csv_types_are_the_narrowest_that_lose_nothing() {
    let csv = "int,float,big,huge,zip,yes,day,at,fine,zoned,none,text\n\
        1,1.5,18446744073709551615,123456789012345678901,01234,true,2013-01-02,2013-01-02 03:04:05,\
        2013-01-02T03:04:05.123456789,2013-01-02T03:04:05+02:00,,a\n\
        -2,3,1,2,9,FALSE,2014-01-01,2013-01-02T03:04:05.5,2013-01-02T03:04:05.1,2013-01-02T03:04:05Z,,1\n";
    let (schema, batches) = open("a.csv", csv, None, &options()).unwrap();
    let expected = [
        "Int64",
        "Float64",
        "UInt64",
        "Utf8",
        "Utf8",
        "Boolean",
        "Date32",
        "Timestamp(µs)",
        "Timestamp(ns)",
        "Timestamp(µs)",
        "Utf8",
        "Utf8",
    ];
    assert_eq!(types(&schema), expected);
    let shown = |column: usize| array_value_to_string(batches[0].column(column), 0).unwrap();
    assert_eq!(shown(2), "18446744073709551615");
    assert_eq!(shown(4), "01234");
    assert_eq!(shown(8), "2013-01-02T03:04:05.123456789");
    assert_eq!(
        shown(9),
        "2013-01-02T01:04:05",
        "an offset is turned to UTC"
    );
}

#[test]
fn a_csv_value_of_another_type_is_named_with_its_line() {
    let few = ReadOptions {
        sample_rows: 2,
        ..options()
    };
    let csv = "a,b\n1,\"x\ny\"\n2,z\nthree,w\n";
    let text = error("a.csv", csv, None, &few);
    assert!(
        text.contains("a.csv: line 5, column `a`: `three` is no Int64"),
        "{text}"
    );
    assert!(text.contains("--sample-rows 0"), "{text}");
    let all = ReadOptions {
        sample_rows: 0,
        ..options()
    };
    assert_eq!(
        types(&open("a.csv", csv, None, &all).unwrap().0),
        ["Utf8", "Utf8"]
    );
}

#[test]
fn a_ragged_csv_row_is_named_with_its_line() {
    for row in ["3", "3,4,5"] {
        let text = error("a.csv", &format!("a,b\n1,2\n{row}\n"), None, &options());
        assert!(text.contains("line 3"), "{text}");
        let table = table(&[("a", DataType::Int64, true), ("b", DataType::Int64, true)]);
        let text = error(
            "a.csv",
            &format!("a,b\n1,2\n{row}\n"),
            Some(&table),
            &options(),
        );
        assert!(text.contains("line 3 has"), "{text}");
    }
    let text = error("a.csv", "a,b\n1,\"x\n\"\"y\"\n\n3\n", None, &options());
    assert!(
        text.contains("line 5 has 1 fields"),
        "quoted and blank lines count: {text}"
    );
}

#[test]
fn a_null_word_is_null_in_every_type() {
    let na = ReadOptions {
        null: Some("NA".into()),
        ..options()
    };
    let (schema, batches) = open("a.tsv", "a\tb\n1\tx\nNA\tNA\n\ty\n", None, &na).unwrap();
    assert_eq!(types(&schema), ["Int64", "Utf8"]);
    assert_eq!(batches[0].column(0).null_count(), 2);
    assert_eq!(batches[0].column(1).null_count(), 1);
}

#[test]
fn columns_find_their_table_columns_by_name() {
    let table = table(&[
        ("b", DataType::Int16, true),
        ("a", DataType::Utf8, false),
        ("added", DataType::Float64, true),
    ]);
    let (_, batches) = open("a.csv", "a,b\n,7\n", Some(&table), &options()).unwrap();
    assert_eq!(batches[0].schema(), table);
    assert_eq!(batches[0].column(1).as_string::<i32>().value(0), "");
    assert!(batches[0].column(2).is_null(0));

    let text = error("a.csv", "a,c\nx,1\n", Some(&table), &options());
    assert!(
        text.contains("the table has no column `c` (its columns are b, a, added)"),
        "{text}"
    );
    let text = error("a.csv", "b\n1\n", Some(&table), &options());
    assert!(text.contains("column `a` is missing"), "{text}");
    let text = error("a.csv", "a,b\nx,70000\n", Some(&table), &options());
    assert!(
        text.contains("line 2, column `b`: `70000` is no Int16"),
        "{text}"
    );
    let text = error("a.csv", "a,a\nx,y\n", None, &options());
    assert!(text.contains("two columns named `a`"), "{text}");
}

#[test]
fn json_lines_become_typed_columns() {
    let json = "{\"n\":1,\"big\":18446744073709551615,\"at\":\"2013-01-02T03:04:05Z\",\"l\":[1,2]}\n\n\
        {\"n\":2,\"big\":5,\"s\":{\"x\":true},\"l\":null}";
    let (schema, batches) = open("a.jsonl", json, None, &options()).unwrap();
    let of = |name: &str| schema.field_with_name(name).unwrap().data_type().clone();
    assert_eq!(of("n"), DataType::Int64);
    assert_eq!(of("big"), DataType::UInt64);
    assert_eq!(of("at"), DataType::Timestamp(TimeUnit::Microsecond, None));
    assert!(matches!(of("l"), DataType::List(_)));
    let batch = &batches[0];
    assert_eq!(batch["n"].as_primitive::<Int64Type>().values(), &[1, 2]);
    assert_eq!(batch["big"].as_primitive::<UInt64Type>().value(0), u64::MAX);
}

#[test]
fn a_bad_json_line_is_named() {
    let few = ReadOptions {
        sample_rows: 1,
        ..options()
    };
    let text = error("a.jsonl", "{\"a\":1}\n\n{\"a\":\"x\"}\n", None, &few);
    assert!(text.contains("a.jsonl: line 3: column `a`"), "{text}");
    let text = error("a.jsonl", "{\"a\":1}\n{\"a\":2,\"b\":3}\n", None, &few);
    assert!(text.contains("line 2") && text.contains('b'), "{text}");
    let text = error("a.jsonl", "{\"a\":1}\n{\"a\":\n", None, &options());
    assert!(text.contains("line 2 is not JSON"), "{text}");
    let text = error("a.json", "[{\"a\":1}]", None, &options());
    assert!(text.contains("one JSON array"), "{text}");
    let text = error("a.jsonl", "{\"a\":1}\n7\n", None, &options());
    assert!(text.contains("line 2 is JSON but not an object"), "{text}");
}

#[test]
fn what_is_not_its_format_is_said_so() {
    let text = error("a.parquet", "definitely not", None, &options());
    assert!(text.contains("not a readable Parquet file"), "{text}");
    let text = error(
        "a.arrow",
        "ARROW1\0\0 and then nothing of the kind",
        None,
        &options(),
    );
    assert!(text.contains("not a readable Arrow IPC file"), "{text}");
    let text = error("a.csv", "", None, &options());
    assert!(text.contains("the file is empty"), "{text}");
    let text = error("a.xyz", "a", None, &options());
    assert!(text.contains("--input-format"), "{text}");
}

#[test]
fn arrow_and_parquet_columns_are_widened_but_never_rounded() {
    let batch = RecordBatch::try_from_iter([(
        "n",
        Arc::new(arrow::array::Int64Array::from(vec![1, 300])) as arrow::array::ArrayRef,
    )])
    .unwrap();
    let mut bytes = Vec::new();
    let mut writer = arrow::ipc::writer::FileWriter::try_new(&mut bytes, &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    drop(writer);

    let wide = table(&[("n", DataType::UInt64, true)]);
    let (_, batches) = open("a.arrow", &bytes, Some(&wide), &options()).unwrap();
    assert_eq!(
        batches[0].column(0).as_primitive::<UInt64Type>().values(),
        &[1, 300]
    );
    let narrow = table(&[("n", DataType::Int8, true)]);
    let text = open("a.arrow", &bytes, Some(&narrow), &options())
        .map(drop)
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("row 2, column `n`: 300 does not fit Int8"),
        "{text}"
    );
    let other = table(&[("n", DataType::Float32, true)]);
    let text = open("a.arrow", &bytes, Some(&other), &options())
        .map(drop)
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("Int64 in the file but Float32 in the table"),
        "{text}"
    );
}

/// What fuzzing found.
mod found {
    use super::*;

    #[test]
    fn a_file_of_empty_lines_is_empty() {
        for blank in ["\n", "\r\n\r\n", "\u{feff}", "\u{feff}\n"] {
            let text = error("a.csv", blank, None, &options());
            assert!(text.contains("a.csv: "), "{blank:?}: {text}");
        }
        let text = error("a.csv", "\n\n", None, &options());
        assert!(text.contains("the file is empty"), "{text}");
    }

    #[test]
    fn a_character_torn_by_a_delimiter_is_no_text() {
        let table = table(&[("a", DataType::Utf8, true), ("b", DataType::Utf8, true)]);
        for table in [None, Some(&table)] {
            let text = open("a.csv", b"a,b\nx,y\n\n\xC3,\xA9\n", table, &options())
                .unwrap_err()
                .to_string();
            assert!(
                text.contains("line 4, column `b`: the text is not UTF-8"),
                "{text}"
            );
            let text = open("a.csv", b"a,b\nx,y\n\nx,\xFF\n", table, &options())
                .unwrap_err()
                .to_string();
            assert!(
                text.contains("line 4, column `b`: the text is not UTF-8"),
                "{text}"
            );
        }
    }

    #[test]
    fn empty_lines_and_quotes_within_a_field_count_in_the_line_of_an_error() {
        let table = table(&[("a", DataType::Int64, true), ("b", DataType::Utf8, true)]);
        let text = error(
            "a.csv",
            "a,b\n1,5\" wide\n\n\r\nthree,x\n",
            Some(&table),
            &options(),
        );
        assert!(text.contains("line 5, column `a`: `three`"), "{text}");
        let text = error(
            "a.csv",
            "a,b\n1,5\" wide\n\n\r\n3\n",
            Some(&table),
            &options(),
        );
        assert!(text.contains("line 5 has 1 fields"), "{text}");
    }

    #[test]
    fn a_header_with_very_many_columns_takes_little_memory() {
        let few = ReadOptions {
            batch_rows: Some(5),
            ..options()
        };
        assert_eq!(few.rows_of_batch(16_384, 19), 5);
        assert_eq!(options().rows_of_batch(16_384, 19), 16_384);
        assert_eq!(options().rows_of_batch(16_384, 32_768), 32);
        assert_eq!(options().rows_of_batch(16_384, 10_000_000), 1);
        assert_eq!(options().rows_of_batch(16_384, 0), 16_384);
    }

    #[test]
    fn a_json_fraction_is_not_cut_to_a_whole_number() {
        for data_type in [
            DataType::Int64,
            DataType::UInt8,
            DataType::Date32,
            DataType::Timestamp(TimeUnit::Microsecond, None),
        ] {
            let table = table(&[("a", data_type, true)]);
            let text = error(
                "a.jsonl",
                "{\"a\":1}\n{\"a\":1.5}\n",
                Some(&table),
                &options(),
            );
            assert!(
                text.contains("line 2: column `a`: failed to parse 1.5"),
                "{text}"
            );
            let (_, batches) = open(
                "a.jsonl",
                "{\"a\":2e1}\n{\"a\":7}\n",
                Some(&table),
                &options(),
            )
            .unwrap();
            assert_eq!(batches[0].num_rows(), 2);
        }
        let at = table(&[("a", DataType::Timestamp(TimeUnit::Microsecond, None), true)]);
        let text = error(
            "a.jsonl",
            "{\"a\":99999999999999999999}\n",
            Some(&at),
            &options(),
        );
        assert!(text.contains("line 1: column `a`"), "{text}");
        // The sample holds whole numbers only.
        let few = ReadOptions {
            sample_rows: 1,
            ..options()
        };
        let text = error("a.jsonl", "{\"a\":1}\n{\"a\":1.5}\n", None, &few);
        assert!(text.contains("line 2: column `a`"), "{text}");
    }

    #[test]
    fn a_number_beside_dates_is_no_date() {
        let text = error(
            "a.jsonl",
            "{\"d\":\"2013-01-02\"}\n{\"d\":5}\n",
            None,
            &options(),
        );
        assert!(text.contains("line 2: column `d`"), "{text}");
    }

    #[test]
    fn every_json_line_is_one_object() {
        let table = table(&[("a", DataType::Int64, true)]);
        for file in [
            "{\"a\":1}{\"a\":\n2}\n",
            "{\"a\":1\n}\n{\"a\":2}{\"a\":3}\n",
            "{\"a\":1}{\"a\":2}\n",
            "{\"a\":1}\n{\"a\":2",
        ] {
            let text = error("a.jsonl", file, Some(&table), &options());
            assert!(text.contains("line "), "{file}: {text}");
        }
    }

    #[test]
    fn when_all_rows_were_sampled_nothing_advises_to_sample_all() {
        let all = ReadOptions {
            sample_rows: 0,
            ..options()
        };
        let text = open("a.jsonl", "{\"a\":1}\n{\"a\":\"x\"}\n", None, &all)
            .map(drop)
            .unwrap_err();
        assert_eq!(text.hint(), None, "{text}");
    }

    #[test]
    fn nothing_follows_an_error() {
        let table = table(&[("a", DataType::Int64, true)]);
        for (format, file) in [
            (crate::InputFormat::Csv, "a\n1\nx\n2\n3\n"),
            (
                crate::InputFormat::Json,
                "{\"a\":1}\n{\"a\":[]}\n{\"a\":2}\n",
            ),
        ] {
            let one = ReadOptions {
                batch_rows: Some(1),
                ..options()
            };
            let source = Source::from_bytes(file, format, Some(&table), &one).unwrap();
            let read: Vec<_> = source.map(|batch| batch.is_ok()).collect();
            assert_eq!(read, [true, false]);
        }
    }
}
