//! Any text read as JSON lines: numbers, texts and truths are what another parser
//! reads.

use serde_json::Value;
use thermocline_input::InputFormat;

use super::Target;
use super::rows::{Cell, Read, Reading, check, line};
use crate::failure::{Outcome, ensure};

pub(super) const TARGET: Target = Target {
    name: "json",
    run,
    seeds,
};

fn run(data: &[u8]) -> Outcome {
    let Some((choice, file)) = data.split_first() else {
        return Ok(());
    };
    let reading = Reading::new(*choice, [InputFormat::Json; 2]);
    let read = check(file, &reading)?;
    if let Some(error) = &read.error {
        let text = error.to_string();
        let named = line(error).and_then(|line| file.split(|b| *b == b'\n').nth(line - 1));
        let wrong = text.contains("is not JSON")
            && named.is_some_and(|line| serde_json::from_slice::<Value>(line).is_ok());
        return ensure(!wrong, || format!("the line is JSON, but: {text}"));
    }
    compare(file, &read)
}

fn compare(file: &[u8], read: &Read) -> Outcome {
    let lines: Vec<&[u8]> = file
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
        .collect();
    ensure(read.row_count() == lines.len(), || {
        format!("{} lines are {} rows", lines.len(), read.row_count())
    })?;
    // What is no JSON for this parser may be a row for the other.
    let values: Vec<Option<Value>> = lines
        .iter()
        .map(|line| serde_json::from_slice(line).ok())
        .collect();
    let Some(schema) = &read.schema else {
        return Ok(());
    };
    for (place, field) in schema.fields().iter().enumerate() {
        for (row, cell) in read.cells(place) {
            let Some(object) = values.get(row).and_then(Option::as_ref) else {
                continue;
            };
            let value = object.get(field.name()).unwrap_or(&Value::Null);
            ensure(same(value, &cell), || {
                format!("row {row} of `{}`: {value} is {cell:?}", field.name())
            })?;
        }
    }
    Ok(())
}

fn same(value: &Value, cell: &Cell) -> bool {
    match (value, cell) {
        (Value::Null, Cell::Null) => true,
        (Value::Bool(a), Cell::Bool(b)) => a == b,
        (Value::String(a), Cell::Text(b)) => a == b,
        // A text that is a number is one where a number is wanted.
        // Blanks around a number count for nothing.
        (Value::String(a), Cell::Int(b)) => a.trim_ascii().parse() == Ok(*b),
        (Value::String(a), Cell::Float(b)) => {
            a.trim_ascii().parse().is_ok_and(|a: f64| floats(a, *b))
        }
        (Value::Number(a), Cell::Int(b)) => {
            let whole = a.as_i64().map(i128::from).or(a.as_u64().map(i128::from));
            whole.map_or_else(
                || a.as_f64().is_some_and(|a| format!("{a}") == b.to_string()),
                |whole| whole == *b,
            )
        }
        (Value::Number(a), Cell::Float(b)) => a.as_f64().is_some_and(|a| floats(a, *b)),
        _ => false,
    }
}

/// `serde_json` rounds the last digit either way, and that of a long number by more than one.
fn floats(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= a.abs() * 4.0 * f64::EPSILON
}

fn seeds() -> Outcome<Vec<Vec<u8>>> {
    // How to read, then the file.
    let files: [(u8, &str); 8] = [
        (
            0b0000_0000,
            "{\"n\":1,\"big\":18446744073709551615,\"at\":\"2013-01-02T03:04:05Z\",\"l\":[1,2]}\n\n\
             {\"n\":2,\"big\":5,\"s\":{\"x\":true},\"l\":null}\n",
        ),
        (
            0b0000_0100,
            "{\"a\":1}\n{\"a\":2.5,\"b\":\"\\u00e4\\n\"}\n{\"b\":null}",
        ),
        (0b0000_1000, "{\"a\":1}\n\n{\"a\":\"x\"}\n"),
        (0b0001_1100, "{\"a\":1}\n{\"a\":2,\"b\":3}\n"),
        (
            0b0001_0000,
            "{\"d\":\"2013-01-02\"}\n{\"d\":\"2013-01-03\"}\n{\"a\":1}{\"a\":2}\n",
        ),
        (
            0b0100_0000,
            "{\"c0\":true,\"c4\":7,\"c11\":1.5,\"c12\":\"x\",\"c17\":\"2013-01-02\",\"c23\":\"2013-01-02T03:04:05\",\
             \"c28\":1.25,\"c32\":\"k\",\"c36\":[1,null],\"c40\":{\"x\":1,\"tags\":[\"t\"]}}\n",
        ),
        (
            0b0110_0000,
            "{\"a\":1,\"b\":\"\"}\n{\"a\":\"2\",\"b\":\"x\",\"c\":1e3}\n",
        ),
        (0b0000_0000, "{\"a\":[[{\"b\":[]}]],\"c\":{}}\n"),
    ];
    let seeds = files
        .iter()
        .map(|(how, file)| [&[*how], file.as_bytes()].concat());
    Ok(seeds.collect())
}
