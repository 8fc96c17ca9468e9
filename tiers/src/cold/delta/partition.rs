//! Partitions as the Delta table has them: columns of text, values in the log, and directories.

use std::collections::BTreeMap;

use arrow::datatypes::Schema;
use thermocline_formats::{PartitionBy, PartitionKey};

use crate::error::Result;

/// The names of the table's partition columns: those of the partitioning, with
/// `_partition` behind a name that the table has already.
pub(crate) fn partition_columns(schema: &Schema, by: &PartitionBy) -> Vec<String> {
    let mut taken: Vec<String> = schema
        .fields()
        .iter()
        .map(|field| field.name().to_lowercase())
        .collect();
    let mut names = Vec::new();
    for field in by.fields() {
        let mut name = field.name();
        while taken.contains(&name.to_lowercase()) {
            name.push_str("_partition");
        }
        taken.push(name.to_lowercase());
        names.push(name);
    }
    names
}

/// The partition columns' values.
pub(crate) fn partition_values(
    columns: &[String],
    key: &PartitionKey,
) -> BTreeMap<String, Option<String>> {
    let values = key.fields().map(|(_, value)| value.map(quoted));
    columns.iter().cloned().zip(values).collect()
}

/// Where a partition's files are, below the table: Hive-style directories that say the same as
/// the log, because some readers take names and values from the path. Some find no file in S3
/// whose name has other characters than ASCII, so these are encoded, too, where a name has
/// room for it.
pub(crate) fn partition_dir(columns: &[String], key: &PartitionKey) -> String {
    let values = key.fields().map(|(_, value)| value.map(quoted));
    let dirs: PartitionKey = columns.iter().cloned().zip(values).collect();
    let dirs = dirs.to_string();
    let parts = dirs.split('/').map(|part| {
        let ascii = in_ascii(part);
        if ascii.len() > LONGEST_NAME {
            part.to_owned()
        } else {
            ascii
        }
    });
    parts.collect::<Vec<_>>().join("/")
}

/// What a file system takes as a name, in bytes.
const LONGEST_NAME: usize = 255;

fn in_ascii(part: &str) -> String {
    let encoded = part.bytes().map(|byte| {
        if byte.is_ascii() {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    });
    encoded.collect()
}

/// The partition that values of partition columns mean.
///
/// # Errors
/// When there are other columns than the partitioning has.
pub(crate) fn partition_key(
    columns: &[String],
    by: &PartitionBy,
    values: &BTreeMap<String, Option<String>>,
) -> Result<PartitionKey> {
    let text = |column| values.get(column).and_then(Option::as_deref);
    let texts = columns.iter().map(|column| text(column).map(unquoted));
    Ok(PartitionKey::of(by, texts)?)
}

/// The partition that these values of another program's table name.
pub(crate) fn foreign_partition(
    columns: &[String],
    values: &BTreeMap<String, Option<String>>,
) -> PartitionKey {
    let value = |column| values.get(column).cloned().flatten();
    let value = |column| value(column).filter(|text| !text.is_empty());
    columns
        .iter()
        .map(|column| (column.clone(), value(column)))
        .collect()
}

/// An empty text, which Delta takes for null, becomes two quotes; so that these mean nothing
/// else, a text of two quotes or more, and of nothing else, gets one more.
fn quoted(text: &str) -> String {
    match text.len() {
        0 => "\"\"".to_owned(),
        2.. if is_quotes(text) => format!("{text}\""),
        _ => text.to_owned(),
    }
}

fn unquoted(text: &str) -> &str {
    match text.len() {
        2 if is_quotes(text) => "",
        3.. if is_quotes(text) => text.get(1..).unwrap_or_default(),
        _ => text,
    }
}

fn is_quotes(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'"')
}
