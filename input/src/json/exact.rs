//! Numbers that are read as they are, or not at all.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, FieldRef};
use arrow::error::ArrowError;
use arrow::json::reader::{ArrayDecoder, DecoderContext, DecoderFactory, Tape, TapeElement};

/// Whole numbers up to here are exact as floats.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

/// Refuses fractions where whole numbers are wanted; the library would cut them off.
#[derive(Debug)]
pub(super) struct Exact;

impl DecoderFactory for Exact {
    fn make_default_decoder(
        &self,
        ctx: &DecoderContext,
        field: &FieldRef,
        is_nullable: bool,
    ) -> Result<Option<Box<dyn ArrayDecoder>>, ArrowError> {
        let data_type = field.data_type();
        if !data_type.is_integer() && !data_type.is_temporal() {
            return Ok(None);
        }
        Ok(Some(Box::new(Whole {
            inner: ctx.make_builtin_decoder(field, is_nullable)?,
            data_type: data_type.clone(),
        })))
    }
}

/// Integers, and what is stored as integers.
struct Whole {
    inner: Box<dyn ArrayDecoder>,
    data_type: DataType,
}

impl ArrayDecoder for Whole {
    fn decode(&mut self, tape: &Tape<'_>, pos: &[u32]) -> Result<ArrayRef, ArrowError> {
        for place in pos {
            if let TapeElement::Number(text) = tape.get(*place) {
                let text = tape.get_string(text);
                if !self.is_exact(text) {
                    return Err(ArrowError::JsonError(format!(
                        "failed to parse {text} as {}",
                        self.data_type
                    )));
                }
            }
        }
        self.inner.decode(tape, pos)
    }
}

impl Whole {
    fn is_exact(&self, text: &str) -> bool {
        text.parse::<i64>().is_ok()
            || (self.data_type == DataType::UInt64 && text.parse::<u64>().is_ok())
            || text
                .parse::<f64>()
                .is_ok_and(|n| n.fract() == 0.0 && n.abs() <= LARGEST_EXACT)
    }
}
