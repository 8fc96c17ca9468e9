//! Structs in structs, and lists.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, ListArray, RecordBatch, StringArray, StructArray, UInt32Array,
    UInt64Array,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, Fields};
use thermocline_derive::SoA;
use thermocline_formats::Mismatch;
use thermocline_formats::soa::{ArrowSchemaGen, ToArrow};

#[derive(Debug, Clone, PartialEq, SoA)]
struct Address {
    city: String,
    #[soa(rename = "postcode")]
    code: u32,
}

#[derive(Debug, Clone, PartialEq, SoA)]
struct Person {
    name: String,
    home: Address,
    work: Option<Address>,
    former: Vec<Address>,
}

fn address(city: &str, code: u32) -> Address {
    Address {
        city: city.to_owned(),
        code,
    }
}

fn people() -> Vec<Person> {
    vec![
        Person {
            name: "Ada".into(),
            home: address("London", 1),
            work: None,
            former: vec![],
        },
        Person {
            name: "Emmy".into(),
            home: address("Göttingen", 2),
            work: Some(address("Bryn Mawr", 3)),
            former: vec![address("Erlangen", 4), address("", 5)],
        },
    ]
}

#[test]
fn structs_in_structs_come_back() {
    let columns = PersonSoA::from_iter(people());
    let batch = columns.to_record_batch().unwrap();
    let fields = Fields::from(vec![
        Field::new("city", DataType::Utf8, false),
        Field::new("postcode", DataType::UInt32, false),
    ]);
    assert_eq!(PersonSoA::arrow_field_types()[1], DataType::Struct(fields));
    assert_eq!(batch.column(2).null_count(), 1);
    assert_eq!(
        PersonSoA::from_record_batch(&batch).unwrap().to_rows(),
        people()
    );
    assert_eq!(columns.home_raw_array().code_raw_array(), [1, 2]);
}

#[test]
fn views_of_nested_structs_are_views() {
    let mut columns = PersonSoA::from_iter(people());
    let emmy = columns.view(1).unwrap();
    assert_eq!(
        (emmy.name, emmy.home.city, emmy.work.unwrap().code),
        ("Emmy", "Göttingen", 3)
    );
    assert_eq!(emmy.former.len(), 2);
    let cities: Vec<_> = emmy.former.iter().map(|address| address.city).collect();
    assert_eq!(cities, ["Erlangen", ""]);
    assert_eq!(emmy.former.get(2), None);
    assert_eq!(emmy.former.to_vec(), people()[1].former);
    let mut emmy = columns.view_mut(1).unwrap();
    emmy.home.city.set("Berlin".to_owned());
    *emmy.home.code = 10;
    emmy.work.set(None);
    emmy.former.set(vec![address("Göttingen", 2)]);
    let emmy = columns.get(1).unwrap();
    assert_eq!((emmy.home, emmy.work), (address("Berlin", 10), None));
    assert_eq!(emmy.former, [address("Göttingen", 2)]);
}

fn people_with(name: &str, column: ArrayRef) -> RecordBatch {
    let batch = PersonSoA::from_iter(people()).to_record_batch().unwrap();
    let schema = batch.schema();
    let columns = schema
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(field, array)| {
            let array = if field.name() == name { &column } else { array };
            (field.name().clone(), Arc::clone(array), field.is_nullable())
        });
    RecordBatch::try_from_iter_with_nullable(columns.collect::<Vec<_>>()).unwrap()
}

fn cities() -> ArrayRef {
    Arc::new(StringArray::from(vec!["A", "B"]))
}

fn codes() -> ArrayRef {
    Arc::new(UInt32Array::from(vec![1, 2]))
}

#[test]
fn fields_of_nested_structs_are_matched_by_name() {
    let swapped = StructArray::try_from(vec![("postcode", codes()), ("city", cities())]).unwrap();
    let columns = PersonSoA::from_record_batch(&people_with("home", Arc::new(swapped))).unwrap();
    assert_eq!(columns.get(1).unwrap().home, address("B", 2));

    let missing = StructArray::try_from(vec![("city", cities())]).unwrap();
    let error = PersonSoA::from_record_batch(&people_with("home", Arc::new(missing))).unwrap_err();
    let expected = Mismatch::MissingColumn {
        column: "home.postcode".into(),
    };
    assert_eq!(error.mismatch(), Some(&expected));

    let extra = vec![
        ("city", cities()),
        ("postcode", codes()),
        ("country", cities()),
    ];
    let extra = StructArray::try_from(extra).unwrap();
    let error = PersonSoA::from_record_batch(&people_with("home", Arc::new(extra))).unwrap_err();
    let expected = Mismatch::ExtraColumn {
        column: "home.country".into(),
    };
    assert_eq!(error.mismatch(), Some(&expected));

    let error = PersonSoA::from_record_batch(&people_with("home", cities())).unwrap_err();
    assert!(
        matches!(error.mismatch(), Some(Mismatch::TypeDiffers { column, .. }) if column == "home")
    );
}

#[test]
fn a_null_inside_a_struct_that_is_null_is_no_error() {
    let cities: ArrayRef = Arc::new(StringArray::from(vec![None, Some("B")]));
    let fields = Fields::from(vec![
        Field::new("city", DataType::Utf8, true),
        Field::new("postcode", DataType::UInt32, false),
    ]);
    let nulls = NullBuffer::from(vec![false, true]);
    let work = StructArray::new(
        fields.clone(),
        vec![Arc::clone(&cities), codes()],
        Some(nulls),
    );
    let columns = PersonSoA::from_record_batch(&people_with("work", Arc::new(work))).unwrap();
    assert_eq!(columns.get(0).unwrap().work, None);
    assert_eq!(columns.get(1).unwrap().work, Some(address("B", 2)));

    let there = StructArray::new(fields, vec![cities, codes()], None);
    let error = PersonSoA::from_record_batch(&people_with("work", Arc::new(there))).unwrap_err();
    let null = Mismatch::NullInRequired {
        column: "work.city".into(),
        row: 0,
    };
    assert_eq!(error.mismatch(), Some(&null));
}

#[derive(Debug, Clone, PartialEq, SoA)]
struct Tag {
    #[soa(dictionary)]
    name: String,
    weight: u32,
}

#[derive(Debug, Clone, PartialEq, SoA)]
struct Tagged {
    id: u64,
    tag: Option<Tag>,
}

#[test]
fn an_optional_struct_that_a_batch_has_not_can_be_exported_again() {
    let ids: ArrayRef = Arc::new(UInt64Array::from(vec![1, 2]));
    let batch = RecordBatch::try_from_iter([("id", ids)]).unwrap();
    let mut columns = TaggedSoA::from_record_batch(&batch).unwrap();
    let without = [1, 2].map(|id| Tagged { id, tag: None });
    assert_eq!(columns.to_rows(), without);
    let back = TaggedSoA::from_record_batch(&columns.to_record_batch().unwrap()).unwrap();
    assert_eq!(back.to_rows(), without);
    let tagged = Tagged {
        id: 3,
        tag: Some(Tag {
            name: "new".to_owned(),
            weight: 1,
        }),
    };
    columns.push(tagged.clone());
    let back = TaggedSoA::from_record_batch(&columns.to_record_batch().unwrap()).unwrap();
    assert_eq!(back.get(2), Some(tagged));
    assert_eq!(back.get(0).unwrap().tag, None);
}

#[test]
fn a_null_inside_a_list_names_the_row() {
    let batch = PersonSoA::from_iter(people()).to_record_batch().unwrap();
    let (_, offsets, _, _) = batch.column(3).as_list::<i32>().clone().into_parts();
    let cities: ArrayRef = Arc::new(StringArray::from(vec![Some("A"), None]));
    let items = StructArray::try_from(vec![("city", cities), ("postcode", codes())]).unwrap();
    let item = Arc::new(Field::new_list_field(items.data_type().clone(), false));
    let list = ListArray::new(item, offsets, Arc::new(items), None);
    let error = PersonSoA::from_record_batch(&people_with("former", Arc::new(list))).unwrap_err();
    let null = Mismatch::NullInRequired {
        column: "former.item.city".into(),
        row: 1,
    };
    assert_eq!(error.mismatch(), Some(&null));
}
