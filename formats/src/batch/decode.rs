//! A batch out of its bytes.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use bytes::Bytes;

use super::message::Message;
use crate::schema::{has_dictionary, with_dictionary_ids, with_schema};
use crate::{Error, Result};

/// Decodes what [`encode_batch`](crate::encode_batch) made of a batch with this schema.
///
/// The columns are slices of `payload` where its memory is aligned to the column's type, and
/// copies where it isn't. Every value is validated.
///
/// # Errors
///
/// [`Corrupt`](crate::ErrorKind::Corrupt) if the bytes are no batch of this schema.
pub fn decode_batch(schema: &SchemaRef, payload: &Bytes) -> Result<RecordBatch> {
    let with_ids = if has_dictionary(schema.fields()) {
        Arc::new(with_dictionary_ids(schema)?)
    } else {
        Arc::clone(schema)
    };
    let mut dictionaries = HashMap::new();
    let mut rest = Buffer::from(payload.clone());
    loop {
        let message = Message::parse(&rest)?;
        if !message.is_dictionary() {
            if message.len != rest.len() {
                return Err(Error::corrupt("bytes stand behind a stored batch"));
            }
            let batch = message.record_batch(&with_ids, &dictionaries)?;
            let rows = batch.num_rows();
            return with_schema(schema, batch.columns().to_vec(), rows).map_err(|error| {
                Error::corrupt("a stored batch doesn't fit its table").with_source(error)
            });
        }
        message.dictionary(&with_ids, &mut dictionaries)?;
        let len = message.len;
        rest = rest.slice(len);
    }
}
