//! A schema grows by one nullable column at a time.

use std::sync::Arc;

use arrow::datatypes::{Field, Schema};

use super::{check_schema, with_field_ids};
use crate::{Error, Result};

/// Appends one nullable column; rows that were written before read as null there.
///
/// The result has field ids on every column, the new one's above all others.
///
/// # Errors
///
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the column may not be null or its name is
/// taken, and everything that [`check_schema`] refuses.
///
/// ```
/// use arrow::datatypes::{DataType, Field, Schema};
/// use thermocline_formats::evolve;
///
/// let old = Schema::new(vec![Field::new("id", DataType::UInt64, false)]);
/// let new = evolve(&old, Field::new("note", DataType::Utf8, true))?;
/// assert_eq!(new.fields().len(), 2);
/// # Ok::<(), thermocline_formats::Error>(())
/// ```
pub fn evolve(schema: &Schema, field: Field) -> Result<Schema> {
    let name = field.name().clone();
    if schema.fields().iter().any(|known| *known.name() == name) {
        return Err(Error::invalid(format!(
            "the table has a column `{name}` already; choose another name"
        ))
        .on_column(name));
    }
    if !field.is_nullable() {
        return Err(Error::invalid(format!(
            "column `{name}` can't be added as one that is never null, because older rows have no \
             value there; make it nullable"
        ))
        .on_column(name));
    }
    let known = with_field_ids(schema);
    let mut fields = known.fields().to_vec();
    fields.push(Arc::new(field));
    let grown = Schema::new_with_metadata(fields, schema.metadata().clone());
    check_schema(&grown)?;
    Ok(with_field_ids(&grown))
}
