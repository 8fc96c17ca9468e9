//! Any text read as CSV or TSV; where no quotes make it hard, its rows are what
//! splitting lines and fields gives.

use thermocline_input::InputFormat;

use super::Target;
use super::rows::{Cell, Read, Reading, check, line, told};
use crate::failure::{Outcome, ensure};

pub(super) const TARGET: Target = Target {
    name: "csv",
    run,
    seeds,
};

fn run(data: &[u8]) -> Outcome {
    let Some((choice, file)) = data.split_first() else {
        return Ok(());
    };
    let reading = Reading::new(*choice, [InputFormat::Csv, InputFormat::Tsv]);
    let read = check(file, &reading)?;
    // A schema that all rows chose refuses none.
    let chosen = reading.all_sampled() && read.schema.is_some();
    ensure(!chosen || read.error.is_none(), || {
        format!("all rows chose the types, and it is {}", told(&read))
    })?;
    match plain_lines(file) {
        Some(lines) => compare(&lines, &reading, &read),
        None => Ok(()),
    }
}

/// The lines of a file without quotes, carriage returns and a byte order mark.
fn plain_lines(file: &[u8]) -> Option<Vec<&str>> {
    let text = std::str::from_utf8(file).ok()?;
    let plain = !text.contains(['"', '\r', '\u{feff}']);
    plain.then(|| text.split('\n').collect())
}

fn compare(lines: &[&str], reading: &Reading, read: &Read) -> Outcome {
    let delimiter = match reading.format {
        InputFormat::Tsv => '\t',
        _ => ',',
    };
    if let Some(error) = &read.error {
        let Some(named) = line(error).and_then(|line| lines.get(line.checked_sub(1)?)) else {
            return Ok(());
        };
        return named_rightly(&error.to_string(), named, delimiter);
    }
    let mut records = lines
        .iter()
        .filter(|line| !line.is_empty())
        .map(|line| line.split(delimiter).collect::<Vec<_>>());
    let header = records.next().unwrap_or_default();
    let records: Vec<_> = records.collect();
    ensure(read.row_count() == records.len(), || {
        format!("{} lines are {}", records.len(), told(read))
    })?;
    let Some(schema) = &read.schema else {
        return Ok(());
    };
    for (place, field) in schema.fields().iter().enumerate() {
        let Some(found) = header.iter().position(|name| name == field.name()) else {
            continue;
        };
        for (row, cell) in read.cells(place) {
            let text = records.get(row).and_then(|fields| fields.get(found));
            let text = text.copied().unwrap_or_default();
            let is_null = text.is_empty() || reading.options.null.as_deref() == Some(text);
            // Without null, none is the empty text.
            let expected = match is_null {
                true if field.is_nullable() => Some(Cell::Null),
                true => Some(Cell::Text(String::new())),
                false => expected(text, &cell),
            };
            ensure(same(expected.as_ref(), &cell), || {
                format!("row {row} of `{}`: `{text}` is {cell:?}", field.name())
            })?;
        }
    }
    Ok(())
}

/// What a text should have become, if it has become this kind of value.
fn expected(text: &str, cell: &Cell) -> Option<Cell> {
    // Blanks around a number count for nothing.
    let number = text.trim_ascii();
    match cell {
        Cell::Null => None,
        Cell::Bool(_) => boolean(text.trim()).map(Cell::Bool),
        Cell::Int(_) => number.parse().ok().map(Cell::Int),
        Cell::Float(_) => number.parse().ok().map(Cell::Float),
        Cell::Text(_) => Some(Cell::Text(text.to_owned())),
    }
}

/// The words that PostgreSQL takes for booleans, and their beginnings but `o`.
fn boolean(text: &str) -> Option<bool> {
    let text = text.to_ascii_lowercase();
    let begins = |word: &&str| word.starts_with(&text) && !["", "o"].contains(&text.as_str());
    let is = |words: [&str; 4]| words.iter().any(begins);
    match (
        is(["true", "yes", "on", "1"]),
        is(["false", "no", "off", "0"]),
    ) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

fn same(expected: Option<&Cell>, cell: &Cell) -> bool {
    match (expected, cell) {
        (Some(Cell::Float(a)), Cell::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
        (Some(a), b) => a == b,
        (None, _) => false,
    }
}

/// The line that an error names has what the error says.
fn named_rightly(error: &str, line: &str, delimiter: char) -> Outcome {
    let mut fields = line.split(delimiter);
    let right = if let Some((_, rest)) = error.split_once("`: `") {
        let value = rest
            .rsplit_once("` is no ")
            .map_or(rest, |(value, _)| value);
        fields.any(|field| field.chars().take(60).collect::<String>() == value)
    } else if let Some((_, rest)) = error.split_once(" has ")
        && let Some((got, _)) = rest.split_once(" fields")
    {
        match got.strip_prefix("more than ") {
            Some(least) => least
                .parse()
                .is_ok_and(|least: usize| fields.count() > least),
            None => got.parse() == Ok(fields.count()),
        }
    } else {
        true
    };
    ensure(right, || format!("`{line}` is named, but: {error}"))
}

fn seeds() -> Outcome<Vec<Vec<u8>>> {
    // How to read, then the file.
    let files: [(u8, &str); 9] = [
        (0b0000_0000, "a,b,c\n1,1.5,x\n-2,,\"y,\n\"\"z\"\"\"\n"),
        (
            0b0001_0100,
            "int,big,zip,yes\n1,18446744073709551615,01234,true\n-2,1,9,FALSE\n",
        ),
        (
            0b0000_0100,
            "day,at,fine,zoned\n2013-01-02,2013-01-02 03:04:05,2013-01-02T03:04:05.123456789,2013-01-02T03:04:05+02:00\n",
        ),
        (0b0001_0011, "a\tb\n1\tx\nNA\tNA\n\n\ty\n"),
        (0b0000_1000, "a,b\n1,2\n\nthree,4\n"),
        (0b0000_1100, "a,b\r\n1,2\r\n\r\n3\r\n"),
        (
            0b0100_0000,
            "c0,c4,c11,c12,c16,c17,c23,c28,c32,c36\ntrue,7,1.5,x,abcdefg,2013-01-02,2013-01-02T03:04:05,1.250,k,\n",
        ),
        (
            0b0110_0000,
            "\u{feff}b,a,c\n,7,\n\"x\ny\",-7,9223372036854775807\n",
        ),
        (0b0000_0000, "nan,inf,exp\nnan,inf,1e300\nNaN,-inf,.5\n"),
    ];
    let seeds = files
        .iter()
        .map(|(how, file)| [&[*how], file.as_bytes()].concat());
    Ok(seeds.collect())
}
