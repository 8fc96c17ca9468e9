//! UUIDs of `uuid`.

use uuid::Uuid;

use crate::soa::{FixedBytes, Lists, Mapped, Mapping, SoaField};

/// `Uuid` as its 16 bytes.
#[derive(Debug)]
pub enum Uuids {}

impl Mapping for Uuids {
    type Value = Uuid;
    type Held = FixedBytes<16>;

    fn hold(value: &Uuid) -> Result<[u8; 16], String> {
        Ok(value.into_bytes())
    }

    fn give(held: &[u8; 16]) -> Result<Uuid, String> {
        Ok(Uuid::from_bytes(*held))
    }

    fn placeholder() -> Uuid {
        Uuid::nil()
    }

    fn all_are_values(_: &FixedBytes<16>) -> bool {
        true
    }
}

impl SoaField for Uuid {
    type Column = Mapped<Uuids>;
    type List = Lists<Self::Column>;
}
