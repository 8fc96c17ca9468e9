//! Tables that other programs made: their columns, and the values that stand in the log
//! instead of in files.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, Fields, Schema};
use delta_kernel::engine::arrow_conversion::TryFromKernel;
use thermocline_formats::PartitionKey;

use super::snapshot::DeltaSnapshot;
use crate::error::{Error, ErrorKind, Result};

/// What stands for a null in a path, as Hive writes it.
const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

impl DeltaSnapshot {
    /// The columns in Arrow's types, those of partitions included.
    ///
    /// # Errors
    /// [`Unsupported`](ErrorKind::Unsupported) when Arrow has no type for one.
    pub(crate) fn arrow_schema(&self, name: &str) -> Result<Schema> {
        let schema = Schema::try_from_kernel(self.kernel.schema().as_ref()).map_err(|e| {
            Error::new(
                ErrorKind::Unsupported,
                format!(
                    "the Delta table `{name}` has a column of a type that is not supported here: {e}"
                ),
            )
        })?;
        // What the kernel notes of fields means nothing to anybody else.
        let plain = |field: &Arc<Field>| {
            Field::new(field.name(), field.data_type().clone(), field.is_nullable())
        };
        let fields: Fields = schema.fields().iter().map(plain).collect();
        Ok(Schema::new(fields))
    }
}

/// A partition value as one row of its column ("Partition Value Serialization").
///
/// # Errors
/// When the text is no value of the type.
pub(crate) fn partition_constant(field: &Field, text: Option<&str>) -> Result<ArrayRef> {
    let text = text.filter(|text| !text.is_empty());
    let strict = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    let wrong = |why: String| {
        Error::new(
            ErrorKind::Unsupported,
            format!(
                "the partition value `{}` of column `{}` cannot be read as {}: {why}; read the \
                 table with another engine",
                text.unwrap_or_default(),
                field.name(),
                field.data_type()
            ),
        )
        .on_column(field.name())
    };
    if field.data_type().is_nested() || matches!(field.data_type(), DataType::Binary) {
        return Err(wrong("no such values are known".to_owned()));
    }
    let one: ArrayRef = Arc::new(StringArray::from(vec![text]));
    let value = cast_with_options(&one, field.data_type(), &strict);
    let value = value.map_err(|error| wrong(error.to_string()))?;
    if value.is_null(0) != text.is_none() {
        return Err(wrong("it is none".to_owned()));
    }
    Ok(value)
}

/// The partition that these values name, as a path.
///
/// # Errors
/// Never, but for a defect.
pub(crate) fn foreign_partition(
    columns: &[String],
    values: &BTreeMap<String, Option<String>>,
) -> Result<PartitionKey> {
    let mut path = String::new();
    for column in columns {
        if !path.is_empty() {
            path.push('/');
        }
        encode(column, &mut path);
        path.push('=');
        match values.get(column).and_then(Option::as_deref) {
            None | Some("") => path.push_str(NULL),
            Some(text) if text == NULL => {
                path.push_str("%5F");
                path.push_str(text.get(1..).unwrap_or_default());
            }
            Some(text) => encode(text, &mut path),
        }
    }
    Ok(path.parse()?)
}

fn encode(text: &str, to: &mut String) {
    for character in text.chars() {
        if character.is_alphanumeric() || matches!(character, '-' | '_' | '.') {
            to.push(character);
        } else {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                to.push_str(&format!("%{byte:02X}"));
            }
        }
    }
}
