//! Short ways to write a predicate.

use std::ops::Not;

use super::{CompareOp, Predicate};
use crate::Bound;

macro_rules! comparison {
    ($($(#[$doc:meta])* $name:ident => $op:ident;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name(column: impl Into<String>, value: impl Into<Bound>) -> Self {
            Self::Compare { column: column.into(), op: CompareOp::$op, value: value.into() }
        }
    )*};
}

impl Predicate {
    comparison! {
        /// The column equals the value.
        eq => Eq;
        /// The column differs from the value.
        ne => Ne;
        /// The column is less than the value.
        lt => Lt;
        /// The column is less than the value or equal to it.
        le => Le;
        /// The column is greater than the value.
        gt => Gt;
        /// The column is greater than the value or equal to it.
        ge => Ge;
    }

    /// The column is one of the values.
    #[must_use]
    pub fn is_in<V: Into<Bound>>(
        column: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        Self::In {
            column: column.into(),
            values,
        }
    }

    /// The column is null.
    #[must_use]
    pub fn is_null(column: impl Into<String>) -> Self {
        Self::IsNull {
            column: column.into(),
        }
    }

    /// The column is not null.
    #[must_use]
    pub fn is_not_null(column: impl Into<String>) -> Self {
        Self::IsNotNull {
            column: column.into(),
        }
    }

    /// The column starts with these bytes.
    #[must_use]
    pub fn starts_with(column: impl Into<String>, prefix: impl AsRef<[u8]>) -> Self {
        Self::StartsWith {
            column: column.into(),
            prefix: prefix.as_ref().to_vec(),
        }
    }

    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::True, other) => other,
            (this, Self::True) => this,
            (Self::And(mut parts), other) => {
                parts.push(other);
                Self::And(parts)
            }
            (this, other) => Self::And(vec![this, other]),
        }
    }

    /// Either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Or(mut parts), other) => {
                parts.push(other);
                Self::Or(parts)
            }
            (this, other) => Self::Or(vec![this, other]),
        }
    }
}

impl Not for Predicate {
    type Output = Self;

    fn not(self) -> Self {
        Self::Not(Box::new(self))
    }
}
