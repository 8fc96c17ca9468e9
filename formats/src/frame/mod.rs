//! Frames: how the log and the manifest put records into an append-only file.
//!
//! A frame is a header of [`HEADER_LEN`] bytes and a payload, padded with zeros to a multiple of
//! eight bytes so that the next payload is aligned too. Header and payload have a CRC-32C each.

mod damage;
mod header;
mod prepared;
mod reader;
mod scan;

pub use damage::{Damage, DamageKind};
pub use header::HEADER_LEN;
pub use prepared::{Compression, PreparedFrame, SealedFrame};
pub use reader::{Frame, FrameReader};
pub use scan::{Acknowledged, find_acknowledged_after};

#[cfg(test)]
mod tests;
