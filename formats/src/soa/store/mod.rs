//! Rows in memory that are found by their key.

mod key;
mod present;
mod rows;
mod sharded;

pub use self::key::{Key, Keyed};
pub use self::present::AlreadyPresent;
pub use self::rows::RowStore;
pub use self::sharded::{Position, ShardedStore};
