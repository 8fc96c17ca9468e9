//! One encapsulated Arrow IPC message: a length, a flatbuffer, a body.
//!
//! Arrow's own decoder trusts the offsets that a message gives for its buffers. Here they are
//! checked against the body first, so that bytes from anywhere can be decoded without a panic.

use std::collections::HashMap;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::buffer::Buffer;
use arrow::datatypes::{DataType, SchemaRef};
use arrow::ipc;
use arrow::ipc::reader::{RecordBatchDecoder, read_dictionary};

use crate::{Error, Result};

/// What stands before the length of every message.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// What LZ4 can make of one byte at most.
const MAX_RATIO: i64 = 255;

/// A message that was cut out of a buffer and whose flatbuffer was verified.
pub(crate) struct Message<'a> {
    header: ipc::Message<'a>,
    body: Buffer,
    /// Length of the whole message in bytes.
    pub(crate) len: usize,
}

impl<'a> Message<'a> {
    /// Reads the message at the start of `data`, which may go on behind it.
    pub(crate) fn parse(data: &'a Buffer) -> Result<Self> {
        let damaged = || Error::corrupt("a stored batch is cut short");
        let bytes = data.as_slice();
        let (marker, rest) = bytes.split_first_chunk::<4>().ok_or_else(damaged)?;
        let (len, rest) = rest.split_first_chunk::<4>().ok_or_else(damaged)?;
        if *marker != CONTINUATION {
            return Err(Error::corrupt("a stored batch doesn't start like one"));
        }
        let metadata_len = usize::try_from(i32::from_le_bytes(*len)).map_err(|_| damaged())?;
        let metadata = rest.get(..metadata_len).ok_or_else(damaged)?;
        let header = ipc::root_as_message(metadata).map_err(|error| {
            Error::corrupt("the description of a stored batch can't be read")
                .with_source(error.to_string())
        })?;
        if header.version() != ipc::MetadataVersion::V5 {
            return Err(Error::corrupt(
                "a stored batch has another Arrow version than ours",
            ));
        }
        let start = metadata_len + CONTINUATION.len() + len.len();
        let body_len = usize::try_from(header.bodyLength()).map_err(|_| damaged())?;
        let end = start
            .checked_add(body_len)
            .filter(|end| *end <= bytes.len());
        let end = end.ok_or_else(damaged)?;
        Ok(Self {
            header,
            body: data.slice_with_length(start, body_len),
            len: end,
        })
    }

    pub(crate) fn is_dictionary(&self) -> bool {
        self.header.header_type() == ipc::MessageHeader::DictionaryBatch
    }

    /// Whether the columns have to be decompressed to be read.
    pub(crate) fn is_compressed(&self) -> bool {
        self.header
            .header_as_record_batch()
            .is_some_and(|batch| batch.compression().is_some())
    }

    /// Adds the dictionary that this message holds. `schema` has the ids of all dictionaries.
    pub(crate) fn dictionary(
        &self,
        schema: &SchemaRef,
        dictionaries: &mut HashMap<i64, ArrayRef>,
    ) -> Result<()> {
        let batch = self
            .header
            .header_as_dictionary_batch()
            .ok_or_else(|| Error::corrupt("a stored dictionary is something else"))?;
        if let Some(values) = batch.data() {
            #[expect(
                deprecated,
                reason = "ids have no other accessor, and the decoder needs them"
            )]
            let fields = schema.fields_with_dict_id(batch.id());
            let mut units = Vec::new();
            if let Some(DataType::Dictionary(_, value)) =
                fields.first().map(|field| field.data_type())
            {
                buffer_units(value, &mut units);
            }
            self.check(&values, &units)?;
        }
        read_dictionary(
            &self.body,
            batch,
            schema,
            dictionaries,
            &self.header.version(),
        )
        .map_err(|error| Error::corrupt("a stored dictionary is damaged").with_source(error))
    }

    /// Decodes the batch that this message holds, and validates every value.
    pub(crate) fn record_batch(
        &self,
        schema: &SchemaRef,
        dictionaries: &HashMap<i64, ArrayRef>,
    ) -> Result<RecordBatch> {
        let batch = self
            .header
            .header_as_record_batch()
            .ok_or_else(|| Error::corrupt("a stored batch is something else"))?;
        let mut units = Vec::new();
        schema
            .fields()
            .iter()
            .for_each(|field| buffer_units(field.data_type(), &mut units));
        self.check(&batch, &units)?;
        RecordBatchDecoder::try_new(
            &self.body,
            batch,
            SchemaRef::clone(schema),
            dictionaries,
            &self.header.version(),
        )
        .and_then(RecordBatchDecoder::read_record_batch)
        .map_err(|error| Error::corrupt("a stored batch is damaged").with_source(error))
    }

    /// Checks what the decoder takes on trust: that buffers lie in the body and have whole values,
    /// that no count is negative, and that nothing decompresses to more than it can.
    fn check(&self, batch: &ipc::RecordBatch<'_>, units: &[i64]) -> Result<()> {
        let damaged = || Error::corrupt("a stored batch has impossible lengths");
        let compressed = batch.compression().is_some();
        let mut total = 0_i64;
        let mut units = units.iter();
        for buffer in batch.buffers().into_iter().flatten() {
            let offset = usize::try_from(buffer.offset()).map_err(|_| damaged())?;
            let len = usize::try_from(buffer.length()).map_err(|_| damaged())?;
            let end = offset.checked_add(len).ok_or_else(damaged)?;
            let bytes = self.body.get(offset..end).ok_or_else(damaged)?;
            let expanded = if compressed {
                expanded_len(bytes)?
            } else {
                buffer.length()
            };
            // The decoder itself notices when there are too many or too few buffers.
            if units.next().is_some_and(|unit| expanded % unit != 0) {
                return Err(damaged());
            }
            total = total.checked_add(expanded).ok_or_else(damaged)?;
        }
        // No supported type has more than eight values a byte.
        let most = total.saturating_add(1).saturating_mul(8);
        let count_fits = |count: i64| (0..=most).contains(&count);
        let nodes_fit = batch.nodes().into_iter().flatten().all(|node| {
            count_fits(node.length()) && (0..=node.length()).contains(&node.null_count())
        });
        if nodes_fit && count_fits(batch.length()) {
            Ok(())
        } else {
            Err(damaged())
        }
    }
}

/// The size of one value, for each buffer of a column, in the order of the message.
fn buffer_units(data_type: &DataType, units: &mut Vec<i64>) {
    use DataType as T;

    // The validity bitmap.
    units.push(1);
    match data_type {
        T::Utf8 | T::Binary => units.extend([4, 1]),
        T::LargeUtf8 | T::LargeBinary => units.extend([8, 1]),
        T::List(item) => {
            units.push(4);
            buffer_units(item.data_type(), units);
        }
        T::LargeList(item) => {
            units.push(8);
            buffer_units(item.data_type(), units);
        }
        T::Struct(fields) => {
            fields
                .iter()
                .for_each(|field| buffer_units(field.data_type(), units));
        }
        T::Dictionary(key, _) => units.push(unit(key)),
        other => units.push(unit(other)),
    }
}

fn unit(data_type: &DataType) -> i64 {
    data_type
        .primitive_width()
        .and_then(|width| i64::try_from(width).ok())
        .unwrap_or(1)
}

/// The length that a compressed buffer says it expands to.
fn expanded_len(bytes: &[u8]) -> Result<i64> {
    if bytes.is_empty() {
        return Ok(0);
    }
    let damaged = || Error::corrupt("a compressed column has an impossible length");
    let (prefix, rest) = bytes.split_first_chunk::<8>().ok_or_else(damaged)?;
    let stored = i64::try_from(rest.len()).map_err(|_| damaged())?;
    match i64::from_le_bytes(*prefix) {
        -1 => Ok(stored),
        len if len >= 0 && len <= stored.saturating_mul(MAX_RATIO) => Ok(len),
        _ => Err(damaged()),
    }
}
