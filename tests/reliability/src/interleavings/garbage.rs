//! The engine's protocol of files that nobody needs any more.

#[path = "../../../../tiers/src/garbage/retired.rs"]
pub(super) mod retired;

use super::sync;
