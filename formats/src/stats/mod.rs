//! Zone maps: what is known of a run of rows without reading it.

mod bound;
mod collect;
mod column;
mod segment;

pub use bound::Bound;
pub use column::ColumnStats;
pub use segment::SegmentStats;

pub(crate) use bound::compare_floats;
pub(crate) use collect::column_stats;

#[cfg(test)]
mod tests;
