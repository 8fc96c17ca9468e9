//! A schema as bytes: the Arrow IPC schema message.

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use arrow::ipc::convert::try_schema_from_flatbuffer_bytes;
use arrow::ipc::writer::{DictionaryTracker, IpcDataGenerator, IpcWriteOptions};

use crate::{Error, Result};

/// Encodes a schema as an Arrow IPC schema message (the flatbuffer alone, without the stream's
/// length prefix), names, nullability, dictionaries and metadata included.
///
/// # Errors
///
/// [`Unsupported`](crate::ErrorKind::Unsupported) or
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) if [`check_schema`](crate::check_schema)
/// refuses the schema.
///
/// ```
/// use arrow::datatypes::{DataType, Field, Schema};
/// use thermocline_formats::{decode_schema, encode_schema};
///
/// let schema = Schema::new(vec![Field::new("id", DataType::UInt64, false)]);
/// assert_eq!(*decode_schema(&encode_schema(&schema)?)?, schema);
/// # Ok::<(), thermocline_formats::Error>(())
/// ```
pub fn encode_schema(schema: &Schema) -> Result<Vec<u8>> {
    super::check_schema(schema)?;
    Ok(schema_message(schema))
}

/// Decodes what [`encode_schema`] made.
///
/// # Errors
///
/// [`Corrupt`](crate::ErrorKind::Corrupt) if the bytes are no schema message, or that of a schema
/// which [`check_schema`](crate::check_schema) refuses.
pub fn decode_schema(bytes: &[u8]) -> Result<SchemaRef> {
    let schema = try_schema_from_flatbuffer_bytes(bytes)
        .map_err(|error| Error::corrupt("the stored schema can't be read").with_source(error))?;
    super::check_schema(&schema).map_err(|error| {
        Error::corrupt("the stored schema is none that a table can have").with_source(error)
    })?;
    Ok(Arc::new(schema))
}

/// The schema as Arrow's own decoder wants it: with a dictionary id on every dictionary field, in
/// the order in which the encoder hands them out.
pub(crate) fn with_dictionary_ids(schema: &Schema) -> Result<Schema> {
    try_schema_from_flatbuffer_bytes(&schema_message(schema))
        .map_err(|error| Error::corrupt("the schema can't be encoded").with_source(error))
}

pub(super) fn schema_message(schema: &Schema) -> Vec<u8> {
    let mut dictionaries = DictionaryTracker::new(true);
    IpcDataGenerator::default()
        .schema_to_bytes_with_dictionary_tracker(
            schema,
            &mut dictionaries,
            &IpcWriteOptions::default(),
        )
        .ipc_message
}
