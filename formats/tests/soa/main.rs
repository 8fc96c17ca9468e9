//! What `#[derive(SoA, SoAEnum, SoAStore)]` makes, and how it behaves.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "helpers of tests"
)]

// The derives write paths to the crate that users have.
extern crate thermocline_formats as thermocline;

mod attributes;
mod batches;
mod columns;
mod enums;
#[cfg(all(
    feature = "chrono",
    feature = "jiff",
    feature = "uuid",
    feature = "decimal"
))]
mod foreign;
mod generics;
mod nested;
mod orders;
mod round_trip;
mod rows;
mod sharded;
mod stores;
mod zero_copy;
