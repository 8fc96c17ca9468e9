//! Columns against a `Vec`, and what they share.

mod limits;
mod model;
mod sharing;
