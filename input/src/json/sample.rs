//! Which columns the first rows suggest.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::StringArray;
use arrow::datatypes::{DataType, Schema, SchemaRef};
use arrow::json::reader::infer_json_schema_from_iterator;
use serde_json::Value;

use super::lines::Lines;
use super::{BATCH_ROWS, json_error};
use crate::error::{Error, Result};
use crate::infer;
use crate::reader::Input;

/// The columns and types that the first rows suggest.
pub(super) fn sample(input: &Input, sample_rows: usize) -> Result<SchemaRef> {
    let values = first_rows(input, sample_rows)?;
    let schema = infer_json_schema_from_iterator(values.iter().map(Ok)).map_err(|error| {
        json_error(error).with_hint("give the column one kind of value, or leave it out")
    })?;
    let mut columns: HashMap<&str, Vec<&Value>> = HashMap::new();
    for (name, value) in values.iter().filter_map(Value::as_object).flatten() {
        if !value.is_null() {
            columns.entry(name).or_default().push(value);
        }
    }
    let fields: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| {
            let column = columns.get(field.name().as_str());
            let column = column.map(Vec::as_slice).unwrap_or_default();
            let better = match field.data_type() {
                DataType::Null => Some(DataType::Utf8),
                DataType::Utf8 => temporal(column),
                DataType::Float64 => large_integers(column),
                _ => None,
            };
            match better {
                Some(data_type) => field.as_ref().clone().with_data_type(data_type),
                None => field.as_ref().clone(),
            }
        })
        .collect();
    Ok(Arc::new(Schema::new(fields)))
}

fn first_rows(input: &Input, sample_rows: usize) -> Result<Vec<Value>> {
    let mut lines = Lines::new(input.buffered()?);
    let mut left = if sample_rows == 0 {
        usize::MAX
    } else {
        sample_rows
    };
    let mut values = Vec::new();
    while left > 0 {
        let chunk = lines.read(left.min(BATCH_ROWS));
        let chunk = chunk.map_err(|e| input.unreadable(&e))?;
        if chunk.is_empty() {
            break;
        }
        left -= chunk.len();
        for (line, bytes) in chunk.iter() {
            values.push(parse(line, bytes)?);
        }
    }
    Ok(values)
}

/// Date or timestamp, if that is what all the values are; a number beside them is none.
fn temporal(column: &[&Value]) -> Option<DataType> {
    let texts: Option<Vec<&str>> = column.iter().map(|value| value.as_str()).collect();
    infer::temporal_type(&StringArray::from(texts?))
}

/// `UInt64`, if that is what all the numbers are; floats would round them.
fn large_integers(column: &[&Value]) -> Option<DataType> {
    let all = !column.is_empty() && column.iter().all(|value| value.is_u64());
    all.then_some(DataType::UInt64)
}

pub(super) fn parse(line: u64, bytes: &[u8]) -> Result<Value> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        Error::new(format!(
            "line {line} is not JSON: {}",
            without_place(&error)
        ))
    })?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(Error::new(format!("line {line} is JSON but not an object"))
            .with_hint("each line is one row: {\"column\": value, …}"))
    }
}

/// serde_json's message without its own line number, which counts within our line.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}
