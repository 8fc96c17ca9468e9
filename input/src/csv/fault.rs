//! What is wrong with a CSV file, and on which line.

use std::io::{self, BufRead};

use arrow::error::ArrowError;
use csv_core::{ReadRecordResult, ReaderBuilder};

use super::text::Text;
use crate::error::Error;

/// The library's message without its prefix.
pub(super) fn plain(error: ArrowError) -> Error {
    match error {
        ArrowError::CsvError(text) | ArrowError::ParseError(text) => Error::new(text),
        other => Error::new(other.to_string()),
    }
}

/// The library counts records where people count lines, so the line is looked up in the file.
pub(super) fn explain(error: ArrowError, file: &Text) -> Error {
    let found = match &error {
        ArrowError::CsvError(text) => ragged(text, file).or_else(|| not_text(text, file)),
        _ => None,
    };
    found.unwrap_or_else(|| plain(error))
}

/// Understands `incorrect number of fields for line 3, expected 2 got 1`.
fn ragged(text: &str, file: &Text) -> Option<Error> {
    let (_, rest) = text.split_once("incorrect number of fields for line ")?;
    let (record, rest) = rest.split_once(", expected ")?;
    let (expected, got) = rest.split_once(" got ")?;
    let line = file.line_of(row_of(record)?);
    let message = format!("line {line} has {got} fields where the header has {expected}");
    Some(Error::new(message).with_hint("every row needs as many fields as the header line"))
}

/// Understands `Encountered invalid UTF-8 data for line 3 and field 2`.
fn not_text(text: &str, file: &Text) -> Option<Error> {
    let (_, rest) = text.split_once("invalid UTF-8 data for line ")?;
    let (record, field) = rest.split_once(" and field ")?;
    let column = field.parse::<usize>().ok()?.checked_sub(1)?;
    Some(file.not_text(row_of(record)?, column))
}

/// The row of a record, which is counted from 1 and with the header.
fn row_of(record: &str) -> Option<u64> {
    record.parse::<u64>().ok()?.checked_sub(2)
}

/// The line on which a record begins, both counted from 1. Empty lines are no records, and line
/// breaks within quotes end none.
pub(super) fn line_of_record(
    mut input: impl BufRead,
    delimiter: u8,
    record: u64,
) -> io::Result<Option<u64>> {
    let mut parser = ReaderBuilder::new().delimiter(delimiter).build();
    // What the fields hold is of no interest.
    let (mut output, mut ends) = ([0; 4096], [0; 256]);
    let (mut line, mut records, mut between) = (1, 0, true);
    loop {
        let bytes = input.fill_buf()?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let read = if between {
            let empty = bytes.iter().take_while(|b| matches!(b, b'\r' | b'\n'));
            empty.count()
        } else {
            let (result, read, ..) = parser.read_record(bytes, &mut output, &mut ends);
            between = matches!(result, ReadRecordResult::Record);
            read
        };
        let breaks = bytes.iter().take(read).filter(|b| **b == b'\n').count();
        line += u64::try_from(breaks).unwrap_or(u64::MAX);
        let goes_on = read < bytes.len();
        if between && goes_on && !matches!(bytes.get(read), Some(b'\r' | b'\n')) {
            between = false;
            records += 1;
            if records == record {
                return Ok(Some(line));
            }
        }
        input.consume(read);
    }
}
