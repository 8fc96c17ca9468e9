//! Conditions as SQL.

use arrow::datatypes::{DataType, Schema, TimeUnit};
use thermocline_tiers::{Bound, CompareOp, Predicate};

use crate::names::{identifier, literal};

/// The last second of the year 9999, and as many before 1970: what every version of DuckDB can
/// make a literal of.
const FAR: i128 = 253_402_300_799;

/// A condition in SQL that holds for every row for which `predicate` does, and for as few others as
/// can be said: DuckDB leaves out what it rules out, and the exact condition decides on the rest.
/// `None` says nothing.
pub(super) fn implied(predicate: &Predicate, schema: &Schema) -> Option<String> {
    match predicate {
        Predicate::Compare { column, op, value } => {
            let value = constant(schema, column, value)?;
            let op = match op {
                CompareOp::Eq => "=",
                CompareOp::Ne => "<>",
                CompareOp::Lt => "<",
                CompareOp::Le => "<=",
                CompareOp::Gt => ">",
                CompareOp::Ge => ">=",
            };
            Some(format!("{} {op} {value}", identifier(column)))
        }
        Predicate::In { column, values } => {
            let values = values
                .iter()
                .map(|value| constant(schema, column, value))
                .collect::<Option<Vec<_>>>()?;
            if values.is_empty() {
                return Some("false".to_owned());
            }
            Some(format!("{} IN ({})", identifier(column), values.join(", ")))
        }
        Predicate::IsNull { column } => Some(format!("{} IS NULL", identifier(column))),
        Predicate::IsNotNull { column } => Some(format!("{} IS NOT NULL", identifier(column))),
        Predicate::StartsWith { column, prefix } => {
            let data_type = schema.field_with_name(column).ok()?.data_type();
            let prefix = std::str::from_utf8(prefix)
                .ok()
                .filter(|_| is_text(data_type))?;
            Some(format!(
                "starts_with({}, {})",
                identifier(column),
                text(prefix)?
            ))
        }
        Predicate::And(parts) => {
            let parts: Vec<String> = parts
                .iter()
                .filter_map(|part| implied(part, schema))
                .collect();
            (!parts.is_empty()).then(|| format!("({})", parts.join(" AND ")))
        }
        Predicate::Or(parts) => {
            let parts = parts
                .iter()
                .map(|part| implied(part, schema))
                .collect::<Option<Vec<_>>>()?;
            if parts.is_empty() {
                return Some("false".to_owned());
            }
            Some(format!("({})", parts.join(" OR ")))
        }
        _ => None,
    }
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, value) => value.is_string(),
        other => other.is_string(),
    }
}

/// A text that SQL can spell.
fn text(value: &str) -> Option<String> {
    (!value.contains('\0')).then(|| literal(value))
}

/// A value as a constant of its column's type.
fn constant(schema: &Schema, column: &str, value: &Bound) -> Option<String> {
    let data_type = schema.field_with_name(column).ok()?.data_type();
    match (value, data_type) {
        (Bound::Bool(value), DataType::Boolean) => Some(value.to_string()),
        (Bound::Int(value), data_type) if data_type.is_integer() => {
            let spelled = (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(value);
            spelled.then(|| format!("({value})"))
        }
        (Bound::Int(value), DataType::Date32) => {
            let near = (-FAR / 86_400..=FAR / 86_400).contains(value);
            near.then(|| format!("(DATE '1970-01-01' + ({value})::INTEGER)"))
        }
        (Bound::Int(value), DataType::Timestamp(unit, None)) => moment(*value, *unit),
        (Bound::Float(value), data_type) if data_type.is_floating() => {
            value.is_finite().then(|| format!("'{value:e}'::DOUBLE"))
        }
        (Bound::Bytes(value), data_type) if is_text(data_type) => {
            text(std::str::from_utf8(value).ok()?)
        }
        (Bound::Bytes(value), DataType::Binary | DataType::LargeBinary) => {
            let bytes: String = value.iter().map(|byte| format!("\\x{byte:02X}")).collect();
            Some(format!("'{bytes}'::BLOB"))
        }
        _ => None,
    }
}

/// A moment in its column's unit. Between microseconds, nothing is said.
fn moment(value: i128, unit: TimeUnit) -> Option<String> {
    let micros = match unit {
        TimeUnit::Second => value.checked_mul(1_000_000)?,
        TimeUnit::Millisecond => value.checked_mul(1_000)?,
        TimeUnit::Microsecond => value,
        TimeUnit::Nanosecond => return None,
    };
    let near = micros.abs() <= FAR * 1_000_000;
    near.then(|| format!("make_timestamp({micros})"))
}
