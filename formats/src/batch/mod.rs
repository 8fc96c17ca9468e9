//! A record batch as the payload of a log frame.

mod decode;
mod encode;
pub(crate) mod message;

pub use decode::decode_batch;
pub use encode::encode_batch;

#[cfg(test)]
mod tests;
