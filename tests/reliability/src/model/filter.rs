//! Conditions, both as the engine's predicates and evaluated by hand.

use thermocline_testing::Random;
use thermocline_tiers::Predicate;

use super::row::{Cell, cell};

/// A condition on rows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Filter {
    /// Every row.
    All,
    /// Rows of one partition.
    Part(i32),
    /// Rows whose key is at least this.
    KeyFrom(String, i64),
    /// Rows whose value is below this; a null is not.
    ValueBelow(i64),
    /// Rows without a value.
    NoValue,
    /// Rows whose text starts like this.
    TextLike(String),
    /// Rows of a partition with a value below this.
    Both(i32, i64),
}

impl Filter {
    /// Any condition that fits a table with this key column.
    #[must_use]
    pub fn draw(random: &mut Random, key: &str, batches: usize) -> Self {
        let part = i32::try_from(random.below(4)).unwrap_or_default();
        let value = i64::try_from(random.below(110)).unwrap_or_default();
        match random.below(8) {
            0 => Self::Part(part),
            1 => {
                let batch = i64::try_from(random.below(batches + 1)).unwrap_or_default();
                Self::KeyFrom(key.to_owned(), batch * super::row::BATCH + value / 4)
            }
            2 => Self::ValueBelow(value),
            3 => Self::NoValue,
            4 => Self::TextLike("abc".repeat(random.below(3))),
            5 => Self::Both(part, value),
            _ => Self::All,
        }
    }

    /// The engine's form of it.
    #[must_use]
    pub fn predicate(&self) -> Predicate {
        match self {
            Self::All => Predicate::True,
            Self::Part(part) => Predicate::eq("part", *part),
            Self::KeyFrom(column, key) => Predicate::ge(column.as_str(), *key),
            Self::ValueBelow(value) => Predicate::lt("value", *value),
            Self::NoValue => Predicate::is_null("value"),
            Self::TextLike(prefix) => Predicate::starts_with("text", prefix),
            Self::Both(part, value) => {
                Predicate::eq("part", *part).and(Predicate::lt("value", *value))
            }
        }
    }

    /// Whether it holds for the row with this key.
    #[must_use]
    pub fn holds(&self, key: i64) -> bool {
        let value_below =
            |limit: i64| matches!(cell(key, "value", true), Cell::Int(v) if v < limit);
        let in_part = |part: i32| cell(key, "part", true) == Cell::Int(i64::from(part));
        match self {
            Self::All => true,
            Self::Part(part) => in_part(*part),
            Self::KeyFrom(_, from) => key >= *from,
            Self::ValueBelow(value) => value_below(*value),
            Self::NoValue => cell(key, "value", true) == Cell::Null,
            Self::TextLike(prefix) => {
                matches!(cell(key, "text", true), Cell::Text(t) if t.starts_with(prefix.as_str()))
            }
            Self::Both(part, value) => in_part(*part) && value_below(*value),
        }
    }
}
