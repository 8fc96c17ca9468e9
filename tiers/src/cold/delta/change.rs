//! What one commit of ours is to change.

use thermocline_policy::SegmentId;

use super::{Add, Metadata, Protocol, Remove};

/// What a commit does, as the table's history names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Rows come in.
    Write,
    /// Rows go.
    Delete,
    /// The same rows in other files.
    Optimize,
}

impl Operation {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Write => "WRITE",
            Self::Delete => "DELETE",
            Self::Optimize => "OPTIMIZE",
        }
    }
}

/// One commit of ours.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) operation: Operation,
    /// By which the commit is known again when its answer was lost.
    pub(crate) uuid: SegmentId,
    /// Its number among our commits to this table; each is one more than the last.
    pub(crate) sequence: u64,
    /// The number that our last commit must have, where numbers are not one after the
    /// other: with any other, somebody else has taken our place.
    pub(crate) follows: Option<u64>,
    /// How far further applications have come by this commit.
    pub(crate) also: Vec<(String, u64)>,
    /// A new description of the table, if it has changed.
    pub(crate) metadata: Option<(Protocol, Metadata)>,
    pub(crate) add: Vec<Add>,
    pub(crate) remove: Vec<Remove>,
}
