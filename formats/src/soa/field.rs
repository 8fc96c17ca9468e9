//! Which types a field may have.

use super::column::{Binaries, Bools, Column, Dictionary, FixedBytes, Lists, Nullable, Texts};
use super::encoding::{
    Date, Decimal, Dictionary as AsDictionary, NoZone, OwnZone, Plain, Timestamp, Unit, Zone,
};
use super::{FieldColumn, Required};

/// A type whose values can be kept in a column.
///
/// These are `bool`, the integers of 8 to 64 bits, `f32`, `f64`, `String`, `Vec<u8>` (binary) and
/// `[u8; N]` (fixed-size binary); enums with `#[derive(SoAEnum)]`; structs with `#[derive(SoA)]`;
/// `Option` and `Vec` of all of these; and, with the crate's features, dates, timestamps, UUIDs and
/// decimals of `chrono`, `jiff`, `uuid` and `rust_decimal`. Every value comes back as it went in,
/// NaN payloads and -0.0 included.
///
/// `E` says how the values are stored, if not in the way that is natural for them; see
/// [`encoding`](super::encoding).
///
/// # A type of one's own
///
/// Most types are held as something simpler, and [`Mapped`](super::Mapped) does that:
///
/// ```
/// use thermocline_formats::soa::{Column, Lists, Mapped, Mapping, SoaField};
///
/// /// A length.
/// #[derive(Debug, Clone, Copy, PartialEq)]
/// struct Metres(f64);
///
/// /// Metres as `f64`.
/// enum AsNumber {}
///
/// impl Mapping for AsNumber {
///     type Value = Metres;
///     type Held = Column<f64>;
///
///     fn hold(value: &Metres) -> Result<f64, String> {
///         Ok(value.0)
///     }
///
///     fn give(held: f64) -> Result<Metres, String> {
///         Ok(Metres(held))
///     }
///
///     fn placeholder() -> Metres {
///         Metres(0.0)
///     }
/// }
///
/// impl SoaField for Metres {
///     type Column = Mapped<AsNumber>;
///     type List = Lists<Self::Column>;
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a column",
    label = "not a column type",
    note = "a column is a bool, an integer of 8 to 64 bits, f32, f64, String, Vec<u8>, [u8; N], \
            an enum with #[derive(SoAEnum)], a struct with #[derive(SoA)], or an Option or a Vec \
            of one of these",
    note = "dates, timestamps, UUIDs and decimals need the features `chrono`, `jiff`, `uuid` and \
            `decimal`; a decimal also needs #[soa(decimal(precision, scale))]",
    note = "#[soa(timestamp(unit))] goes on i64, #[soa(date)] on i32, #[soa(dictionary)] on \
            String; leave a field out with #[soa(skip)], or implement SoaField for the type"
)]
pub trait SoaField<E = Plain>: Sized + 'static {
    /// The column that holds such values.
    type Column: FieldColumn<Value = Self>;

    /// The column that holds a `Vec` of such values in each row: `Lists<Self::Column>`.
    type List: FieldColumn<Value = Vec<Self>>;
}

/// A type of which rows have a value without a column for it, as `#[soa(skip)]` asks: one with
/// `Default`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no `Default`, so a field of it can't be skipped just like that",
    label = "rows that are made from columns need a value here",
    note = "give them one: #[soa(skip, default = \"expression\")], or implement `Default`"
)]
pub trait Skipped: Sized {
    /// The value.
    #[must_use]
    fn value() -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Default> Skipped for T {
    fn value() -> Self {
        Self::default()
    }
}

macro_rules! numbers {
    ($($native:ty),+) => {$(
        impl SoaField for $native {
            type Column = Column<$native>;
            type List = Lists<Self::Column>;
        }

        impl Required for Column<$native> {}
    )+};
}

numbers!(i8, i16, i32, i64, u16, u32, u64, f32, f64);

impl SoaField for u8 {
    type Column = Column<u8>;
    type List = Binaries;
}

impl SoaField for bool {
    type Column = Bools;
    type List = Lists<Bools>;
}

impl SoaField for String {
    type Column = Texts;
    type List = Lists<Texts>;
}

impl SoaField<AsDictionary> for String {
    type Column = Dictionary;
    type List = Lists<Dictionary>;
}

impl<const N: usize> SoaField for [u8; N] {
    type Column = FixedBytes<N>;
    type List = Lists<FixedBytes<N>>;
}

impl<U: Unit, Z: Zone> SoaField<Timestamp<U, Z>> for i64 {
    type Column = Column<i64, Timestamp<U, Z>>;
    type List = Lists<Self::Column>;
}

impl<U: Unit> SoaField<Timestamp<U, OwnZone>> for i64 {
    type Column = Column<i64, Timestamp<U, NoZone>>;
    type List = Lists<Self::Column>;
}

impl SoaField<Date> for i32 {
    type Column = Column<i32, Date>;
    type List = Lists<Self::Column>;
}

impl<const PRECISION: u8, const SCALE: i8> SoaField<Decimal<PRECISION, SCALE>> for i128 {
    type Column = Column<i128, Decimal<PRECISION, SCALE>>;
    type List = Lists<Self::Column>;
}

impl<T: SoaField<E>, E> SoaField<E> for Option<T>
where
    T::Column: Required,
{
    type Column = Nullable<T::Column>;
    type List = Lists<Self::Column>;
}

impl<T: SoaField<E>, E> SoaField<E> for Vec<T> {
    type Column = T::List;
    type List = Lists<T::List>;
}

impl Required for Column<u8> {}
impl Required for Bools {}
impl Required for Texts {}
impl Required for Binaries {}
impl<const N: usize> Required for FixedBytes<N> {}
impl<C: FieldColumn> Required for Lists<C> {}
impl<U: Unit, Z: Zone> Required for Column<i64, Timestamp<U, Z>> {}
impl Required for Column<i32, Date> {}
impl<const P: u8, const S: i8> Required for Column<i128, Decimal<P, S>> {}
