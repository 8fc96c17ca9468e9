//! DuckDB's filters as predicates that segments can be ruled out by.

use arrow::datatypes::{DataType, Schema, TimeUnit};
use duckdb_neo::expression::{Expression, ExpressionType};
use duckdb_neo::logical_type::LogicalTypeID;
use duckdb_neo::table_function::PushdownData;
use duckdb_neo::types::{
    BlobValue, DateValue, DecimalValue, TimeNsValue, TimeValue, TimestampMsValue, TimestampNsValue,
    TimestampSecValue, TimestampTzNsValue, TimestampTzValue, TimestampValue,
};
use duckdb_neo::value::Value;
use thermocline_formats::{Bound, CompareOp, Predicate};

use crate::Result;

/// Translates the filters that are offered to one scan.
pub(super) struct Translator<'a> {
    schema: &'a Schema,
    pushdown: &'a PushdownData<'a>,
}

impl<'a> Translator<'a> {
    pub(super) fn new(schema: &'a Schema, pushdown: &'a PushdownData<'a>) -> Self {
        Self { schema, pushdown }
    }

    /// A predicate that is true for every row for which the filter is; [`Predicate::True`] where
    /// nothing better is known.
    pub(super) fn implied(&self, filter: &Expression<'_>) -> Result<Predicate> {
        match filter.expression_type()? {
            ExpressionType::ConjunctionAnd => {
                let mut all = Predicate::True;
                for part in filter.children()? {
                    all = all.and(self.implied(&part)?);
                }
                Ok(all)
            }
            ExpressionType::ConjunctionOr => {
                let mut any = Vec::new();
                for part in filter.children()? {
                    match self.implied(&part)? {
                        Predicate::True => return Ok(Predicate::True),
                        part => any.push(part),
                    }
                }
                Ok(Predicate::Or(any))
            }
            ExpressionType::CompareNotDistinctFrom => Ok(self
                .comparison(filter, CompareOp::Eq)?
                .unwrap_or(Predicate::True)),
            // Either limit may be exclusive; it is not said which.
            ExpressionType::CompareBetween => {
                let Some((column, kind)) = self.column(&filter.child(0)?)? else {
                    return Ok(Predicate::True);
                };
                let mut both = Predicate::True;
                if let Some(low) = constant(&filter.child(1)?, kind)? {
                    both = both.and(Predicate::ge(column.clone(), low));
                }
                if let Some(high) = constant(&filter.child(2)?, kind)? {
                    both = both.and(Predicate::le(column, high));
                }
                Ok(both)
            }
            _ => Ok(self.exact(filter)?.unwrap_or(Predicate::True)),
        }
    }

    /// A predicate that is true, false and unknown for the same rows as the filter.
    fn exact(&self, filter: &Expression<'_>) -> Result<Option<Predicate>> {
        match filter.expression_type()? {
            ExpressionType::ConjunctionAnd => Ok(self.all_exact(filter)?.map(Predicate::And)),
            ExpressionType::ConjunctionOr => Ok(self.all_exact(filter)?.map(Predicate::Or)),
            ExpressionType::OperatorNot => Ok(self
                .exact(&filter.child(0)?)?
                .map(|inner| Predicate::Not(Box::new(inner)))),
            ExpressionType::OperatorIsNull => Ok(self
                .column(&filter.child(0)?)?
                .map(|(column, _)| Predicate::is_null(column))),
            ExpressionType::OperatorIsNotNull => Ok(self
                .column(&filter.child(0)?)?
                .map(|(column, _)| Predicate::is_not_null(column))),
            ExpressionType::CompareEqual => self.comparison(filter, CompareOp::Eq),
            ExpressionType::CompareNotEqual => self.comparison(filter, CompareOp::Ne),
            ExpressionType::CompareLessThan => self.comparison(filter, CompareOp::Lt),
            ExpressionType::CompareLessThanOrEqualTo => self.comparison(filter, CompareOp::Le),
            ExpressionType::CompareGreaterThan => self.comparison(filter, CompareOp::Gt),
            ExpressionType::CompareGreaterThanOrEqualTo => self.comparison(filter, CompareOp::Ge),
            ExpressionType::CompareIn => self.is_in(filter),
            ExpressionType::CompareNotIn => Ok(self
                .is_in(filter)?
                .map(|inner| Predicate::Not(Box::new(inner)))),
            ExpressionType::BoundFunction => self.prefix(filter),
            ExpressionType::BoundColumnRef => Ok(self
                .column(filter)?
                .filter(|(_, kind)| **kind == DataType::Boolean)
                .map(|(column, _)| Predicate::eq(column, true))),
            _ => Ok(None),
        }
    }

    fn all_exact(&self, filter: &Expression<'_>) -> Result<Option<Vec<Predicate>>> {
        filter
            .children()?
            .iter()
            .map(|part| self.exact(part))
            .collect()
    }

    /// A column compared with a constant. DuckDB puts the constant on the right.
    fn comparison(&self, filter: &Expression<'_>, op: CompareOp) -> Result<Option<Predicate>> {
        let Some((column, kind)) = self.column(&filter.child(0)?)? else {
            return Ok(None);
        };
        let value = constant(&filter.child(1)?, kind)?;
        Ok(value.map(|value| Predicate::Compare { column, op, value }))
    }

    fn is_in(&self, filter: &Expression<'_>) -> Result<Option<Predicate>> {
        let children = filter.children()?;
        let Some((tested, candidates)) = children.split_first() else {
            return Ok(None);
        };
        let Some((column, kind)) = self.column(tested)? else {
            return Ok(None);
        };
        let values: Option<Vec<Bound>> = candidates
            .iter()
            .map(|candidate| constant(candidate, kind))
            .collect::<Result<_>>()?;
        Ok(values.map(|values| Predicate::In { column, values }))
    }

    /// `starts_with(column, 'text')`, which is also what `LIKE 'text%'` is optimized to.
    fn prefix(&self, filter: &Expression<'_>) -> Result<Option<Predicate>> {
        if filter.child_count()? != 2
            || !matches!(
                filter.function_name()?.as_str(),
                "prefix" | "starts_with" | "^@"
            )
        {
            return Ok(None);
        }
        let Some((column, kind)) = self.column(&filter.child(0)?)? else {
            return Ok(None);
        };
        if !matches!(
            kind,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Dictionary(_, _)
        ) {
            return Ok(None);
        }
        Ok(match constant(&filter.child(1)?, kind)? {
            Some(Bound::Bytes(prefix)) => Some(Predicate::starts_with(column, prefix)),
            _ => None,
        })
    }

    /// The column that an expression is, if it is one: its name and type in the table.
    fn column(&self, expression: &Expression<'_>) -> Result<Option<(String, &'a DataType)>> {
        if expression.expression_type()? != ExpressionType::BoundColumnRef {
            return Ok(None);
        }
        let declared = self
            .pushdown
            .get_column_index(expression.reference_index()?)?;
        // The first declared column only counts rows.
        let field = declared
            .checked_sub(1)
            .and_then(|index| self.schema.fields().get(index));
        Ok(field.map(|field| (field.name().clone(), field.data_type())))
    }
}

/// The value of a constant as a bound of a column of this type; `None` where there is no constant,
/// it is null, or the column has no exact counterpart of it.
fn constant(expression: &Expression<'_>, column: &DataType) -> Result<Option<Bound>> {
    if expression.expression_type()? != ExpressionType::ValueConstant {
        return Ok(None);
    }
    let value = expression.get_constant_value()?;
    if value.is_null()? {
        return Ok(None);
    }
    let id = value.logical_type()?.id()?;
    Ok(bound(&value, id, column)?)
}

fn bound(value: &Value, id: LogicalTypeID, column: &DataType) -> duckdb_neo::Result<Option<Bound>> {
    use LogicalTypeID as Id;

    Ok(match (column, id) {
        (DataType::Boolean, Id::Boolean) => value.get::<bool>()?.map(Bound::from),
        (DataType::Int8, Id::TinyInt) => value.get::<i8>()?.map(Bound::from),
        (DataType::Int16, Id::SmallInt) => value.get::<i16>()?.map(Bound::from),
        (DataType::Int32, Id::Integer) => value.get::<i32>()?.map(Bound::from),
        (DataType::Int64, Id::BigInt) => value.get::<i64>()?.map(Bound::from),
        (DataType::UInt8, Id::UTinyInt) => value.get::<u8>()?.map(Bound::from),
        (DataType::UInt16, Id::USmallInt) => value.get::<u16>()?.map(Bound::from),
        (DataType::UInt32, Id::UInteger) => value.get::<u32>()?.map(Bound::from),
        (DataType::UInt64, Id::UBigInt) => value.get::<u64>()?.map(Bound::from),
        (DataType::Float16 | DataType::Float32, Id::Float) => value.get::<f32>()?.map(Bound::from),
        (DataType::Float64, Id::Double) => value.get::<f64>()?.map(Bound::from),
        (DataType::Utf8 | DataType::LargeUtf8 | DataType::Dictionary(_, _), Id::Varchar) => {
            value.get::<String>()?.map(Bound::from)
        }
        (DataType::Binary | DataType::LargeBinary | DataType::FixedSizeBinary(_), Id::Blob) => {
            value.get::<BlobValue>()?.map(|blob| Bound::from(blob.0))
        }
        (DataType::Date32, Id::Date) => value.get::<DateValue>()?.map(|date| Bound::from(date.0)),
        (
            DataType::Decimal32(_, scale)
            | DataType::Decimal64(_, scale)
            | DataType::Decimal128(_, scale),
            Id::Decimal,
        ) => value
            .get::<DecimalValue>()?
            .filter(|decimal| i16::from(decimal.scale) == i16::from(*scale))
            .map(|decimal| Bound::from(decimal.value)),
        (DataType::Time32(unit) | DataType::Time64(unit), Id::Time) => value
            .get::<TimeValue>()?
            .and_then(|time| from_micros(time.0, *unit)),
        (DataType::Time64(TimeUnit::Nanosecond), Id::TimeNs) => {
            value.get::<TimeNsValue>()?.map(|time| Bound::from(time.0))
        }
        (DataType::Timestamp(TimeUnit::Second, None), Id::TimestampSec) => value
            .get::<TimestampSecValue>()?
            .map(|time| Bound::from(time.0)),
        (DataType::Timestamp(TimeUnit::Millisecond, None) | DataType::Date64, Id::TimestampMs) => {
            value
                .get::<TimestampMsValue>()?
                .map(|time| Bound::from(time.0))
        }
        (DataType::Timestamp(TimeUnit::Microsecond, None), Id::Timestamp) => value
            .get::<TimestampValue>()?
            .map(|time| Bound::from(time.0)),
        (DataType::Timestamp(TimeUnit::Nanosecond, None), Id::TimestampNs) => value
            .get::<TimestampNsValue>()?
            .map(|time| Bound::from(time.0)),
        (DataType::Timestamp(TimeUnit::Nanosecond, Some(_)), Id::TimestampTzNs) => value
            .get::<TimestampTzNsValue>()?
            .map(|time| Bound::from(time.0)),
        (DataType::Timestamp(unit, Some(_)), Id::TimestampTz) => value
            .get::<TimestampTzValue>()?
            .and_then(|time| from_micros(time.0, *unit)),
        _ => None,
    })
}

/// Microseconds as a number of a column's unit, where it is a whole one.
fn from_micros(micros: i64, unit: TimeUnit) -> Option<Bound> {
    let divisor = match unit {
        TimeUnit::Second => 1_000_000,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1,
        TimeUnit::Nanosecond => return None,
    };
    (micros % divisor == 0).then(|| Bound::from(micros / divisor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_numbers_of_a_unit_become_bounds() {
        assert_eq!(
            from_micros(2_000_000, TimeUnit::Second),
            Some(Bound::from(2))
        );
        assert_eq!(from_micros(2_000_001, TimeUnit::Second), None);
        assert_eq!(
            from_micros(-3_000, TimeUnit::Millisecond),
            Some(Bound::from(-3))
        );
        assert_eq!(from_micros(7, TimeUnit::Microsecond), Some(Bound::from(7)));
    }
}
