//! Any bytes decoded as a batch of every type: no panic, and what is accepted can be encoded
//! again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use thermocline_formats::{decode_batch, encode_batch, same_bits};
use thermocline_testing::arbitrary_schema;

fuzz_target!(|data: &[u8]| {
    let schema = arbitrary_schema();
    let payload = bytes::Bytes::copy_from_slice(data);
    if let Ok(batch) = decode_batch(&schema, &payload) {
        let again = encode_batch(&batch).expect("a decoded batch can be encoded");
        let again = decode_batch(&schema, &again.into()).expect("and decoded once more");
        assert!(same_bits(&batch, &again));
    }
});
