//! What the tests of whole queries can't tell: that slices are written from where they start.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, ListArray, StringArray, StructArray};
use arrow::datatypes::{DataType, Field, Int64Type};
use duckdb_neo::data_chunk::DataChunk;
use duckdb_neo::environment::{Environment, StorageLocation};
use duckdb_neo::logical_type::LogicalType;

use super::write;
use crate::scan::column::slot::Slot;
use crate::scan::types::sql_type;

/// Writes rows into a chunk of one column, and reads one of them as text.
fn written(array: &ArrayRef, row: usize) -> Option<String> {
    let environment = Environment::new().unwrap();
    let connection = environment
        .open(StorageLocation::InMemory)
        .unwrap()
        .connect()
        .unwrap();
    let sql = sql_type(array.data_type()).unwrap();
    let logical = LogicalType::from_text(&connection, &sql.name).unwrap();
    let mut chunk = DataChunk::create(&connection, [logical], true).unwrap();
    let slot = Slot::of(&chunk, 0).unwrap();
    write(&slot, array.as_ref(), None).unwrap();
    let vector = chunk
        .get_vector_at_mut::<duckdb_neo::vector::Unknown>(0)
        .unwrap();
    let value = vector.get_value_slow(row).unwrap();
    (!value.is_null().unwrap()).then(|| value.to_string())
}

#[test]
fn a_slice_of_any_array_starts_where_it_says() {
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(3), Some(4)]));
    assert_eq!(written(&numbers.slice(2, 2), 0).as_deref(), Some("3"));
    assert_eq!(written(&numbers.slice(1, 3), 0), None);

    let words = vec![
        Some("one"),
        None,
        Some("a word of many bytes"),
        Some("four"),
    ];
    let words: ArrayRef = Arc::new(StringArray::from(words));
    assert_eq!(
        written(&words.slice(2, 2), 0).as_deref(),
        Some("a word of many bytes")
    );
    assert_eq!(written(&words.slice(1, 2), 0), None);

    let lists = vec![
        Some(vec![Some(1)]),
        None,
        Some(vec![Some(2), None]),
        Some(vec![]),
    ];
    let lists: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(lists));
    assert_eq!(written(&lists.slice(2, 2), 0).as_deref(), Some("[2, NULL]"));
    assert_eq!(written(&lists.slice(2, 2), 1).as_deref(), Some("[]"));

    let fields = vec![
        Field::new("n", DataType::Int64, true),
        Field::new("w", DataType::Utf8, true),
    ];
    let both: ArrayRef = Arc::new(StructArray::new(fields.into(), vec![numbers, words], None));
    let text = written(&both.slice(3, 1), 0).unwrap();
    assert!(text.contains("'n': 4") && text.contains("four"), "{text}");
}

#[test]
fn more_than_sixty_four_rows_keep_their_nulls() {
    let numbers: Int64Array = (0..2_000).map(|x| (x % 3 != 0).then_some(x)).collect();
    let sliced = (Arc::new(numbers) as ArrayRef).slice(5, 1_500);
    assert_eq!(written(&sliced, 1), None);
    assert_eq!(written(&sliced, 1_000), None);
    assert_eq!(written(&sliced, 1_499).as_deref(), Some("1504"));
}
