//! Days and seconds since 1970 as dates of the proleptic Gregorian calendar, in UTC.

use arrow::datatypes::TimeUnit;

/// A date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: i128,
    pub(super) month: u8,
    pub(super) day: u8,
}

/// The date of a day, counted from 1970-01-01; Howard Hinnant's `civil_from_days`.
pub(super) fn date(days: i128) -> Date {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    Date {
        year: year_of_era + era * 400 + i128::from(month <= 2),
        month: u8::try_from(month).unwrap_or_default(),
        day: u8::try_from(day).unwrap_or_default(),
    }
}

/// How many of the unit make a second.
pub(super) fn per_second(unit: TimeUnit) -> i128 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

pub(super) const SECONDS_PER_HOUR: i128 = 3_600;
pub(super) const SECONDS_PER_DAY: i128 = 86_400;
pub(super) const MILLISECONDS_PER_DAY: i128 = 86_400_000;

/// The day that lies in `year` as its months since 1970 say.
pub(super) fn months_since_1970(date: Date) -> i128 {
    (date.year - 1970) * 12 + i128::from(date.month) - 1
}

#[cfg(test)]
mod tests {
    use super::{Date, date};

    #[test]
    fn dates_on_both_sides_of_1970() {
        let of = |year, month, day| Date { year, month, day };
        assert_eq!(date(0), of(1970, 1, 1));
        assert_eq!(date(-1), of(1969, 12, 31));
        assert_eq!(date(11_016), of(2000, 2, 29));
        assert_eq!(date(17_486), of(2017, 11, 16));
        assert_eq!(date(-719_162), of(1, 1, 1));
        assert_eq!(date(2_932_896), of(9999, 12, 31));
    }
}
