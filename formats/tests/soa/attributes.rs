//! What attributes do.

use arrow::array::AsArray;
use arrow::datatypes::{DataType, TimeUnit, TimestampMillisecondType};
use thermocline_derive::SoA;
use thermocline_formats::soa::{self, ArrowSchemaGen, RecordBatch, SchemaRef, ToArrow};

/// Not a column type, and without a default.
#[derive(Debug, Clone, PartialEq)]
struct Socket(&'static str);

/// Not a column type.
#[derive(Debug, Clone, Default, PartialEq)]
struct Cache(u8);

#[derive(Debug, Clone, PartialEq, SoA)]
struct Event {
    #[soa(timestamp(ms, "Europe/Berlin"))]
    at: i64,
    #[soa(timestamp(ns))]
    ends: Option<i64>,
    #[soa(timestamp(s, "UTC"))]
    seen: Vec<i64>,
    #[soa(date)]
    day: i32,
    #[soa(decimal(12, 2))]
    price: i128,
    #[soa(dictionary, rename = "kind")]
    what: String,
    #[soa(skip)]
    cache: Cache,
    #[soa(skip, default = "Socket(\"closed\")")]
    socket: Socket,
    r#type: u8,
}

fn event(at: i64) -> Event {
    Event {
        at,
        ends: (at > 0).then_some(i64::MIN),
        seen: vec![at; 2],
        day: -1,
        price: -1_234,
        what: if at == 0 { "a" } else { "b" }.to_owned(),
        cache: Cache(9),
        socket: Socket("open"),
        r#type: 3,
    }
}

#[test]
fn types_are_those_that_the_attributes_name() {
    let seconds = DataType::Timestamp(TimeUnit::Second, Some("UTC".into()));
    assert_eq!(
        EventSoA::arrow_field_types(),
        [
            DataType::Timestamp(TimeUnit::Millisecond, Some("Europe/Berlin".into())),
            DataType::Timestamp(TimeUnit::Nanosecond, None),
            DataType::new_list(seconds, false),
            DataType::Date32,
            DataType::Decimal128(12, 2),
            DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            DataType::UInt8,
        ]
    );
    assert_eq!(
        EventSoA::arrow_field_names(),
        ["at", "ends", "seen", "day", "price", "kind", "type"]
    );
}

#[test]
fn values_come_back_and_what_is_skipped_has_its_default() {
    let columns: EventSoA = [0, i64::MAX].into_iter().map(event).collect();
    assert_eq!(columns.type_raw_array(), [3, 3]);
    assert_eq!(columns.price_raw_array(), [-1_234, -1_234]);
    let batch = columns.to_record_batch().unwrap();
    let at = batch.column(0).as_primitive::<TimestampMillisecondType>();
    assert_eq!(at.values(), &[0, i64::MAX]);
    assert_eq!(batch.column(5).as_any_dictionary().values().len(), 2);
    let expected = |at| Event {
        cache: Cache(0),
        socket: Socket("closed"),
        ..event(at)
    };
    let back = EventSoA::from_record_batch(&batch).unwrap();
    assert_eq!(back.to_rows(), [expected(0), expected(i64::MAX)]);
}

#[test]
fn another_zone_is_another_type() {
    #[derive(SoA)]
    struct There {
        #[soa(timestamp(ms, "Europe/Paris"))]
        at: i64,
    }
    let there = ThereSoA::from_iter([There { at: 5 }]);
    let batch = EventSoA::from_iter([event(5)])
        .to_record_batch()
        .unwrap()
        .project(&[0])
        .unwrap();
    let error = ThereSoA::from_record_batch(&batch).unwrap_err();
    assert_eq!(error.column(), Some("at"));
    assert_eq!(there.at_raw_array(), [5]);
}

/// Its conversions are written by hand.
#[derive(Debug, PartialEq, SoA)]
#[soa(no_arrow)]
struct ByHand {
    value: u16,
}

impl ArrowSchemaGen for ByHandSoA {
    fn arrow_schema() -> SchemaRef {
        soa::schema([soa::field::<u16>("by hand")])
    }

    fn arrow_field_names() -> Vec<&'static str> {
        vec!["by hand"]
    }

    fn arrow_field_types() -> Vec<DataType> {
        vec![DataType::UInt16]
    }
}

impl ToArrow for ByHandSoA {
    fn to_record_batch(&self) -> soa::Result<RecordBatch> {
        let value = soa::to_column("by hand", self.value_raw_array())?;
        soa::batch(&Self::arrow_schema(), vec![value])
    }

    fn from_record_batch(batch: &RecordBatch) -> soa::Result<Self> {
        soa::check_names(batch, &Self::arrow_field_names())?;
        let value = soa::from_column::<u16>(batch, "by hand")?.into();
        Self::try_from(ByHandColumns { value })
    }
}

#[test]
fn conversions_can_be_written_by_hand() {
    let columns = ByHandSoA::from_iter([ByHand { value: 4 }]);
    let batch = columns.to_record_batch().unwrap();
    assert_eq!(batch.schema().field(0).name(), "by hand");
    assert_eq!(ByHandSoA::from_record_batch(&batch).unwrap(), columns);
    let extra = EventSoA::from_iter([event(5)]).to_record_batch().unwrap();
    assert_eq!(
        ByHandSoA::from_record_batch(&extra).unwrap_err().column(),
        Some("at")
    );
}

#[test]
fn the_crate_may_have_another_name() {
    #[derive(Debug, PartialEq, SoA)]
    #[soa(crate = "thermocline_formats")]
    struct Elsewhere {
        value: u16,
    }
    let columns = ElsewhereSoA::from_iter([Elsewhere { value: 4 }]);
    assert_eq!(columns.to_rows(), [Elsewhere { value: 4 }]);
}
