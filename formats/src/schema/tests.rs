use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, Decimal128Array, Int32Array, Int64Array, ListArray, RecordBatch, StringArray,
    StructArray,
};
use arrow::datatypes::{DataType, Field, Fields, Int32Type, Schema, SchemaRef, TimeUnit};

use super::*;
use crate::ErrorKind;
use crate::testing::{arbitrary_batch, arbitrary_schema};

fn table() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("id", DataType::Int64, false),
        Field::new("n", DataType::Int32, true),
    ]))
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let fields: Vec<_> = columns
        .iter()
        .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
        .collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

fn ids() -> ArrayRef {
    Arc::new(Int64Array::from(vec![1, 2, 3]))
}

fn ns() -> ArrayRef {
    Arc::new(Int32Array::from(vec![Some(1), None, Some(3)]))
}

fn mismatch(columns: Vec<(&str, ArrayRef)>) -> Mismatch {
    let error = check_batch(&batch(columns), &table()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    error.mismatch().unwrap().clone()
}

#[test]
fn a_fitting_batch_comes_back_with_the_tables_schema_and_its_own_columns() {
    let given = batch(vec![("id", ids()), ("n", ns())]);
    let checked = check_batch(&given, &table()).unwrap();
    assert_eq!(checked.schema(), table());
    assert!(Arc::ptr_eq(checked.column(0), given.column(0)));
}

#[test]
fn every_difference_between_batch_and_table_has_its_own_error() {
    let column = |name: &str| name.to_owned();
    assert_eq!(
        mismatch(vec![("id", ids())]),
        Mismatch::MissingColumn {
            column: column("n")
        }
    );
    assert_eq!(
        mismatch(vec![("id", ids()), ("n", ns()), ("m", ns())]),
        Mismatch::ExtraColumn {
            column: column("m")
        }
    );
    assert_eq!(
        mismatch(vec![("n", ns()), ("id", ids())]),
        Mismatch::OrderDiffers {
            column: column("id"),
            expected: 0,
            found: 1
        }
    );
    assert_eq!(
        mismatch(vec![("id", ids()), ("n", ids())]),
        Mismatch::TypeDiffers {
            column: column("n"),
            expected: DataType::Int32,
            found: DataType::Int64
        }
    );
    assert_eq!(
        mismatch(vec![("id", ids()), ("id", ids())]),
        Mismatch::DuplicateColumn {
            column: column("id")
        }
    );
    let with_null = Arc::new(Int64Array::from(vec![Some(1), Some(2), None]));
    assert_eq!(
        mismatch(vec![("id", with_null), ("n", ns())]),
        Mismatch::NullInRequired {
            column: column("id"),
            row: 2
        }
    );
    let none = RecordBatch::new_empty(Arc::new(Schema::empty()));
    let error = check_batch(&none, &table()).unwrap_err();
    assert_eq!(error.mismatch(), Some(&Mismatch::NoColumns));
}

#[test]
fn nulls_in_required_nested_fields_are_found_unless_their_parent_is_null() {
    let strict = Fields::from(vec![Field::new("x", DataType::Int32, false)]);
    let loose = Fields::from(vec![Field::new("x", DataType::Int32, true)]);
    let schema: SchemaRef = Arc::new(Schema::new(vec![
        Field::new("s", DataType::Struct(strict), true),
        Field::new(
            "l",
            DataType::List(Arc::new(Field::new("element", DataType::Int32, false))),
            true,
        ),
    ]));
    let xs: ArrayRef = Arc::new(Int32Array::from(vec![Some(1), None]));
    let one_null = |parent: Vec<bool>| -> ArrayRef {
        Arc::new(StructArray::new(
            loose.clone(),
            vec![Arc::clone(&xs)],
            Some(parent.into()),
        ))
    };
    let lists = |second: Option<i32>| -> ArrayRef {
        Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([
            Some(vec![Some(1)]),
            Some(vec![second]),
        ]))
    };

    let hidden = batch(vec![
        ("s", one_null(vec![true, false])),
        ("l", lists(Some(2))),
    ]);
    assert_eq!(check_batch(&hidden, &schema).unwrap().schema(), schema);

    let seen = batch(vec![
        ("s", one_null(vec![true, true])),
        ("l", lists(Some(2))),
    ]);
    assert_eq!(
        check_batch(&seen, &schema).unwrap_err().mismatch(),
        Some(&Mismatch::NullInRequired {
            column: "s.x".to_owned(),
            row: 1
        })
    );
    let in_list = batch(vec![("s", one_null(vec![true, false])), ("l", lists(None))]);
    assert_eq!(
        check_batch(&in_list, &schema).unwrap_err().mismatch(),
        Some(&Mismatch::NullInRequired {
            column: "l.element".to_owned(),
            row: 1
        })
    );
}

#[test]
fn decimals_that_parquet_would_cut_are_refused() {
    let schema: SchemaRef = Arc::new(Schema::new(vec![Field::new(
        "d",
        DataType::Decimal128(3, 1),
        true,
    )]));
    let of = |value: i128| {
        let array = Decimal128Array::from(vec![value])
            .with_precision_and_scale(3, 1)
            .unwrap();
        check_batch(&batch(vec![("d", Arc::new(array))]), &schema)
    };
    assert!(of(999).is_ok());
    assert_eq!(of(1000).unwrap_err().column(), Some("d"));
}

#[test]
fn older_batches_read_as_null_in_columns_that_came_later() {
    let old = batch(vec![("id", ids())]);
    let adapted = adapt_batch(&old, &table()).unwrap();
    assert_eq!(adapted.schema(), table());
    assert_eq!(adapted.column(1).null_count(), 3);

    let required: SchemaRef = Arc::new(Schema::new(vec![
        Field::new("id", DataType::Int64, false),
        Field::new("n", DataType::Int32, false),
    ]));
    assert!(adapt_batch(&old, &required).is_err());
    assert!(adapt_batch(&batch(vec![("n", ns())]), &table()).is_err());
}

#[test]
fn schemas_survive_encoding_with_metadata() {
    let schema = arbitrary_schema();
    let decoded = decode_schema(&encode_schema(&schema).unwrap()).unwrap();
    assert_eq!(decoded, schema);
    assert!(decode_schema(b"no schema").unwrap_err().is_corrupt());
}

#[test]
fn a_stored_schema_that_no_table_can_have_is_damage() {
    let unnamed = Schema::new(vec![Field::new("", DataType::Int64, false)]);
    let bytes = codec::schema_message(&unnamed);
    assert!(decode_schema(&bytes).unwrap_err().is_corrupt());
}

#[test]
fn a_generated_batch_fits_its_own_schema() {
    let batch = arbitrary_batch(3, 50);
    assert_eq!(check_batch(&batch, &arbitrary_schema()).unwrap(), batch);
}

#[test]
fn unsupported_types_are_named_with_a_way_out() {
    let error = |data_type: DataType| {
        let nested = Fields::from(vec![Field::new("inner", data_type, true)]);
        let field = Field::new("outer", DataType::Struct(nested), true);
        check_schema(&Schema::new(vec![field])).unwrap_err()
    };
    let duration = error(DataType::Duration(TimeUnit::Second));
    assert_eq!(duration.kind(), ErrorKind::Unsupported);
    assert_eq!(duration.column(), Some("outer.inner"));
    assert!(duration.to_string().contains("Int64"), "{duration}");
    for data_type in [
        DataType::Null,
        DataType::Utf8View,
        DataType::Decimal128(10, -2),
        DataType::Decimal256(40, 2),
        DataType::Struct(Fields::empty()),
        DataType::FixedSizeBinary(0),
        DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Int64)),
    ] {
        assert_eq!(
            error(data_type.clone()).kind(),
            ErrorKind::Unsupported,
            "{data_type}"
        );
    }
}

#[test]
fn names_must_be_there_and_differ() {
    let schema = |names: &[&str]| {
        let fields: Vec<_> = names
            .iter()
            .map(|name| Field::new(*name, DataType::Int8, true))
            .collect();
        check_schema(&Schema::new(fields)).map_err(|error| error.kind())
    };
    assert_eq!(schema(&["a", "A"]), Ok(()));
    assert_eq!(schema(&["a", "a"]), Err(ErrorKind::InvalidInput));
    assert_eq!(schema(&[""]), Err(ErrorKind::InvalidInput));
    assert_eq!(schema(&[]), Err(ErrorKind::InvalidInput));
}

#[test]
fn field_ids_are_never_used_twice() {
    let id = |field: &Field| field.metadata().get(FIELD_ID_KEY).cloned();
    let seven = HashMap::from([(FIELD_ID_KEY.to_owned(), "7".to_owned())]);
    let nested = Fields::from(vec![Field::new("y", DataType::Int8, true)]);
    let schema = with_field_ids(&Schema::new(vec![
        Field::new("a", DataType::Int8, true).with_metadata(seven),
        Field::new("s", DataType::Struct(nested), true),
    ]));
    assert_eq!(id(schema.field(0)), Some("7".to_owned()));
    assert_eq!(id(schema.field(1)), Some("8".to_owned()));
    let DataType::Struct(fields) = schema.field(1).data_type() else {
        panic!("no struct")
    };
    assert_eq!(id(&fields[0]), Some("9".to_owned()));
    assert_eq!(with_field_ids(&schema), schema);

    let grown = evolve(&schema, Field::new("b", DataType::Utf8, true)).unwrap();
    assert_eq!(id(grown.field(2)), Some("10".to_owned()));
}

#[test]
fn only_a_new_nullable_column_can_be_added() {
    let add = |field| evolve(&table(), field).map_err(|error| error.kind());
    assert!(add(Field::new("note", DataType::Utf8, true)).is_ok());
    assert_eq!(
        add(Field::new("note", DataType::Utf8, false)),
        Err(ErrorKind::InvalidInput)
    );
    assert_eq!(
        add(Field::new("n", DataType::Int32, true)),
        Err(ErrorKind::InvalidInput)
    );
    assert_eq!(
        add(Field::new("v", DataType::Utf8View, true)),
        Err(ErrorKind::Unsupported)
    );
}

#[test]
fn text_columns_are_not_taken_for_one_another() {
    let schema: SchemaRef = Arc::new(Schema::new(vec![Field::new(
        "t",
        DataType::LargeUtf8,
        true,
    )]));
    let given = batch(vec![("t", Arc::new(StringArray::from(vec!["a"])))]);
    assert!(matches!(
        check_batch(&given, &schema).unwrap_err().mismatch(),
        Some(Mismatch::TypeDiffers { .. })
    ));
}
