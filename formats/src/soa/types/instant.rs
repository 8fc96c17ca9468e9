//! Moments as whole numbers of a unit.

use crate::soa::encoding::Unit;

const SECOND: i128 = 1_000_000_000;

/// The moment so many nanoseconds after 1970-01-01 00:00, in units of `U`.
pub(super) fn to_units<U: Unit>(nanoseconds: i128) -> Result<i64, String> {
    let unit = i128::from(U::NANOSECONDS);
    if nanoseconds % unit != 0 {
        return Err(format!(
            "is finer than the column's {:?}; round it, or give the field another unit",
            U::UNIT
        ));
    }
    i64::try_from(nanoseconds / unit).map_err(|_| {
        format!(
            "is too far from 1970 to be counted in {:?}s; give the field a coarser unit, such as \
             #[soa(timestamp(us))]",
            U::UNIT
        )
    })
}

/// The whole seconds and the nanoseconds, from 0 to 999,999,999, of a moment.
pub(super) fn from_units<U: Unit>(units: i64) -> (i64, u32) {
    let nanoseconds = i128::from(units) * i128::from(U::NANOSECONDS);
    let (seconds, rest) = (
        nanoseconds.div_euclid(SECOND),
        nanoseconds.rem_euclid(SECOND),
    );
    // Both fit: the seconds are no more than the units, the rest is less than a second.
    (
        i64::try_from(seconds).unwrap_or_default(),
        u32::try_from(rest).unwrap_or_default(),
    )
}

/// What is wrong with a number that no date or timestamp of the field's type has.
pub(super) fn beyond(units: i64, what: &str) -> String {
    format!("{units}, which is beyond the {what} that the field's type has")
}
