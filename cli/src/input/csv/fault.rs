//! What is wrong with a CSV file, and on which line.

use std::fs::File;
use std::io::{BufReader, Read, Seek};

use arrow::error::ArrowError;

use crate::failure::Failure;

/// The library's message without its prefix.
pub(super) fn failure(error: ArrowError) -> Failure {
    match error {
        ArrowError::CsvError(text) | ArrowError::ParseError(text) => Failure::new(text),
        other => Failure::new(other.to_string()),
    }
}

/// The reader counts rows where people count lines, so a ragged row is looked up in the file again.
pub(super) fn ragged_failure(error: ArrowError, file: &File) -> Failure {
    let found = match &error {
        ArrowError::CsvError(text) => ragged(text, file),
        _ => None,
    };
    match found {
        Some(text) => Failure::new(text).hint("every row needs as many fields as the header line"),
        None => failure(error),
    }
}

/// Understands `incorrect number of fields for line 3, expected 2 got 1`.
fn ragged(text: &str, file: &File) -> Option<String> {
    let (_, rest) = text.split_once("incorrect number of fields for line ")?;
    let (row, rest) = rest.split_once(", expected ")?;
    let (expected, got) = rest.split_once(" got ")?;
    let line = line_of_row(file, row.parse().ok()?).ok()??;
    Some(format!(
        "line {line} has {got} fields where the header has {expected}"
    ))
}

/// The line on which a row begins, both counted from 1, the header included. Blank lines are no
/// rows, and line breaks within quotes end none.
fn line_of_row(mut file: &File, row: u64) -> std::io::Result<Option<u64>> {
    file.rewind()?;
    let (mut line, mut rows, mut quoted, mut blank) = (1, 0, false, true);
    let mut start = 1;
    for byte in BufReader::new(file).bytes() {
        match byte? {
            b'\n' => {
                line += 1;
                if !quoted {
                    blank = true;
                }
                continue;
            }
            b'\r' => continue,
            b'"' => quoted = !quoted,
            _ => {}
        }
        if blank {
            blank = false;
            rows += 1;
            start = line;
        }
        if rows == row {
            return Ok(Some(start));
        }
    }
    Ok(None)
}
