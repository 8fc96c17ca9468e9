//! JSON: one array of row objects, one row a line.
//!
//! | value | is written as |
//! | --- | --- |
//! | integers of any size, decimals | numbers with all their digits (a reader that keeps numbers in doubles rounds beyond 2⁵³) |
//! | NaN, infinities | the strings `"NaN"`, `"Infinity"`, `"-Infinity"`, because JSON has no such numbers |
//! | binary | a string of lower-case hexadecimal digits |
//! | dates, times, timestamps | ISO 8601 strings, with their zone if they have one |
//! | null | `null`; every row has every column |
//! | a second column of the same name | its name with `_1`, `_2`, … |

use std::fmt::Display;
use std::io::Write;
use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, FieldRef, Float16Type, Float32Type, Float64Type, SchemaRef,
};
use arrow::error::ArrowError;
use arrow::json::writer::{
    Encoder, EncoderFactory, EncoderOptions, JsonArray, NullableEncoder, Writer, WriterBuilder,
};
use arrow::record_batch::RecordBatch;
use serde_json::Value;

use super::{Flow, RowSink, Target, unique_schema};
use crate::failure::Outcome;

/// Writes `[`, the rows with commas between them, and `]`.
pub(super) struct JsonSink {
    writer: Writer<Target, JsonArray>,
    schema: SchemaRef,
}

impl JsonSink {
    pub(super) fn new(schema: &SchemaRef, target: Target) -> Self {
        Self {
            writer: writer(target),
            schema: unique_schema(schema),
        }
    }
}

impl RowSink for JsonSink {
    fn write(&mut self, batch: &RecordBatch) -> Outcome<Flow> {
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), batch.columns().to_vec())?;
        self.writer.write(&batch)?;
        Ok(Flow::Continue)
    }

    fn finish(mut self: Box<Self>) -> Outcome {
        self.writer.finish()?;
        let mut target = self.writer.into_inner();
        target.write_all(b"\n")?;
        target.finish()
    }
}

/// A whole result as a value.
pub(crate) fn to_json(schema: &SchemaRef, batches: &[RecordBatch]) -> Outcome<Value> {
    let schema = unique_schema(schema);
    let mut writer = writer(Vec::new());
    for batch in batches {
        writer.write(&RecordBatch::try_new(
            Arc::clone(&schema),
            batch.columns().to_vec(),
        )?)?;
    }
    writer.finish()?;
    Ok(serde_json::from_slice(&writer.into_inner())?)
}

fn writer<W: Write>(target: W) -> Writer<W, JsonArray> {
    WriterBuilder::new()
        .with_explicit_nulls(true)
        .with_encoder_factory(Arc::new(Floats))
        .build(target)
}

/// Gives floats an encoder that keeps NaN and the infinities.
#[derive(Debug)]
struct Floats;

impl EncoderFactory for Floats {
    fn make_default_encoder<'a>(
        &self,
        _field: &'a FieldRef,
        array: &'a dyn Array,
        _options: &'a EncoderOptions,
    ) -> Result<Option<NullableEncoder<'a>>, ArrowError> {
        let encoder: Box<dyn Encoder + 'a> = match array.data_type() {
            DataType::Float64 => float_encoder::<Float64Type>(array),
            // Through their own width, so that 0.1 stays 0.1.
            DataType::Float32 => float_encoder::<Float32Type>(array),
            DataType::Float16 => float_encoder::<Float16Type>(array),
            _ => return Ok(None),
        };
        Ok(Some(NullableEncoder::new(encoder, array.nulls().cloned())))
    }
}

fn float_encoder<'a, T>(array: &'a dyn Array) -> Box<dyn Encoder + 'a>
where
    T: ArrowPrimitiveType,
    T::Native: Into<f64> + Display,
{
    let values = array.as_primitive::<T>();
    Box::new(FloatEncoder(|row| {
        let value = values.value(row);
        (value.into(), value.to_string())
    }))
}

/// Writes the float that the function finds for a row, given with its shortest text.
struct FloatEncoder<F>(F);

impl<F: Fn(usize) -> (f64, String)> Encoder for FloatEncoder<F> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        let (value, shortest) = (self.0)(row);
        let text = if value.is_nan() {
            "\"NaN\"".to_owned()
        } else if value == f64::INFINITY {
            "\"Infinity\"".to_owned()
        } else if value == f64::NEG_INFINITY {
            "\"-Infinity\"".to_owned()
        } else if value.abs() >= 1e17 || (value != 0.0 && value.abs() < 1e-7) {
            // `Display` never uses an exponent; 1e300 need not be three hundred digits.
            format!("{value:e}")
        } else if shortest.contains('.') {
            shortest
        } else {
            format!("{shortest}.0")
        };
        out.extend_from_slice(text.as_bytes());
    }
}
