//! Tables that other programs made: their columns, and the values that stand in the log
//! instead of in files.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, Fields, Schema};
use delta_kernel::engine::arrow_conversion::TryFromKernel;

use super::snapshot::DeltaSnapshot;
use crate::error::{Error, ErrorKind, Result};

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
