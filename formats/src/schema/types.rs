//! Which types a column may have.

use std::collections::HashSet;

use arrow::datatypes::{DataType, Field, Fields, Schema};

use crate::{Error, Result};

/// Nesting that is accepted; deeper schemas would overflow the stack of readers that recurse.
const MAX_DEPTH: usize = 32;

/// Checks that a table can have this schema: at least one column, names that are neither empty nor
/// repeated, and types that every tier gives back bit for bit.
///
/// Supported are booleans, all integers, 16, 32 and 64 bit floats, `Utf8`, `LargeUtf8`, `Binary`,
/// `LargeBinary`, `FixedSizeBinary`, dates, times, timestamps of every unit with or without a
/// zone, decimals of up to 38 digits, dictionaries of strings with integer keys, and lists and
/// structs of all of these.
///
/// # Errors
///
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) for names and bounds,
/// [`Unsupported`](crate::ErrorKind::Unsupported) for a type; the error names the column and what
/// to use instead.
///
/// ```
/// use arrow::datatypes::{DataType, Field, Schema};
/// use thermocline_formats::check_schema;
///
/// let view = Schema::new(vec![Field::new("note", DataType::Utf8View, true)]);
/// assert_eq!(
///     check_schema(&view).unwrap_err().to_string(),
///     "column `note` has type Utf8View, which is not supported; cast it to Utf8"
/// );
/// ```
pub fn check_schema(schema: &Schema) -> Result<()> {
    if schema.fields().is_empty() {
        return Err(Error::invalid("a table needs at least one column"));
    }
    check_fields(schema.fields(), "", 0)
}

/// Whether a dictionary stands anywhere in these fields.
pub(crate) fn has_dictionary(fields: &Fields) -> bool {
    fields
        .iter()
        .any(|field| type_has_dictionary(field.data_type()))
}

fn type_has_dictionary(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, _) => true,
        DataType::List(item) | DataType::LargeList(item) => type_has_dictionary(item.data_type()),
        DataType::Struct(fields) => has_dictionary(fields),
        _ => false,
    }
}

fn check_fields(fields: &Fields, parent: &str, depth: usize) -> Result<()> {
    let mut names = HashSet::new();
    for field in fields {
        let path = join(parent, field.name());
        if field.name().is_empty() {
            return Err(Error::invalid("a column has an empty name; give it one").on_column(path));
        }
        if !names.insert(field.name()) {
            return Err(Error::invalid(format!(
                "column `{path}` stands there twice; rename one of them"
            ))
            .on_column(path));
        }
        check_field(field, &path, depth)?;
    }
    Ok(())
}

pub(super) fn join(parent: &str, name: &str) -> String {
    if parent.is_empty() {
        name.to_owned()
    } else {
        format!("{parent}.{name}")
    }
}

fn check_field(field: &Field, path: &str, depth: usize) -> Result<()> {
    use DataType as T;

    if depth >= MAX_DEPTH {
        return Err(Error::unsupported(format!(
            "column `{path}` is nested more than {MAX_DEPTH} levels deep; flatten it"
        ))
        .on_column(path));
    }
    match field.data_type() {
        T::Boolean
        | T::Int8
        | T::Int16
        | T::Int32
        | T::Int64
        | T::UInt8
        | T::UInt16
        | T::UInt32
        | T::UInt64
        | T::Float16
        | T::Float32
        | T::Float64
        | T::Utf8
        | T::LargeUtf8
        | T::Binary
        | T::LargeBinary
        | T::Date32
        | T::Date64
        | T::Time32(_)
        | T::Time64(_)
        | T::Timestamp(_, _) => Ok(()),
        T::FixedSizeBinary(width) if *width > 0 => Ok(()),
        T::Decimal32(precision, scale) => decimal(path, *precision, *scale, 9),
        T::Decimal64(precision, scale) => decimal(path, *precision, *scale, 18),
        T::Decimal128(precision, scale) => decimal(path, *precision, *scale, 38),
        T::Dictionary(key, value)
            if key.is_dictionary_key_type() && matches!(value.as_ref(), T::Utf8 | T::LargeUtf8) =>
        {
            Ok(())
        }
        T::List(item) | T::LargeList(item) => {
            check_field(item, &join(path, item.name()), depth + 1)
        }
        T::Struct(fields) if !fields.is_empty() => check_fields(fields, path, depth + 1),
        other => Err(unsupported(path, other)),
    }
}

fn decimal(path: &str, precision: u8, scale: i8, most: u8) -> Result<()> {
    let fits = u8::try_from(scale).is_ok_and(|scale| scale <= precision);
    if fits && (1..=most).contains(&precision) {
        return Ok(());
    }
    Err(Error::unsupported(format!(
        "column `{path}` is a decimal of precision {precision} and scale {scale}, which Parquet \
         can't hold; use a precision from 1 to {most} and a scale from 0 to the precision"
    ))
    .on_column(path))
}

fn unsupported(path: &str, data_type: &DataType) -> Error {
    use DataType as T;

    let way_out = match data_type {
        T::Utf8View => "cast it to Utf8",
        T::BinaryView => "cast it to Binary",
        T::Null => "give it the type that its values would have",
        T::Duration(_) | T::Interval(_) => "store it as Int64 in a fixed unit",
        T::Dictionary(_, _) => "use an integer key and Utf8 values, or plain values",
        T::RunEndEncoded(_, _) => "cast it to the type of its values",
        T::Decimal256(_, _) => "use a Decimal128, which has up to 38 digits",
        T::Map(_, _) => "use a List of a Struct with a key and a value",
        T::FixedSizeList(_, _) | T::ListView(_) | T::LargeListView(_) => "cast it to List",
        T::Union(_, _) => "use a Struct with one nullable field for each variant",
        T::Struct(_) => "give the Struct at least one field",
        T::FixedSizeBinary(_) => "give it a width of at least one byte",
        _ => "cast it to a supported type",
    };
    Error::unsupported(format!(
        "column `{path}` has type {data_type}, which is not supported; {way_out}"
    ))
    .on_column(path)
}
