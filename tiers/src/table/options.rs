//! What a table is made of.

use arrow::datatypes::SchemaRef;
use thermocline_formats::{PartitionBy, check_schema};
use thermocline_policy::TableRules;

use crate::error::{Error, Result};
use crate::event_time;

/// Everything that is settled when a table is created.
///
/// ```
/// use std::sync::Arc;
/// use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
/// use thermocline_tiers::TableOptions;
///
/// let schema = Arc::new(Schema::new(vec![
///     Field::new("at", DataType::Timestamp(TimeUnit::Microsecond, None), false),
///     Field::new("value", DataType::Float64, true),
/// ]));
/// let options = TableOptions::new(schema)
///     .partition_by("month(at)".parse().unwrap())
///     .sort_by(["at"])
///     .event_time("at");
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TableOptions {
    /// The columns.
    pub schema: SchemaRef,
    /// How rows are grouped; a segment holds rows of one partition.
    pub partition_by: PartitionBy,
    /// Columns that the rows of a segment are sorted by, first one first.
    pub sort_by: Vec<String>,
    /// The date or timestamp column that says when a row's event happened.
    pub event_time: Option<String>,
    /// Rules of the policy for this table; `None` leaves the policy as it is.
    pub rules: Option<TableRules>,
}

impl TableOptions {
    /// A table with these columns, without partitions or order.
    #[must_use]
    pub fn new(schema: SchemaRef) -> Self {
        Self {
            schema,
            partition_by: PartitionBy::none(),
            sort_by: Vec::new(),
            event_time: None,
            rules: None,
        }
    }

    /// Groups rows by these expressions.
    #[must_use]
    pub fn partition_by(mut self, partition_by: PartitionBy) -> Self {
        self.partition_by = partition_by;
        self
    }

    /// Sorts the rows of each segment.
    #[must_use]
    pub fn sort_by<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.sort_by = columns.into_iter().map(Into::into).collect();
        self
    }

    /// Names the column of event time.
    #[must_use]
    pub fn event_time(mut self, column: impl Into<String>) -> Self {
        self.event_time = Some(column.into());
        self
    }

    /// Gives the table rules of its own in the store's policy.
    #[must_use]
    pub fn rules(mut self, rules: TableRules) -> Self {
        self.rules = Some(rules);
        self
    }

    /// Refuses options that cannot work, naming the column.
    pub(crate) fn check(&self) -> Result<()> {
        check_schema(&self.schema)?;
        self.partition_by.check(&self.schema)?;
        for column in &self.sort_by {
            let Some((_, field)) = self.schema.column_with_name(column) else {
                return Err(Error::invalid(format!(
                    "the sort column `{column}` is not in the schema; name one of its columns"
                )));
            };
            if field.data_type().is_nested() {
                return Err(Error::invalid(format!(
                    "rows cannot be sorted by `{column}` of type {}; sort by plain columns",
                    field.data_type()
                )));
            }
        }
        if let Some(column) = &self.event_time {
            event_time::check(&self.schema, column)?;
        }
        Ok(())
    }
}
