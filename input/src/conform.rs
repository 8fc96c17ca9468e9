//! Brings a file's columns into the table's order and types, by name and without loss.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, new_null_array};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};

use crate::error::{Error, Result};

/// A mapping from a file's schema to a table's, checked once and applied to every batch.
#[derive(Debug, Clone)]
pub(crate) struct Conform {
    /// For each column of the table, its place in the file; `None` reads as null.
    places: Vec<Option<usize>>,
    schema: SchemaRef,
}

impl Conform {
    /// The mapping to `table`, or for a new table to the file's own schema in storable types.
    pub(crate) fn new(file: &Schema, table: Option<&SchemaRef>) -> Result<Self> {
        let schema = match table {
            Some(table) => Arc::clone(table),
            None => storable(file),
        };
        check_names(file)?;
        let (in_file, in_table) = (places(file), places(&schema));
        if let Some(extra) = file
            .fields()
            .iter()
            .find(|f| !in_table.contains_key(f.name().as_str()))
        {
            return Err(
                Error::new(format!("the table has no column `{}`", extra.name()))
                    .with_hint(format!("its columns are {}", names(&schema))),
            );
        }
        let mut found_at = Vec::with_capacity(schema.fields().len());
        for field in schema.fields() {
            let place = in_file.get(field.name().as_str()).copied();
            match place.and_then(|place| file.fields().get(place)) {
                Some(found) if !is_lossless(found.data_type(), field.data_type()) => {
                    return Err(Error::new(format!(
                        "column `{}` is {} in the file but {} in the table",
                        field.name(),
                        found.data_type(),
                        field.data_type()
                    ))
                    .with_hint("convert the file, or ingest it into a table of its own"));
                }
                None if !field.is_nullable() => {
                    return Err(Error::new(format!("column `{}` is missing", field.name()))
                        .with_hint("the table does not allow nulls in it"));
                }
                _ => found_at.push(place),
            }
        }
        Ok(Self {
            places: found_at,
            schema,
        })
    }

    /// The schema of what [`Conform::apply`] returns.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The batch in the table's shape. `first_row` is the number of rows before it in the file.
    pub(crate) fn apply(&self, batch: &RecordBatch, first_row: u64) -> Result<RecordBatch> {
        let columns = self
            .schema
            .fields()
            .iter()
            .zip(&self.places)
            .map(
                |(field, place)| match place.and_then(|place| batch.columns().get(place)) {
                    Some(column) => convert(column, field, first_row),
                    None => Ok(new_null_array(field.data_type(), batch.num_rows())),
                },
            )
            .collect::<Result<Vec<_>>>()?;
        let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        Ok(RecordBatch::try_new_with_options(
            Arc::clone(&self.schema),
            columns,
            &rows,
        )?)
    }
}

fn convert(column: &ArrayRef, field: &FieldRef, first_row: u64) -> Result<ArrayRef> {
    let row_number = |row: usize| first_row + u64::try_from(row).unwrap_or(u64::MAX) + 1;
    if !field.is_nullable()
        && let Some(row) = (0..column.len()).find(|row| column.is_null(*row))
    {
        return Err(Error::new(format!(
            "row {}, column `{}`: the value is null, which the table does not allow there",
            row_number(row),
            field.name()
        )));
    }
    if column.data_type() == field.data_type() {
        return Ok(Arc::clone(column));
    }
    // A value that does not fit turns to null, and is told from a true null by looking back.
    let lenient = CastOptions {
        safe: true,
        ..CastOptions::default()
    };
    let cast = cast_with_options(column, field.data_type(), &lenient)?;
    if cast.null_count() > column.null_count()
        && let Some(row) = (0..cast.len()).find(|row| cast.is_null(*row) && column.is_valid(*row))
    {
        return Err(Error::new(format!(
            "row {}, column `{}`: {} does not fit {}",
            row_number(row),
            field.name(),
            arrow::util::display::array_value_to_string(column, row)?,
            field.data_type()
        )));
    }
    Ok(cast)
}

/// Where each name is; a search for every column of a wide file would take long.
pub(crate) fn places(schema: &Schema) -> HashMap<&str, usize> {
    let fields = schema.fields().iter().enumerate();
    fields
        .map(|(place, field)| (field.name().as_str(), place))
        .collect()
}

fn check_names(file: &Schema) -> Result {
    let mut seen = HashSet::new();
    match file
        .fields()
        .iter()
        .find(|field| !seen.insert(field.name()))
    {
        Some(twice) => Err(
            Error::new(format!("there are two columns named `{}`", twice.name()))
                .with_hint("a table's columns need different names"),
        ),
        None => Ok(()),
    }
}

fn names(schema: &Schema) -> String {
    schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

/// True if every value of `from` either has an equal in `to` or is refused by the cast.
fn is_lossless(from: &DataType, to: &DataType) -> bool {
    use DataType as T;
    if from == to {
        return true;
    }
    match (from, to) {
        (T::Null, _) => true,
        (T::Dictionary(_, values), to) => is_lossless(values, to),
        (from, T::Dictionary(_, values)) => is_lossless(from, values),
        (T::Utf8 | T::LargeUtf8 | T::Utf8View, T::Utf8 | T::LargeUtf8 | T::Utf8View) => true,
        (
            T::Binary | T::LargeBinary | T::BinaryView | T::FixedSizeBinary(_),
            T::Binary | T::LargeBinary | T::BinaryView,
        ) => true,
        (from, to) if from.is_integer() && to.is_integer() => true,
        (T::Int8 | T::UInt8 | T::Int16 | T::UInt16, T::Float32 | T::Float64) => true,
        (T::Int32 | T::UInt32 | T::Float32, T::Float64) => true,
        (T::Timestamp(from, a), T::Timestamp(to, b)) => a == b && from <= to,
        _ => false,
    }
}

/// The file's schema with the view types, which exist only in memory, as plain ones.
fn storable(file: &Schema) -> SchemaRef {
    let fields: Vec<FieldRef> = file
        .fields()
        .iter()
        .map(|field| match field.data_type() {
            DataType::Utf8View => with_type(field, DataType::Utf8),
            DataType::BinaryView => with_type(field, DataType::Binary),
            _ => Arc::clone(field),
        })
        .collect();
    // pandas leaves a description of its index there, which means nothing to a table.
    let mut metadata = file.metadata().clone();
    metadata.remove("pandas");
    Arc::new(Schema::new_with_metadata(fields, metadata))
}

fn with_type(field: &Field, data_type: DataType) -> FieldRef {
    Arc::new(field.clone().with_data_type(data_type))
}
