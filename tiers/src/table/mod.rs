//! Tables: where rows come in.

mod append;
mod handle;
mod marks;
pub(crate) mod name;
mod options;
mod schema;
mod seal;

pub use handle::Table;
pub use options::TableOptions;
