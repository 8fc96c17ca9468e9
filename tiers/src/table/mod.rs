//! Tables: where rows come in.

mod append;
mod handle;
mod marks;
pub(crate) mod name;
mod options;
mod schema;
mod seal;

use crate::error::Error;
pub use handle::Table;
pub use options::TableOptions;

/// A drop that has begun is carried out, if not by the call that failed, then by a later one. So
/// nothing more is promised.
fn being_dropped(table: &str) -> Error {
    Error::not_found(format!(
        "table `{table}` is being dropped; drop it again to find out whether that is done"
    ))
}
