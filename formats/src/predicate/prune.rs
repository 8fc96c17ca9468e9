//! What statistics rule out.

use std::cmp::Ordering;

use arrow::datatypes::Schema;

use super::{CompareOp, Predicate};
use crate::{Bound, ColumnStats, SegmentStats};

/// What is known of one column over some run of rows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Knowledge<'a> {
    /// Nothing.
    Unknown,
    /// All rows are null: the column was added later.
    AllNull,
    /// The column's statistics over this many rows.
    Stats(&'a ColumnStats, u64),
}

/// The answers that a condition may have for some row. More may be allowed than can happen, never
/// fewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Answers {
    yes: bool,
    no: bool,
    unknown: bool,
}

impl Answers {
    const ANY: Self = Self {
        yes: true,
        no: true,
        unknown: true,
    };
}

impl Predicate {
    /// Whether the condition may be true for a row of which only statistics are known.
    ///
    /// `false` is certain: no row matches. A column that `schema` lacks rules nothing out.
    #[must_use]
    pub fn may_match(&self, schema: &Schema, stats: &SegmentStats) -> bool {
        if stats.rows == 0 {
            return false;
        }
        self.may_match_known(&|name| match schema.index_of(name) {
            Err(_) => Knowledge::Unknown,
            Ok(index) => stats
                .columns
                .get(index)
                .map_or(Knowledge::AllNull, |column| {
                    Knowledge::Stats(column, stats.rows)
                }),
        })
    }

    /// The same for knowledge that comes from elsewhere, column by column.
    pub(crate) fn may_match_known<'a>(&self, known: &dyn Fn(&str) -> Knowledge<'a>) -> bool {
        self.answers(known).yes
    }

    fn answers<'a>(&self, known: &dyn Fn(&str) -> Knowledge<'a>) -> Answers {
        match self {
            Self::True => Answers {
                yes: true,
                no: false,
                unknown: false,
            },
            Self::Compare { column, op, value } => of_values(known(column), |stats, rows| {
                compare(stats, rows, *op, value)
            }),
            Self::In { column, values } => {
                if values.is_empty() {
                    return Answers {
                        yes: false,
                        no: true,
                        unknown: false,
                    };
                }
                of_values(known(column), |stats, rows| {
                    let each = values
                        .iter()
                        .map(|value| compare(stats, rows, CompareOp::Eq, value));
                    each.fold((false, true), |(yes, no), (one, other)| {
                        (yes || one, no && other)
                    })
                })
            }
            Self::StartsWith { column, prefix } => {
                of_values(known(column), |stats, _| starts_with(stats, prefix))
            }
            Self::IsNull { column } => is_null(known(column)),
            Self::IsNotNull { column } => opposite(is_null(known(column))),
            Self::And(parts) => {
                let start = Answers {
                    yes: true,
                    no: false,
                    unknown: false,
                };
                parts
                    .iter()
                    .map(|part| part.answers(known))
                    .fold(start, |all, part| Answers {
                        yes: all.yes && part.yes,
                        no: all.no || part.no,
                        unknown: all.unknown || part.unknown,
                    })
            }
            Self::Or(parts) => {
                let start = Answers {
                    yes: false,
                    no: true,
                    unknown: false,
                };
                parts
                    .iter()
                    .map(|part| part.answers(known))
                    .fold(start, |any, part| Answers {
                        yes: any.yes || part.yes,
                        no: any.no && part.no,
                        unknown: any.unknown || part.unknown,
                    })
            }
            Self::Not(inner) => opposite(inner.answers(known)),
        }
    }
}

fn opposite(answers: Answers) -> Answers {
    Answers {
        yes: answers.no,
        no: answers.yes,
        unknown: answers.unknown,
    }
}

fn is_null(known: Knowledge<'_>) -> Answers {
    match known {
        Knowledge::Unknown => Answers {
            yes: true,
            no: true,
            unknown: false,
        },
        Knowledge::AllNull => Answers {
            yes: true,
            no: false,
            unknown: false,
        },
        Knowledge::Stats(stats, rows) => Answers {
            yes: stats.nulls > 0,
            no: stats.nulls < rows,
            unknown: false,
        },
    }
}

/// The answers of a condition that is unknown for nulls; `of` gives whether it may be true and
/// whether it may be false for the others.
fn of_values(known: Knowledge<'_>, of: impl FnOnce(&ColumnStats, u64) -> (bool, bool)) -> Answers {
    match known {
        Knowledge::Unknown => Answers::ANY,
        Knowledge::AllNull => Answers {
            yes: false,
            no: false,
            unknown: true,
        },
        Knowledge::Stats(stats, rows) => {
            let unknown = stats.nulls > 0;
            if stats.nulls >= rows {
                return Answers {
                    yes: false,
                    no: false,
                    unknown,
                };
            }
            let (yes, no) = of(stats, rows);
            Answers { yes, no, unknown }
        }
    }
}

/// Goes through the three orders in which some value may stand to `value`.
fn compare(stats: &ColumnStats, rows: u64, op: CompareOp, value: &Bound) -> (bool, bool) {
    let nan = matches!(value, Bound::Float(float) if float.is_nan());
    let (mut less, mut equal, mut greater) = (false, false, false);
    if stats.nulls.saturating_add(stats.nans) < rows {
        // A limit that isn't known, or of another kind, rules nothing out.
        let min = stats.min.as_ref().and_then(|min| min.compare(value));
        let max = stats.max.as_ref().and_then(|max| max.compare(value));
        less |= min.is_none_or(Ordering::is_lt);
        greater |= !nan && max.is_none_or(Ordering::is_gt);
        equal |= !nan && min.is_none_or(Ordering::is_le) && max.is_none_or(Ordering::is_ge);
    }
    if stats.nans > 0 {
        equal |= nan;
        greater |= !nan;
    }
    let orders = [
        (less, Ordering::Less),
        (equal, Ordering::Equal),
        (greater, Ordering::Greater),
    ];
    let possible = orders.into_iter().filter(|(possible, _)| *possible);
    possible.fold((false, false), |(yes, no), (_, order)| {
        (yes || op.holds(order), no || !op.holds(order))
    })
}

/// The values with a prefix stand together in the order of bytes.
fn starts_with(stats: &ColumnStats, prefix: &[u8]) -> (bool, bool) {
    let min = match &stats.min {
        Some(Bound::Bytes(min)) => Some(min.as_slice()),
        _ => None,
    };
    let max = match &stats.max {
        Some(Bound::Bytes(max)) => Some(max.as_slice()),
        _ => None,
    };
    let all_before = max.is_some_and(|max| max < prefix);
    let all_behind = min.is_some_and(|min| min > prefix && !min.starts_with(prefix));
    let all_with = min.is_some_and(|min| min.starts_with(prefix))
        && max.is_some_and(|max| max.starts_with(prefix));
    (!all_before && !all_behind, !all_with)
}
