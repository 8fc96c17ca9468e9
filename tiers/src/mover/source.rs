//! Reading a whole segment, to write it elsewhere.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::StreamExt;

use crate::columns::conform;
use crate::error::{Error, Result};
use crate::segment::Segment;

/// All rows of a segment from its fastest copy, in order. Blocks.
///
/// Each item is read when it is asked for, so no more than one block or row
/// group is decoded at a time.
pub(super) fn rows<'a>(
    segment: &'a Segment,
    schema: &SchemaRef,
) -> Result<Box<dyn Iterator<Item = Result<RecordBatch>> + 'a>> {
    if let Some(hot) = &segment.hot {
        return Ok(Box::new(
            (0..hot.morsels().len()).map(|index| Ok(hot.morsel(index))),
        ));
    }
    if let Some(warm) = &segment.warm {
        let mapped = warm.segment()?;
        return Ok(Box::new((0..mapped.blocks()).map(move |index| {
            mapped.read_block(index).map_err(|e| warm.error(e))
        })));
    }
    let cold = segment
        .cold
        .as_ref()
        .ok_or_else(|| Error::bug(format!("segment {} has no copy", segment.id)))?;
    let groups = (0..cold.meta.parts as usize).flat_map(move |group| {
        let stream = match cold.wait(cold.read_once(group)) {
            Ok(stream) => stream,
            Err(error) => futures::stream::iter([Err(error)]).boxed(),
        };
        Blocking { cold, stream }
    });
    // Another program may have written it, see `adopt`.
    let schema = SchemaRef::clone(schema);
    Ok(Box::new(groups.map(move |batch| conform(&batch?, &schema))))
}

/// A stream as an iterator.
struct Blocking<'a> {
    cold: &'a crate::cold::ColdFile,
    stream: futures::stream::BoxStream<'static, Result<RecordBatch>>,
}

impl Iterator for Blocking<'_> {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.cold.wait(self.stream.next())
    }
}

/// The columns of a segment's rows: those of the schema it was sealed under.
pub(super) fn schema(segment: &Segment, schemas: &[SchemaRef]) -> Result<SchemaRef> {
    schemas
        .get(segment.facts.schema_version as usize)
        .cloned()
        .ok_or_else(|| Error::bug(format!("segment {} has an unknown schema", segment.id)))
}
