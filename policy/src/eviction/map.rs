//! The hash map of this folder.

use std::collections::HashMap;

use foldhash::fast::FixedState;

/// A map by object. Its hash has a fixed seed, so that a replay is the same every time.
pub(super) type Map<V> = HashMap<u64, V, FixedState>;
