//! `#[soa_store(…)]`.

use syn::ext::IdentExt;
use syn::{Attribute, DeriveInput, Error, Ident, LitInt, LitStr, Result, Type};

use super::structs::named_fields;
use super::{Field, Kind, Struct};

/// How many shards there are if it isn't said.
const SHARDS: usize = 16;
/// How many there may be.
const MOST_SHARDS: usize = 65_536;

/// A struct whose rows have a key.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) rows: Struct,
    pub(crate) key: Ident,
    /// Its column's name.
    pub(crate) key_name: String,
    pub(crate) key_type: Type,
    pub(crate) shards: usize,
}

impl Store {
    /// Reads a struct; `None` if it has mistakes that `SoA` reports.
    pub(crate) fn parse(item: &DeriveInput) -> Result<Option<Self>> {
        let fields: Vec<_> = named_fields("SoAStore", item)?.collect();
        let mut said = item.attrs.iter().filter(|a| a.path().is_ident("soa_store"));
        let attribute = said.next().ok_or_else(|| {
            let what = "SoAStore needs to know the key: add #[soa_store(key = \"field\")]";
            Error::new_spanned(&item.ident, what)
        })?;
        if let Some(second) = said.next() {
            return Err(Error::new_spanned(second, "said twice; once is enough"));
        }
        let (key, shards) = parse_attribute(attribute)?;
        let field = fields.iter().find(|field| {
            field
                .ident
                .as_ref()
                .is_some_and(|ident| ident.unraw() == key.value())
        });
        let field = field.ok_or_else(|| {
            let names: Vec<_> = fields
                .iter()
                .filter_map(|field| Some(format!("`{}`", field.ident.as_ref()?.unraw())))
                .collect();
            let (name, names) = (&item.ident, names.join(", "));
            let what = format!("`{name}` has no field `{}`; it has {names}", key.value());
            Error::new_spanned(&key, what)
        })?;
        let key_name = match Field::parse(field)?.kind {
            Kind::Skipped(_) => {
                let what = "the key must be a column; don't skip it";
                return Err(Error::new_spanned(field, what));
            }
            Kind::Column(column) if column.encoding.is_some() => {
                let what = "a key is stored in the way that is natural for its type; remove the \
                            attribute, or choose another key";
                return Err(Error::new_spanned(field, what));
            }
            Kind::Column(column) => column.name,
        };
        let key = field
            .ident
            .clone()
            .unwrap_or_else(|| Ident::new(&key.value(), key.span()));
        Ok(Struct::parse(item).ok().map(|rows| Self {
            rows,
            key,
            key_name,
            key_type: field.ty.clone(),
            shards,
        }))
    }
}

fn parse_attribute(attribute: &Attribute) -> Result<(LitStr, usize)> {
    let (mut key, mut shards) = (None, None);
    attribute.parse_nested_meta(|meta| {
        if meta.path.is_ident("key") {
            if key.is_some() {
                return Err(meta.error("said twice; once is enough"));
            }
            key = Some(meta.value()?.parse::<LitStr>()?);
        } else if meta.path.is_ident("shards") {
            if shards.is_some() {
                return Err(meta.error("said twice; once is enough"));
            }
            let number: LitInt = meta.value()?.parse()?;
            let count = number.base10_parse()?;
            if !(1..=MOST_SHARDS).contains(&count) {
                let what = format!("the number of shards is from 1 to {MOST_SHARDS}");
                return Err(Error::new_spanned(number, what));
            }
            shards = Some(count);
        } else {
            return Err(
                meta.error("unknown attribute; here stands `key = \"field\"` or `shards = number`")
            );
        }
        Ok(())
    })?;
    let key = key.ok_or_else(|| {
        Error::new_spanned(attribute, "which field is the key? Add `key = \"field\"`")
    })?;
    Ok((key, shards.unwrap_or(SHARDS)))
}
