//! How a column's Arrow type appears in SQL.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, TimeUnit};

use crate::names::identifier;

/// A column as DuckDB sees it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SqlType {
    /// The type's name in SQL.
    pub(crate) name: String,
    /// The Arrow type that has the same layout; a batch's column is cast to it first.
    pub(crate) arrow: DataType,
}

/// The SQL type of an Arrow type, or why there is none.
pub(crate) fn sql_type(data_type: &DataType) -> Result<SqlType, String> {
    let same = |name: &str| {
        Ok(SqlType {
            name: name.to_owned(),
            arrow: data_type.clone(),
        })
    };
    match data_type {
        DataType::Boolean => same("BOOLEAN"),
        DataType::Int8 => same("TINYINT"),
        DataType::Int16 => same("SMALLINT"),
        DataType::Int32 => same("INTEGER"),
        DataType::Int64 => same("BIGINT"),
        DataType::UInt8 => same("UTINYINT"),
        DataType::UInt16 => same("USMALLINT"),
        DataType::UInt32 => same("UINTEGER"),
        DataType::UInt64 => same("UBIGINT"),
        DataType::Float16 => as_other("FLOAT", DataType::Float32),
        DataType::Float32 => same("FLOAT"),
        DataType::Float64 => same("DOUBLE"),
        DataType::Utf8 | DataType::LargeUtf8 => same("VARCHAR"),
        DataType::Dictionary(_, value)
            if matches!(value.as_ref(), DataType::Utf8 | DataType::LargeUtf8) =>
        {
            same("VARCHAR")
        }
        DataType::Binary | DataType::LargeBinary | DataType::FixedSizeBinary(_) => same("BLOB"),
        DataType::Date32 => same("DATE"),
        DataType::Date64 => as_other(
            "TIMESTAMP_MS",
            DataType::Timestamp(TimeUnit::Millisecond, None),
        ),
        DataType::Time32(_) => as_other("TIME", DataType::Time64(TimeUnit::Microsecond)),
        DataType::Time64(TimeUnit::Nanosecond) => same("TIME_NS"),
        DataType::Time64(_) => same("TIME"),
        DataType::Timestamp(unit, zone) => Ok(timestamp(*unit, zone.clone())),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale) => same(&format!("DECIMAL({precision}, {scale})")),
        DataType::List(item) => list(item, DataType::List),
        DataType::LargeList(item) => list(item, DataType::LargeList),
        DataType::Struct(fields) => structure(fields),
        other => Err(format!("SQL has no type for {other}")),
    }
}

fn as_other(name: &str, arrow: DataType) -> Result<SqlType, String> {
    Ok(SqlType {
        name: name.to_owned(),
        arrow,
    })
}

/// DuckDB has all four units without a zone, but only micro- and nanoseconds with one.
fn timestamp(unit: TimeUnit, zone: Option<Arc<str>>) -> SqlType {
    let (name, unit) = match (unit, &zone) {
        (TimeUnit::Second, None) => ("TIMESTAMP_S", unit),
        (TimeUnit::Millisecond, None) => ("TIMESTAMP_MS", unit),
        (TimeUnit::Microsecond, None) => ("TIMESTAMP", unit),
        (TimeUnit::Nanosecond, None) => ("TIMESTAMP_NS", unit),
        (TimeUnit::Nanosecond, Some(_)) => ("TIMESTAMPTZ_NS", unit),
        (_, Some(_)) => ("TIMESTAMPTZ", TimeUnit::Microsecond),
    };
    SqlType {
        name: name.to_owned(),
        arrow: DataType::Timestamp(unit, zone),
    }
}

fn list(item: &Field, of: fn(Arc<Field>) -> DataType) -> Result<SqlType, String> {
    let inner = sql_type(item.data_type())?;
    Ok(SqlType {
        name: format!("{}[]", inner.name),
        arrow: of(Arc::new(item.clone().with_data_type(inner.arrow))),
    })
}

fn structure(fields: &Fields) -> Result<SqlType, String> {
    let mut names: Vec<String> = fields
        .iter()
        .map(|field| field.name().to_lowercase())
        .collect();
    names.sort();
    if let Some([name, _]) = names.array_windows().find(|[a, b]| a == b) {
        return Err(format!(
            "SQL can't tell apart fields named `{name}` that differ only in case"
        ));
    }
    let mut parts = Vec::with_capacity(fields.len());
    let mut arrow = Vec::with_capacity(fields.len());
    for field in fields {
        let inner = sql_type(field.data_type())?;
        parts.push(format!("{} {}", identifier(field.name()), inner.name));
        arrow.push(field.as_ref().clone().with_data_type(inner.arrow));
    }
    Ok(SqlType {
        name: format!("STRUCT({})", parts.join(", ")),
        arrow: DataType::Struct(arrow.into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_types_are_converted_on_every_level() {
        let item = Field::new("item", DataType::Float16, true);
        let nested = DataType::Struct(
            vec![
                Field::new("a b", DataType::List(Arc::new(item)), true),
                Field::new(
                    "t",
                    DataType::Timestamp(TimeUnit::Second, Some("UTC".into())),
                    false,
                ),
            ]
            .into(),
        );
        let sql = sql_type(&nested).unwrap();
        assert_eq!(sql.name, r#"STRUCT("a b" FLOAT[], "t" TIMESTAMPTZ)"#);
        let DataType::Struct(fields) = &sql.arrow else {
            panic!("{}", sql.arrow)
        };
        assert_eq!(fields[1].data_type().to_string(), "Timestamp(µs, \"UTC\")");
    }

    #[test]
    fn types_that_sql_lacks_are_named() {
        let error = sql_type(&DataType::Duration(TimeUnit::Second)).unwrap_err();
        assert_eq!(error, "SQL has no type for Duration(s)");
        let twice = DataType::Struct(
            vec![
                Field::new("A", DataType::Int8, true),
                Field::new("a", DataType::Int8, true),
            ]
            .into(),
        );
        assert!(sql_type(&twice).unwrap_err().contains("`a`"));
    }
}
