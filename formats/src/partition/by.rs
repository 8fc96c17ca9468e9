//! A table's partitioning.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use serde::{Deserialize, Serialize};

use super::{PartitionKey, Transform, parse, split};
use crate::{Error, Result};

/// One part of a partitioning: a column, and what is made of its values.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PartitionField {
    /// The column's name.
    pub column: String,
    /// What is made of its values.
    pub transform: Transform,
}

impl PartitionField {
    /// The name of the field's directories: the column's own for the identity, otherwise with the
    /// transform behind it, as Iceberg names its partition fields (`time_month`, `id_bucket`).
    #[must_use]
    pub fn name(&self) -> String {
        match self.transform.suffix() {
            None => self.column.clone(),
            Some(suffix) => format!("{}_{suffix}", self.column),
        }
    }
}

/// How the rows of a table are divided: rows of one segment have the same value in every field.
///
/// Its text is a list of columns and transforms, which [`Display`](fmt::Display) prints and
/// [`FromStr`] reads. A column whose name isn't made of letters, digits and `_` stands in double
/// quotes, with `""` for a quote inside.
///
/// ```
/// use thermocline_formats::PartitionBy;
///
/// let by: PartitionBy = "carrier, month(time_hour), bucket(16, id)".parse()?;
/// assert_eq!(by.fields().len(), 3);
/// assert_eq!(by.to_string(), "carrier, month(time_hour), bucket(16, id)");
/// # Ok::<(), thermocline_formats::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PartitionBy(Vec<PartitionField>);

impl PartitionBy {
    /// No partitioning: all rows belong together.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Partitioning by these fields, the first one outermost.
    #[must_use]
    pub fn new(fields: Vec<PartitionField>) -> Self {
        Self(fields)
    }

    /// The fields, the first one outermost.
    #[must_use]
    pub fn fields(&self) -> &[PartitionField] {
        &self.0
    }

    /// Whether all rows belong together.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// Checks that a table with this schema can be partitioned so.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if a column doesn't exist, a transform
    /// doesn't fit its type, a number is 0, or two fields have the same name.
    pub fn check(&self, schema: &Schema) -> Result<()> {
        let mut names = HashSet::new();
        for field in &self.0 {
            let column = &field.column;
            let known = schema.field_with_name(column).map_err(|_| {
                Error::invalid(format!(
                    "the table can't be partitioned by `{column}`, a column that it doesn't have"
                ))
                .on_column(column)
            })?;
            field.transform.check(column, known.data_type())?;
            if !names.insert(field.name()) {
                return Err(Error::invalid(format!(
                    "two partition fields are called `{}`; leave one of them out",
                    field.name()
                ))
                .on_column(column));
            }
        }
        Ok(())
    }

    /// Divides a batch: for each partition that has rows, its key and its rows in the order of the
    /// batch. The partitions are sorted by their keys; a batch without rows has none.
    ///
    /// A batch whose rows all belong together comes back as it is, and partitions whose rows stand
    /// together share its memory; others are copied.
    ///
    /// # Errors
    ///
    /// Everything that [`check`](Self::check) finds, and
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if a value is too long for the name of a
    /// directory.
    pub fn split(&self, batch: &RecordBatch) -> Result<Vec<(PartitionKey, RecordBatch)>> {
        if batch.num_rows() == 0 {
            return Ok(Vec::new());
        }
        if self.is_none() {
            return Ok(vec![(PartitionKey::default(), batch.clone())]);
        }
        self.check(batch.schema_ref())?;
        split::split(&self.0, batch)
    }
}

impl fmt::Display for PartitionBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, field) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            parse::write_field(field, f)?;
        }
        Ok(())
    }
}

impl FromStr for PartitionBy {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        parse::fields(text).map(Self)
    }
}

impl TryFrom<String> for PartitionBy {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<PartitionBy> for String {
    fn from(by: PartitionBy) -> Self {
        by.to_string()
    }
}
