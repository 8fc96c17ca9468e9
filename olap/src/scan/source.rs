//! A table's columns as the table function declares them.

use arrow::datatypes::SchemaRef;

use super::types::{SqlType, sql_type};
use crate::names::unique;
use crate::{Error, ErrorKind, Result};

/// One column of a table, under its name and type in SQL.
#[derive(Debug, Clone)]
pub(crate) struct SqlColumn {
    pub(crate) name: String,
    pub(crate) sql: SqlType,
}

/// The columns that the table function declares for a table: first one that only counts rows, then
/// the table's own, in their order.
///
/// DuckDB reads the first column where a query needs rows and no values (`count(*)`), so it is one
/// that costs nothing.
#[derive(Debug, Clone)]
pub(crate) struct TableColumns {
    pub(crate) rows: String,
    pub(crate) columns: Vec<SqlColumn>,
}

impl TableColumns {
    pub(crate) fn of(table: &str, schema: &SchemaRef) -> Result<Self> {
        let given: Vec<&str> = schema
            .fields()
            .iter()
            .map(|field| field.name().as_str())
            .collect();
        let shown = unique(&given);
        let mut columns = Vec::with_capacity(shown.len());
        for (field, name) in schema.fields().iter().zip(shown) {
            let sql = sql_type(field.data_type()).map_err(|why| {
                let message = format!("column `{}` of table `{table}`: {why}", field.name());
                Error::new(ErrorKind::Unsupported, message).on_table(table)
            })?;
            columns.push(SqlColumn { name, sql });
        }
        let mut rows = "row".to_owned();
        while columns
            .iter()
            .any(|column| column.name.eq_ignore_ascii_case(&rows))
        {
            rows.insert(0, '_');
        }
        Ok(Self { rows, columns })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;

    #[test]
    fn the_counting_column_has_a_name_of_its_own() {
        let field = |name: &str| Field::new(name, DataType::Int64, true);
        let schema = Arc::new(Schema::new(vec![field("ROW"), field("_row")]));
        let table = TableColumns::of("t", &schema).unwrap();
        assert_eq!(table.rows, "__row");
        assert_eq!(table.columns.len(), 2);
    }

    #[test]
    fn a_type_without_sql_is_refused_with_its_column() {
        let field = Field::new("gone", DataType::Null, true);
        let error = TableColumns::of("t", &Arc::new(Schema::new(vec![field]))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert_eq!(error.table(), Some("t"));
        assert!(error.to_string().contains("`gone`"), "{error}");
    }
}
