//! Decimals of `rust_decimal`.

use rust_decimal::Decimal;

use crate::soa::encoding;
use crate::soa::{Column, Lists, Mapped, Mapping, SoaField};

/// `Decimal` as a whole number of the last digit.
#[derive(Debug)]
pub enum Decimals<const PRECISION: u8, const SCALE: i8> {}

impl<const PRECISION: u8, const SCALE: i8> Mapping for Decimals<PRECISION, SCALE> {
    type Value = Decimal;
    type Held = Column<i128, encoding::Decimal<PRECISION, SCALE>>;

    fn hold(value: &Decimal) -> Result<i128, String> {
        let value = value.normalize();
        let missing = u32::from(SCALE.unsigned_abs())
            .checked_sub(value.scale())
            .ok_or_else(|| {
                format!(
                    "has more than {SCALE} digits behind the point; round it, or widen the column"
                )
            })?;
        let digits = 10_i128
            .checked_pow(missing)
            .and_then(|power| value.mantissa().checked_mul(power));
        let limit = 10_i128
            .checked_pow(u32::from(PRECISION))
            .unwrap_or(i128::MAX);
        digits
            .filter(|digits| (1 - limit..limit).contains(digits))
            .ok_or_else(|| {
                let before = i16::from(PRECISION) - i16::from(SCALE);
                format!("has more than {before} digits before the point; widen the column")
            })
    }

    fn give(held: i128) -> Result<Decimal, String> {
        // A `Decimal` has 96 bits and 28 digits behind the point. What was held for one may have
        // more, but then they are zeros.
        let (mut digits, mut scale) = (held, u32::from(SCALE.unsigned_abs()));
        loop {
            match Decimal::try_from_i128_with_scale(digits, scale) {
                Ok(value) => return Ok(value),
                Err(_) if scale > 0 && digits % 10 == 0 => {
                    (digits, scale) = (digits / 10, scale - 1);
                }
                Err(_) => {
                    return Err(format!(
                        "{held}e-{SCALE}, which has more digits than a `Decimal` of `rust_decimal`"
                    ));
                }
            }
        }
    }

    fn placeholder() -> Decimal {
        Decimal::ZERO
    }
}

impl<const PRECISION: u8, const SCALE: i8> SoaField<encoding::Decimal<PRECISION, SCALE>>
    for Decimal
{
    type Column = Mapped<Decimals<PRECISION, SCALE>>;
    type List = Lists<Self::Column>;
}
