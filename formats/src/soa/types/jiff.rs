//! Dates and timestamps of `jiff`.

use std::marker::PhantomData;

use jiff::civil::{Date, DateTime, date};
use jiff::{SignedDuration, Timestamp as Instant};

use super::instant::{beyond, from_units, to_units};
use crate::soa::encoding::{self, Nanosecond, NoZone, OwnZone, Timestamp, Unit, Zone};
use crate::soa::{Column, Lists, Mapped, Mapping, SoaField};

const DAY: i64 = 86_400;
const EPOCH: Date = date(1970, 1, 1);

/// `jiff::Timestamp` as a timestamp.
#[derive(Debug)]
pub struct Instants<U, Z>(PhantomData<fn() -> (U, Z)>);

impl<U: Unit, Z: Zone> Mapping for Instants<U, Z> {
    type Value = Instant;
    type Held = Column<i64, Timestamp<U, Z>>;

    fn hold(value: &Instant) -> Result<i64, String> {
        to_units::<U>(value.as_nanosecond())
    }

    fn give(held: i64) -> Result<Instant, String> {
        let instant = Instant::from_duration(duration::<U>(held));
        instant.map_err(|_| beyond(held, "timestamps"))
    }

    fn placeholder() -> Instant {
        Instant::UNIX_EPOCH
    }
}

/// `jiff::civil::DateTime` as a timestamp.
#[derive(Debug)]
pub struct DateTimes<U>(PhantomData<fn() -> U>);

impl<U: Unit> Mapping for DateTimes<U> {
    type Value = DateTime;
    type Held = Column<i64, Timestamp<U, NoZone>>;

    fn hold(value: &DateTime) -> Result<i64, String> {
        to_units::<U>(value.duration_since(Self::placeholder()).as_nanos())
    }

    fn give(held: i64) -> Result<DateTime, String> {
        let moment = Self::placeholder().checked_add(duration::<U>(held));
        moment.map_err(|_| beyond(held, "timestamps"))
    }

    fn placeholder() -> DateTime {
        EPOCH.to_datetime(jiff::civil::Time::midnight())
    }
}

/// `jiff::civil::Date` as a number of days.
#[derive(Debug)]
pub enum Dates {}

impl Mapping for Dates {
    type Value = Date;
    type Held = Column<i32, encoding::Date>;

    fn hold(value: &Date) -> Result<i32, String> {
        // The calendar of `jiff` has 20,000 years; its days fit.
        Ok(i32::try_from(value.duration_since(EPOCH).as_secs() / DAY).unwrap_or_default())
    }

    fn give(held: i32) -> Result<Date, String> {
        let date = EPOCH.checked_add(SignedDuration::from_secs(i64::from(held) * DAY));
        date.map_err(|_| beyond(held.into(), "dates"))
    }

    fn placeholder() -> Date {
        EPOCH
    }
}

fn duration<U: Unit>(units: i64) -> SignedDuration {
    let (seconds, nanoseconds) = from_units::<U>(units);
    SignedDuration::new(seconds, i32::try_from(nanoseconds).unwrap_or_default())
}

impl SoaField for Instant {
    type Column = Mapped<Instants<Nanosecond, encoding::Utc>>;
    type List = Lists<Self::Column>;
}

impl<U: Unit, Z: Zone> SoaField<Timestamp<U, Z>> for Instant {
    type Column = Mapped<Instants<U, Z>>;
    type List = Lists<Self::Column>;
}

impl<U: Unit> SoaField<Timestamp<U, OwnZone>> for Instant {
    type Column = Mapped<Instants<U, encoding::Utc>>;
    type List = Lists<Self::Column>;
}

impl SoaField for DateTime {
    type Column = Mapped<DateTimes<Nanosecond>>;
    type List = Lists<Self::Column>;
}

impl<U: Unit> SoaField<Timestamp<U, OwnZone>> for DateTime {
    type Column = Mapped<DateTimes<U>>;
    type List = Lists<Self::Column>;
}

impl SoaField for Date {
    type Column = Mapped<Dates>;
    type List = Lists<Self::Column>;
}
