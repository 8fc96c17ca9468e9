//! Types of other crates as columns.

#[cfg(feature = "chrono")]
mod chrono;
mod converted;
#[cfg(feature = "decimal")]
mod decimal;
#[cfg(any(feature = "chrono", feature = "jiff"))]
mod instant;
#[cfg(feature = "jiff")]
mod jiff;
#[cfg(feature = "uuid")]
mod uuid;

pub use self::converted::{Converted, ConvertedCodes};
