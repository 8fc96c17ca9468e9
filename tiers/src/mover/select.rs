//! Moves that a person asks for.

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use thermocline_policy::{Action, Move, Reason, SegmentId, Tier};

use super::MoveReport;
use crate::error::{Error, Result};
use crate::layout::TableId;
use crate::segment::Segment;
use crate::store::Core;

/// Which segments of a table are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Selection {
    /// All of them.
    All,
    /// Those of one partition, by its Hive path such as `month=2013-01`.
    Partition(String),
    /// One.
    Segment(SegmentId),
}

impl Selection {
    fn takes(&self, segment: &Segment) -> bool {
        match self {
            Self::All => true,
            Self::Partition(path) => segment.facts.partition.to_string() == *path,
            Self::Segment(id) => segment.id == *id,
        }
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("the whole"),
            Self::Partition(path) => write!(f, "partition `{path}`"),
            Self::Segment(id) => write!(f, "segment {id}"),
        }
    }
}

impl Core {
    pub(crate) fn move_to<'a>(
        self: &'a Arc<Self>,
        id: TableId,
        name: &'a str,
        which: &'a Selection,
        tier: Tier,
    ) -> BoxFuture<'a, Result<MoveReport>> {
        Box::pin(async move {
            let chosen = self.selected(id, name, which).await?;
            let moves: Vec<_> = chosen
                .iter()
                .flat_map(|segment| steps(name, segment, tier))
                .collect();
            let report = self.apply(&moves).await?;
            self.trim_log().await?;
            self.set_gauges();
            Ok(report)
        })
    }

    /// The segments that are meant; open rows are sealed first, unless it is one segment.
    pub(crate) async fn selected(
        self: &Arc<Self>,
        id: TableId,
        name: &str,
        which: &Selection,
    ) -> Result<Vec<Arc<Segment>>> {
        if !matches!(which, Selection::Segment(_)) {
            self.seal_table(id).await?;
        }
        let view = self.view();
        let table = view
            .table_by_id(id)
            .ok_or_else(|| Error::not_found(format!("table `{name}` was dropped")))?;
        let segments = table.segments.iter();
        let chosen: Vec<_> = segments
            .filter(|s| which.takes(s))
            .map(Arc::clone)
            .collect();
        if chosen.is_empty() && *which != Selection::All {
            return Err(nothing_selected(name, which, &table.segments));
        }
        Ok(chosen)
    }
}

/// The moves that bring a segment to `tier`.
fn steps(table: &str, segment: &Segment, tier: Tier) -> Vec<Move> {
    let propose = |action| Move {
        segment: segment.id,
        table: table.to_owned(),
        partition: segment.facts.partition.to_string(),
        action,
        bytes: segment.bytes_in(segment.tier()).unwrap_or(0),
        money: None,
        reason: Reason::ManualRequest,
    };
    let mut moves = Vec::new();
    if segment.home < tier {
        moves.push(propose(Action::Demote {
            from: segment.home,
            to: tier,
        }));
    }
    if segment.tier() > tier {
        moves.push(propose(Action::Promote { to: tier }));
    }
    let faster = segment.copies().into_iter().filter(|copy| *copy < tier);
    moves.extend(faster.map(|copy| propose(Action::DropCopy { tier: copy })));
    moves
}

fn nothing_selected(table: &str, which: &Selection, segments: &[Arc<Segment>]) -> Error {
    let mut partitions: Vec<_> = segments
        .iter()
        .map(|segment| segment.facts.partition.to_string())
        .collect();
    partitions.sort_unstable();
    partitions.dedup();
    let some: Vec<_> = partitions
        .iter()
        .take(5)
        .map(|path| format!("`{path}`"))
        .collect();
    let there = if some.is_empty() {
        "it has no segments".to_owned()
    } else {
        format!("it has {}", some.join(", "))
    };
    match which {
        Selection::Partition(path) => Error::not_found(format!(
            "table `{table}` has no partition `{path}`; {there}"
        )),
        Selection::Segment(id) => Error::not_found(format!(
            "table `{table}` has no segment {id}; list them to see which there are"
        )),
        Selection::All => Error::not_found(format!("table `{table}` has no segments")),
    }
}
