//! Types of other crates.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, TimeUnit, TimestampMicrosecondType};
use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use rust_decimal::Decimal;
use thermocline_derive::{SoA, SoAStore};
use thermocline_formats::ErrorKind;
use thermocline_formats::soa::{ArrowSchemaGen, ToArrow};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, SoA, SoAStore)]
#[soa_store(key = "id", shards = 4)]
struct Payment {
    id: Uuid,
    #[soa(timestamp(us))]
    at: DateTime<Utc>,
    #[soa(timestamp(s, "Europe/Berlin"))]
    booked: Option<jiff::Timestamp>,
    local: chrono::NaiveDateTime,
    due: NaiveDate,
    paid: Option<jiff::civil::Date>,
    #[soa(decimal(10, 2))]
    amount: Decimal,
    #[soa(decimal(5, 4))]
    rates: Vec<Decimal>,
}

fn payment() -> Payment {
    let at = Utc.with_ymd_and_hms(2024, 2, 29, 12, 0, 0).unwrap();
    Payment {
        id: Uuid::from_u128(7),
        at: at + chrono::TimeDelta::microseconds(1),
        booked: Some(jiff::Timestamp::from_second(-1).unwrap()),
        local: at.naive_utc(),
        due: NaiveDate::from_ymd_opt(1969, 12, 31).unwrap(),
        paid: Some(jiff::civil::date(2024, 3, 1)),
        amount: Decimal::new(-123, 1),
        rates: vec![Decimal::new(5, 1), Decimal::new(12345, 4)],
    }
}

#[test]
fn the_arrow_types_are_the_natural_ones() {
    use DataType as T;
    let berlin = Some("Europe/Berlin".into());
    assert_eq!(
        PaymentSoA::arrow_field_types(),
        [
            T::FixedSizeBinary(16),
            T::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            T::Timestamp(TimeUnit::Second, berlin),
            T::Timestamp(TimeUnit::Nanosecond, None),
            T::Date32,
            T::Date32,
            T::Decimal128(10, 2),
            T::new_list(T::Decimal128(5, 4), false),
        ]
    );
}

#[test]
fn values_come_back_and_stand_as_arrow_counts_them() {
    let columns = PaymentSoA::from_iter([payment()]);
    let batch = columns.to_record_batch().unwrap();
    // 2024-02-29 12:00 is 1,709,208,000 seconds after 1970, 2024-03-01 is day 19,783.
    let at = batch
        .column(1)
        .as_primitive::<TimestampMicrosecondType>()
        .values();
    assert_eq!(at, &[1_709_208_000_000_001]);
    assert_eq!(batch.column(4).as_primitive::<Date32Type>().values(), &[-1]);
    assert_eq!(
        batch.column(5).as_primitive::<Date32Type>().values(),
        &[19_783]
    );
    assert_eq!(
        batch.column(6).as_primitive::<Decimal128Type>().values(),
        &[-1_230]
    );
    assert_eq!(
        PaymentSoA::from_record_batch(&batch).unwrap().to_rows(),
        [payment()]
    );
    assert_eq!(columns.at_raw_array(), [1_709_208_000_000_001]);
    let mut store = PaymentStore::new();
    store.add(payment());
    assert_eq!(store.get(&Uuid::from_u128(7)), Some(payment()));
}

/// The error of making a batch of a row that doesn't fit, after it was found in memory unchanged.
fn kept_but_refused(row: Payment) -> thermocline_formats::Error {
    let mut columns = PaymentSoA::from_iter([payment(), row.clone()]);
    assert_eq!(columns.get(1), Some(row.clone()));
    let error = columns.to_record_batch().unwrap_err();
    assert_eq!(
        (error.kind(), error.invalid_row()),
        (ErrorKind::InvalidInput, Some(1))
    );
    columns.swap_remove(0);
    assert_eq!(columns.to_rows(), [row]);
    assert_eq!(
        columns.to_record_batch().unwrap_err().invalid_row(),
        Some(0)
    );
    columns.set(0, payment());
    assert_eq!(columns.to_record_batch().unwrap().num_rows(), 1);
    error
}

#[test]
fn what_arrow_can_not_hold_is_kept_and_refused_with_its_row() {
    let finer = payment().at + chrono::TimeDelta::nanoseconds(1);
    let error = kept_but_refused(Payment {
        at: finer,
        ..payment()
    });
    assert_eq!(error.column(), Some("at"));
    assert!(
        error
            .to_string()
            .contains("finer than the column's Microsecond"),
        "{error}"
    );

    let leap = NaiveDate::from_ymd_opt(2016, 12, 31).unwrap();
    let leap = leap.and_hms_nano_opt(23, 59, 59, 1_000_000_000).unwrap();
    let error = kept_but_refused(Payment {
        local: leap,
        ..payment()
    });
    assert!(error.to_string().contains("leap second"), "{error}");

    let far = NaiveDate::from_ymd_opt(2300, 1, 1)
        .unwrap()
        .and_hms_opt(0, 0, 0)
        .unwrap();
    let error = kept_but_refused(Payment {
        local: far,
        ..payment()
    });
    assert!(
        error.to_string().contains("#[soa(timestamp(us))]"),
        "{error}"
    );

    let error = kept_but_refused(Payment {
        amount: Decimal::new(1, 3),
        ..payment()
    });
    assert!(
        error
            .to_string()
            .contains("more than 2 digits behind the point"),
        "{error}"
    );
    let error = kept_but_refused(Payment {
        amount: Decimal::new(100_000_000, 0),
        ..payment()
    });
    assert!(
        error
            .to_string()
            .contains("more than 8 digits before the point"),
        "{error}"
    );
    let most = Payment {
        amount: Decimal::new(9_999_999_999, 2),
        ..payment()
    };
    assert_eq!(
        PaymentSoA::from_iter([most])
            .to_record_batch()
            .unwrap()
            .num_rows(),
        1
    );
}

#[derive(Debug, Clone, PartialEq, SoA)]
struct Amounts {
    #[soa(decimal(38, 18))]
    wide: Decimal,
    #[soa(decimal(38, 30))]
    fine: Option<Decimal>,
    #[soa(decimal(38, 0))]
    whole: Vec<Decimal>,
}

#[test]
fn decimals_come_back_from_columns_that_are_wider_than_they_are() {
    let values = [
        Decimal::ZERO,
        Decimal::new(1_000_000_000_000, 0),
        Decimal::new(-1_234_567_890_123_456_789, 18),
        Decimal::new(1, 18),
        Decimal::new(99_999_999, 0),
    ];
    let rows = values.map(|value| Amounts {
        wide: value,
        fine: Some(value / Decimal::new(1_000_000, 0)).filter(|fine| fine.scale() <= 28),
        whole: vec![value.trunc(), Decimal::MAX, Decimal::MIN],
    });
    let columns = AmountsSoA::from_iter(rows.clone());
    assert_eq!(columns.to_rows(), rows);
    let batch = columns.to_record_batch().unwrap();
    let wide = batch.column(0).as_primitive::<Decimal128Type>();
    assert_eq!(wide.value(1), 10_i128.pow(30));
    assert_eq!(
        AmountsSoA::from_record_batch(&batch).unwrap().to_rows(),
        rows
    );
}

#[test]
fn an_item_that_arrow_can_not_hold_is_refused_with_its_row() {
    let mut rows = [payment(), payment(), payment()];
    rows[1].rates.push(Decimal::new(123_456, 5));
    let mut columns = PaymentSoA::from_iter(rows.clone());
    let error = columns.to_record_batch().unwrap_err();
    assert_eq!(
        (error.column(), error.invalid_row()),
        (Some("rates.item"), Some(1)),
        "{error}"
    );
    // The same when the lists no longer lie one after the other.
    columns.swap_remove(0);
    columns.push(payment());
    let error = columns.to_record_batch().unwrap_err();
    assert_eq!(error.invalid_row(), Some(1), "{error}");
}

#[test]
fn a_value_that_is_gone_is_in_the_way_of_nothing() {
    let mut row = payment();
    row.paid = Some(jiff::civil::date(2024, 3, 1));
    let mut columns = PaymentSoA::from_iter([row.clone(), row]);
    let far = "9999-12-30T22:00:00Z".parse().unwrap();
    #[derive(Debug, Clone, PartialEq, SoA)]
    struct Fine {
        #[soa(timestamp(ns))]
        at: Option<jiff::Timestamp>,
    }
    let mut fine = FineSoA::from_iter([Fine { at: Some(far) }]);
    assert_eq!(fine.to_record_batch().unwrap_err().invalid_row(), Some(0));
    fine.set(0, Fine { at: None });
    let batch = fine.to_record_batch().unwrap();
    assert_eq!(batch.column(0).null_count(), 1);
    columns.view_mut(0).unwrap().paid.set(None);
    let batch = columns.to_record_batch().unwrap();
    assert_eq!(batch.column(5).null_count(), 1);
    assert_eq!(batch.column(5).as_primitive::<Date32Type>().values()[0], 0);
}

#[test]
fn numbers_beyond_a_calendar_are_refused_with_their_row() {
    #[derive(Debug, PartialEq, SoA)]
    struct Raw {
        #[soa(timestamp(s, "UTC"))]
        at: i64,
    }
    #[derive(Debug, PartialEq, SoA)]
    struct Typed {
        #[soa(timestamp(s))]
        at: jiff::Timestamp,
    }
    let raw = RawSoA::from_iter([Raw { at: 0 }, Raw { at: i64::MAX }]);
    let batch = raw.to_record_batch().unwrap();
    let error = TypedSoA::from_record_batch(&batch).unwrap_err();
    assert_eq!((error.column(), error.invalid_row()), (Some("at"), Some(1)));
    assert!(
        error
            .to_string()
            .contains("9223372036854775807, which is beyond"),
        "{error}"
    );
    let back = TypedSoA::from_record_batch(&batch.slice(0, 1)).unwrap();
    assert_eq!(
        back.to_rows(),
        [Typed {
            at: jiff::Timestamp::UNIX_EPOCH
        }]
    );
}
