//! `#[soa(…)]` in general.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, Error, LitStr, Path, Result};

/// Reads every `#[soa(…)]` among these.
pub(super) fn read(
    attributes: &[Attribute],
    mut one: impl FnMut(&str, &ParseNestedMeta<'_>) -> Result<Known>,
    known: &str,
) -> Result<()> {
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("soa"))
    {
        attribute.parse_nested_meta(|meta| {
            let name = meta
                .path
                .get_ident()
                .map(ToString::to_string)
                .unwrap_or_default();
            // `crate` is a keyword and nevertheless an identifier of a path.
            match one(&name, &meta)? {
                Known::Yes => Ok(()),
                Known::No => Err(meta.error(format!("unknown attribute; here stands {known}"))),
            }
        })?;
    }
    Ok(())
}

/// Whether an attribute is one that can stand there.
pub(super) enum Known {
    Yes,
    No,
}

/// Sets what may be said once.
pub(super) fn once<T>(
    place: &mut Option<T>,
    value: T,
    meta: &ParseNestedMeta<'_>,
) -> Result<Known> {
    match place.replace(value) {
        None => Ok(Known::Yes),
        Some(_) => Err(meta.error("said twice; once is enough")),
    }
}

/// A text that isn't empty.
pub(super) fn name(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    let name: LitStr = meta.value()?.parse()?;
    if name.value().is_empty() {
        return Err(Error::new_spanned(
            name,
            "a column can't have an empty name",
        ));
    }
    Ok(name)
}

/// `crate = "path"`.
pub(super) fn path(meta: &ParseNestedMeta<'_>) -> Result<Path> {
    meta.value()?.parse::<LitStr>()?.parse()
}
