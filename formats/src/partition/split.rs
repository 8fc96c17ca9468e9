//! Dividing a batch by partition.

use std::collections::HashMap;

use arrow::array::{ArrayRef, RecordBatch, UInt64Array};
use arrow::compute::take_record_batch;

use super::key::encoded_len;
use super::text::text;
use super::transform::Part;
use super::{PartitionField, PartitionKey};
use crate::values::for_each_value;
use crate::{Error, Result};

/// Longest name of a directory, in bytes: file systems take 255, and whoever writes the directory
/// may have to add something to a name that a column has already.
const MAX_NAME: usize = 220;

/// Divides a batch that has rows and fits the fields.
pub(super) fn split(
    fields: &[PartitionField],
    batch: &RecordBatch,
) -> Result<Vec<(PartitionKey, RecordBatch)>> {
    let mut groups = Groups::one(batch.num_rows());
    for field in fields {
        let column = batch.column_by_name(&field.column).ok_or_else(|| {
            Error::invalid(format!(
                "the batch lacks partition column `{}`",
                field.column
            ))
            .on_column(&field.column)
        })?;
        groups = groups.divide(field, column)?;
    }
    let mut parts = groups.rows(batch)?;
    parts.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(parts)
}

/// Which group each row belongs to, and the values that a group's rows share.
struct Groups {
    of_row: Vec<usize>,
    values: Vec<Vec<(String, Option<String>)>>,
}

impl Groups {
    fn one(rows: usize) -> Self {
        Self {
            of_row: vec![0; rows],
            values: vec![Vec::new()],
        }
    }

    fn divide(self, field: &PartitionField, column: &ArrayRef) -> Result<Self> {
        let mut parts: Vec<Option<Part<'_>>> = vec![None; self.of_row.len()];
        for_each_value(column.as_ref(), |row, value| {
            if let Some(part) = parts.get_mut(row) {
                *part = Some(field.transform.apply(column.data_type(), value));
            }
        });
        let mut known = HashMap::new();
        let mut values = Vec::new();
        let mut of_row = Vec::with_capacity(parts.len());
        let mut last = None;
        for (group, part) in self.of_row.into_iter().zip(parts) {
            let place = match last {
                Some((key, place)) if key == (group, part) => place,
                _ => *known.entry((group, part)).or_insert_with(|| {
                    values.push((group, part));
                    values.len() - 1
                }),
            };
            last = Some(((group, part), place));
            of_row.push(place);
        }
        let values = values
            .into_iter()
            .map(|(group, part)| {
                let mut shared = self.values.get(group).cloned().unwrap_or_default();
                let value = part.map(|part| text(field.transform, column.data_type(), part));
                shared.push((checked(field, value.as_deref())?, value));
                Ok(shared)
            })
            .collect::<Result<_>>()?;
        Ok(Self { of_row, values })
    }

    fn rows(self, batch: &RecordBatch) -> Result<Vec<(PartitionKey, RecordBatch)>> {
        if self.values.len() == 1 {
            let keys = self.values.into_iter().map(PartitionKey::new);
            return Ok(keys.map(|key| (key, batch.clone())).collect());
        }
        let mut rows: Vec<Vec<u64>> = vec![Vec::new(); self.values.len()];
        for (row, group) in (0_u64..).zip(self.of_row) {
            if let Some(rows) = rows.get_mut(group) {
                rows.push(row);
            }
        }
        let parts = self.values.into_iter().map(PartitionKey::new).zip(rows);
        parts
            .map(|(key, rows)| Ok((key, pick(batch, rows)?)))
            .collect()
    }
}

/// The rows of a batch by their numbers, which ascend; a slice if nothing lies between them.
fn pick(batch: &RecordBatch, rows: Vec<u64>) -> Result<RecordBatch> {
    if let (Some(first), Some(last)) = (rows.first(), rows.last())
        && usize::try_from(last - first).is_ok_and(|distance| distance + 1 == rows.len())
        && let Ok(start) = usize::try_from(*first)
    {
        return Ok(batch.slice(start, rows.len()));
    }
    take_record_batch(batch, &UInt64Array::from(rows))
        .map_err(|error| Error::invalid("the batch can't be partitioned").with_source(error))
}

/// The field's name, if name and value together can name a directory.
fn checked(field: &PartitionField, value: Option<&str>) -> Result<String> {
    let name = field.name();
    let len = encoded_len(&name) + 1 + value.map_or(0, encoded_len);
    if len <= MAX_NAME {
        return Ok(name);
    }
    Err(Error::invalid(format!(
        "a value of partition column `{}` is too long to name a directory; partition by \
         `bucket` or `truncate` of it",
        field.column
    ))
    .on_column(&field.column))
}
