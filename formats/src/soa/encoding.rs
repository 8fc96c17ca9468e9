//! How the values of a field are stored, if not in the way that is natural for them.
//!
//! These types have no values; they are the parameter of [`SoaField`](super::SoaField) that
//! `#[soa(…)]` on a field chooses.

use std::fmt::Debug;
use std::marker::PhantomData;

use arrow::datatypes::{
    ArrowTimestampType, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};

/// In the way that is natural for the type. Without an attribute.
#[derive(Debug)]
pub enum Plain {}

/// As text, each different text once: Arrow's `Dictionary(Int32, Utf8)`. `#[soa(dictionary)]`.
#[derive(Debug)]
pub enum Dictionary {}

/// As a day, counted from 1970-01-01: Arrow's `Date32`. `#[soa(date)]`.
#[derive(Debug)]
pub enum Date {}

/// As a moment, counted in `U` from 1970-01-01 00:00: Arrow's `Timestamp`, of the zone `Z`.
/// `#[soa(timestamp(unit))]`, `#[soa(timestamp(unit, "zone"))]`.
#[derive(Debug)]
pub struct Timestamp<U, Z = OwnZone>(PhantomData<fn() -> (U, Z)>);

/// As a decimal of so many digits, of which `SCALE` are behind the point: Arrow's `Decimal128`.
/// `#[soa(decimal(precision, scale))]`.
#[derive(Debug)]
pub enum Decimal<const PRECISION: u8, const SCALE: i8> {}

/// The unit of a timestamp.
pub trait Unit: Debug + 'static {
    /// The unit as Arrow calls it.
    const UNIT: TimeUnit;

    /// The nanoseconds in a unit.
    const NANOSECONDS: i64;

    /// Arrow's timestamps of this unit.
    type Arrow: ArrowTimestampType;
}

macro_rules! units {
    ($($(#[$doc:meta])* $unit:ident, $nanoseconds:literal, $arrow:ty;)+) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $unit {}

        impl Unit for $unit {
            const UNIT: TimeUnit = TimeUnit::$unit;
            const NANOSECONDS: i64 = $nanoseconds;
            type Arrow = $arrow;
        }
    )+};
}

units! {
    /// Seconds; `s` in an attribute.
    Second, 1_000_000_000, TimestampSecondType;
    /// Milliseconds; `ms` in an attribute.
    Millisecond, 1_000_000, TimestampMillisecondType;
    /// Microseconds; `us` in an attribute.
    Microsecond, 1_000, TimestampMicrosecondType;
    /// Nanoseconds; `ns` in an attribute.
    Nanosecond, 1, TimestampNanosecondType;
}

/// The zone of a timestamp. It doesn't change the moments, only how readers show them.
pub trait Zone: Debug + 'static {
    /// The zone's name, as in the IANA database, or its offset; `None` for moments on a clock
    /// whose zone is not known.
    const NAME: Option<&'static str>;
}

/// The zone that a type has by itself: UTC for `DateTime<Utc>` and `jiff::Timestamp`, none for
/// others.
#[derive(Debug)]
pub enum OwnZone {}

/// No zone: a date and a time of day.
#[derive(Debug)]
pub enum NoZone {}

impl Zone for NoZone {
    const NAME: Option<&'static str> = None;
}

/// Universal time.
#[derive(Debug)]
pub enum Utc {}

impl Zone for Utc {
    const NAME: Option<&'static str> = Some("UTC");
}
