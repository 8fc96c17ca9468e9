//! Dates and timestamps of `chrono`.

use std::marker::PhantomData;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime};

use super::instant::{beyond, from_units, to_units};
use crate::soa::encoding::{self, Nanosecond, NoZone, OwnZone, Timestamp, Unit, Zone};
use crate::soa::{Column, Lists, Mapped, Mapping, SoaField};

/// Days from 1 January of the year 1 to 1 January 1970, counted as `chrono` does.
const EPOCH: i32 = 719_163;

/// `DateTime<Utc>` as a timestamp.
#[derive(Debug)]
pub struct Instants<U, Z>(PhantomData<fn() -> (U, Z)>);

impl<U: Unit, Z: Zone> Mapping for Instants<U, Z> {
    type Value = DateTime<chrono::Utc>;
    type Held = Column<i64, Timestamp<U, Z>>;

    fn hold(value: &Self::Value) -> Result<i64, String> {
        let nanoseconds = value.timestamp_subsec_nanos();
        if nanoseconds >= 1_000_000_000 {
            return Err("is a leap second, which Arrow's timestamps don't have".to_owned());
        }
        to_units::<U>(i128::from(value.timestamp()) * 1_000_000_000 + i128::from(nanoseconds))
    }

    fn give(held: i64) -> Result<Self::Value, String> {
        let (seconds, nanoseconds) = from_units::<U>(held);
        DateTime::from_timestamp(seconds, nanoseconds).ok_or_else(|| beyond(held, "timestamps"))
    }

    fn placeholder() -> Self::Value {
        DateTime::UNIX_EPOCH
    }
}

/// `NaiveDateTime` as a timestamp.
#[derive(Debug)]
pub struct DateTimes<U>(PhantomData<fn() -> U>);

impl<U: Unit> Mapping for DateTimes<U> {
    type Value = NaiveDateTime;
    type Held = Column<i64, Timestamp<U, NoZone>>;

    fn hold(value: &Self::Value) -> Result<i64, String> {
        Instants::<U, NoZone>::hold(&value.and_utc())
    }

    fn give(held: i64) -> Result<Self::Value, String> {
        Instants::<U, NoZone>::give(held).map(|instant| instant.naive_utc())
    }

    fn placeholder() -> Self::Value {
        DateTime::UNIX_EPOCH.naive_utc()
    }
}

/// `NaiveDate` as a number of days.
#[derive(Debug)]
pub enum Dates {}

impl Mapping for Dates {
    type Value = NaiveDate;
    type Held = Column<i32, encoding::Date>;

    fn hold(value: &NaiveDate) -> Result<i32, String> {
        Ok(value.num_days_from_ce() - EPOCH)
    }

    fn give(held: i32) -> Result<NaiveDate, String> {
        let date = held
            .checked_add(EPOCH)
            .and_then(NaiveDate::from_num_days_from_ce_opt);
        date.ok_or_else(|| beyond(held.into(), "dates"))
    }

    fn placeholder() -> NaiveDate {
        NaiveDate::default()
    }
}

impl SoaField for DateTime<chrono::Utc> {
    type Column = Mapped<Instants<Nanosecond, encoding::Utc>>;
    type List = Lists<Self::Column>;
}

impl<U: Unit, Z: Zone> SoaField<Timestamp<U, Z>> for DateTime<chrono::Utc> {
    type Column = Mapped<Instants<U, Z>>;
    type List = Lists<Self::Column>;
}

impl<U: Unit> SoaField<Timestamp<U, OwnZone>> for DateTime<chrono::Utc> {
    type Column = Mapped<Instants<U, encoding::Utc>>;
    type List = Lists<Self::Column>;
}

impl SoaField for NaiveDateTime {
    type Column = Mapped<DateTimes<Nanosecond>>;
    type List = Lists<Self::Column>;
}

impl<U: Unit> SoaField<Timestamp<U, OwnZone>> for NaiveDateTime {
    type Column = Mapped<DateTimes<U>>;
    type List = Lists<Self::Column>;
}

impl SoaField for NaiveDate {
    type Column = Mapped<Dates>;
    type List = Lists<Self::Column>;
}
