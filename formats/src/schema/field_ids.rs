//! Parquet field ids, which let a reader follow a column through renames.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema};

/// The field metadata key under which the id stands, as a decimal number; Parquet writers and
/// readers of the Arrow project use the same one.
pub const FIELD_ID_KEY: &str = "PARQUET:field_id";

/// Gives every field, nested ones included, a Parquet field id if it has none: the numbers from 1
/// up in depth-first order, leaving out those that are taken.
///
/// Ids that are there already stay, so the function can be called again after a column was added.
///
/// ```
/// use arrow::datatypes::{DataType, Field, Schema};
/// use thermocline_formats::{FIELD_ID_KEY, with_field_ids};
///
/// let schema = with_field_ids(&Schema::new(vec![
///     Field::new("id", DataType::UInt64, false),
///     Field::new("note", DataType::Utf8, true),
/// ]));
/// assert_eq!(schema.field(1).metadata()[FIELD_ID_KEY], "2");
/// ```
#[must_use]
pub fn with_field_ids(schema: &Schema) -> Schema {
    let mut ids = Ids {
        taken: HashSet::new(),
        last: 0,
    };
    ids.collect(schema.fields());
    // A column that was added gets a number above all others, never one that an older file may
    // know as another column.
    ids.last = ids.taken.iter().copied().max().unwrap_or(0).max(0);
    Schema::new_with_metadata(ids.assign(schema.fields()), schema.metadata().clone())
}

struct Ids {
    taken: HashSet<i32>,
    last: i32,
}

impl Ids {
    fn collect(&mut self, fields: &Fields) {
        for field in fields {
            if let Some(id) = id_of(field) {
                self.taken.insert(id);
            }
            match field.data_type() {
                DataType::Struct(fields) => self.collect(fields),
                DataType::List(item) | DataType::LargeList(item) => {
                    self.collect(&Fields::from(vec![Arc::clone(item)]));
                }
                _ => {}
            }
        }
    }

    fn assign(&mut self, fields: &Fields) -> Fields {
        fields.iter().map(|field| self.assign_one(field)).collect()
    }

    fn assign_one(&mut self, field: &FieldRef) -> FieldRef {
        let mut out = Field::clone(field);
        if id_of(field).is_none() {
            self.last = self.last.saturating_add(1);
            let mut metadata = field.metadata().clone();
            metadata.insert(FIELD_ID_KEY.to_owned(), self.last.to_string());
            out.set_metadata(metadata);
        }
        match field.data_type() {
            DataType::Struct(fields) => out.set_data_type(DataType::Struct(self.assign(fields))),
            DataType::List(item) => out.set_data_type(DataType::List(self.assign_one(item))),
            DataType::LargeList(item) => {
                out.set_data_type(DataType::LargeList(self.assign_one(item)));
            }
            _ => {}
        }
        Arc::new(out)
    }
}

fn id_of(field: &Field) -> Option<i32> {
    field.metadata().get(FIELD_ID_KEY)?.parse().ok()
}
