//! The table's description: its schema in Delta's types, and its partition columns.

use std::collections::BTreeMap;

use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use serde_json::{Value, json};
use thermocline_formats::{FIELD_ID_KEY, PartitionBy, encode_schema, open_type};
use thermocline_policy::SegmentId;

use super::action::{Format, Metadata, Protocol};
use super::partition::partition_columns;
use crate::error::{Error, ErrorKind, Result};

/// Properties of a table of ours.
#[derive(Debug, Clone)]
pub(crate) struct TableProperties {
    /// The store that the table belongs to, if it is one's.
    pub(crate) store: Option<String>,
    /// The table's name in the store.
    pub(crate) name: String,
    pub(crate) partition_by: PartitionBy,
}

/// Key of the property with the exact Arrow schema, in hexadecimal digits.
pub(crate) const SCHEMA: &str = "thermocline.schema";
/// Key of the property that names the owner.
pub(crate) const STORE: &str = "thermocline.store";
/// Key of the property that says how rows are divided.
pub(crate) const PARTITION_BY: &str = "thermocline.partitionBy";
/// Where each field keeps the Arrow type that it had.
const TYPE: &str = "thermocline.type";

/// The `metaData` action of a table with these columns.
///
/// # Errors
/// When the schema cannot be encoded.
pub(crate) fn metadata(
    id: String,
    created_ms: i64,
    schema: &Schema,
    properties: &TableProperties,
) -> Result<Metadata> {
    let partition_columns = partition_columns(schema, &properties.partition_by);
    let mut fields: Vec<Value> = schema.fields().iter().map(|f| field(f)).collect();
    fields.extend(
        partition_columns
            .iter()
            .map(|name| json!({"name": name, "type": "string", "nullable": true, "metadata": {}})),
    );
    let mut configuration = BTreeMap::from([(SCHEMA.to_owned(), to_hex(&encode_schema(schema)?))]);
    if let Some(store) = &properties.store {
        configuration.insert(STORE.to_owned(), store.clone());
    }
    if !properties.partition_by.is_none() {
        configuration.insert(PARTITION_BY.to_owned(), properties.partition_by.to_string());
    }
    Ok(Metadata {
        id,
        name: Some(properties.name.clone()),
        format: Format {
            provider: "parquet".to_owned(),
            options: BTreeMap::new(),
        },
        schema_string: json!({"type": "struct", "fields": fields}).to_string(),
        partition_columns,
        configuration,
        created_time: Some(created_ms),
    })
}

/// Refuses a table that does not belong to this store.
///
/// # Errors
/// [`AlreadyExists`](ErrorKind::AlreadyExists).
pub(crate) fn refuse_foreign(found: &Metadata, store: SegmentId, table: &str) -> Result<()> {
    if found.configuration.get(STORE) == Some(&store.to_string()) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::AlreadyExists,
        format!(
            "where table `{table}` keeps its cold part there is a Delta table that does not belong \
             to this store; give the store a cold place of its own, or move that table away"
        ),
    ))
}

/// What readers and writers of a table with these columns must know.
pub(crate) fn protocol(schema: &Schema) -> Protocol {
    let feature = || Some(vec!["timestampNtz".to_owned()]);
    if schema
        .fields()
        .iter()
        .any(|f| has_local_time(f.data_type()))
    {
        return Protocol {
            min_reader_version: 3,
            min_writer_version: 7,
            reader_features: feature(),
            writer_features: feature(),
        };
    }
    Protocol {
        min_reader_version: 1,
        min_writer_version: 2,
        reader_features: None,
        writer_features: None,
    }
}

fn has_local_time(data_type: &DataType) -> bool {
    match data_type {
        DataType::Timestamp(TimeUnit::Microsecond, None) => true,
        DataType::List(item) | DataType::LargeList(item) => has_local_time(item.data_type()),
        DataType::Struct(fields) => fields.iter().any(|f| has_local_time(f.data_type())),
        _ => false,
    }
}

fn field(field: &Field) -> Value {
    let mut metadata = serde_json::Map::new();
    if open_type(field.data_type()) != *field.data_type() {
        metadata.insert(TYPE.to_owned(), field.data_type().to_string().into());
    }
    if let Some(id) = field.metadata().get(FIELD_ID_KEY) {
        metadata.insert(format!("thermocline.{FIELD_ID_KEY}"), id.clone().into());
    }
    json!({
        "name": field.name(),
        "type": delta_type(&open_type(field.data_type())),
        "nullable": field.is_nullable(),
        "metadata": metadata,
    })
}

/// Delta's name of an open type ("Schema Serialization Format").
fn delta_type(data_type: &DataType) -> Value {
    use DataType as T;

    match data_type {
        T::Boolean => "boolean".into(),
        T::Int8 => "byte".into(),
        T::Int16 => "short".into(),
        T::Int32 => "integer".into(),
        T::Int64 => "long".into(),
        T::Float32 => "float".into(),
        T::Float64 => "double".into(),
        T::Date32 => "date".into(),
        T::Timestamp(_, None) => "timestamp_ntz".into(),
        T::Timestamp(_, Some(_)) => "timestamp".into(),
        T::Binary | T::LargeBinary => "binary".into(),
        T::Decimal32(p, s) | T::Decimal64(p, s) | T::Decimal128(p, s) => {
            format!("decimal({p},{s})").into()
        }
        T::List(item) | T::LargeList(item) => json!({
            "type": "array",
            "elementType": delta_type(item.data_type()),
            "containsNull": item.is_nullable(),
        }),
        T::Struct(fields) => json!({
            "type": "struct",
            "fields": fields.iter().map(|f| field(f)).collect::<Vec<_>>(),
        }),
        // Text, and dictionaries of it.
        _ => "string".into(),
    }
}

/// The exact Arrow schema that a table of ours names in its properties.
///
/// # Errors
/// When the property is damaged.
pub(crate) fn arrow_schema(configuration: &BTreeMap<String, String>) -> Result<Option<Schema>> {
    let Some(hex) = configuration.get(SCHEMA) else {
        return Ok(None);
    };
    let bytes = from_hex(hex)
        .ok_or_else(|| Error::corrupt(SCHEMA, "the property has other characters than digits"))?;
    let schema = thermocline_formats::decode_schema(&bytes)?;
    Ok(Some(Schema::clone(&schema)))
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    bytes
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}
