//! Cold segment files: Parquet.

mod capture;
mod chunk;
mod encodings;
mod failure;
mod group;
mod index;
mod open_types;
mod options;
mod page_header;
mod places;
mod properties;
mod prune;
mod read;
mod segment;
mod summary;
mod verified;
mod workers;
mod writer;

pub use open_types::{from_open_type, open_type};
pub use options::{Codec, ParquetOptions};
pub use segment::ParquetSegment;
pub use summary::{FooterSeal, ParquetSummary};
pub use writer::ParquetSegmentWriter;

#[cfg(test)]
mod tests;
