//! Any bytes decoded as a batch of every type: what is accepted can be encoded
//! again.

use thermocline_formats::{decode_batch, encode_batch, same_bits};
use thermocline_testing::{arbitrary_batch, arbitrary_schema};

use super::{Target, seed};
use crate::failure::{Failure, Outcome, ensure};

pub(super) const TARGET: Target = Target {
    name: "batch",
    run,
    seeds,
};

fn run(data: &[u8]) -> Outcome {
    let schema = arbitrary_schema();
    let payload = bytes::Bytes::copy_from_slice(data);
    let Ok(batch) = decode_batch(&schema, &payload) else {
        return Ok(());
    };
    let again = encode_batch(&batch)
        .map_err(|e| Failure::new(format!("a decoded batch cannot be encoded: {e}")))?;
    let again = decode_batch(&schema, &again.into())
        .map_err(|e| Failure::new(format!("and not be decoded again: {e}")))?;
    ensure(same_bits(&batch, &again), || {
        "it came back as another".to_owned()
    })
}

fn seeds() -> Outcome<Vec<Vec<u8>>> {
    let batches = [(1, 0), (2, 1), (3, 3)].into_iter();
    batches
        .map(|(number, rows)| encode_batch(&arbitrary_batch(number, rows)).map_err(seed))
        .collect()
}
