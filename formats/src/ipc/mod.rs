//! Warm segment files: Arrow IPC files that can be mapped and read in place.

mod dictionaries;
mod index;
mod options;
mod segment;
mod summary;
mod writer;

pub use options::{IpcCompression, IpcOptions};
pub use segment::IpcSegment;
pub use summary::IpcSummary;
pub use writer::IpcSegmentWriter;

/// What every Arrow IPC file starts and ends with.
const MAGIC: [u8; 6] = *b"ARROW1";

/// The mark behind the last block: a continuation marker and a length of zero.
const END_MARK_LEN: usize = 8;

#[cfg(test)]
mod tests;
