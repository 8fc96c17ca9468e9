//! A disk at rest.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use bytes::Bytes;

use super::op::ObjectKey;

/// What is on a disk at rest: all of it is durable.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Contents {
    /// Directories.
    pub dirs: BTreeSet<PathBuf>,
    /// Files by name.
    pub files: BTreeMap<PathBuf, Bytes>,
    /// Objects of all object stores.
    pub objects: BTreeMap<ObjectKey, Bytes>,
}

impl Contents {
    /// An empty disk: the directory `/`.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            dirs: [PathBuf::from("/")].into(),
            ..Self::default()
        }
    }
}
