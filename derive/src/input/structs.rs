//! Structs with named fields.

use std::collections::HashSet;

use syn::{Data, DeriveInput, Error, Fields, Generics, Ident, Path, Result, Visibility};

use super::attributes::{Known, once, path, read};
use super::mistakes::Mistakes;
use super::{Column, Field, Kind, default_crate};

/// A struct with named fields.
#[derive(Debug)]
pub(crate) struct Struct {
    pub(crate) vis: Visibility,
    pub(crate) name: Ident,
    pub(crate) generics: Generics,
    /// At least one is a column.
    pub(crate) fields: Vec<Field>,
    /// Whether to implement the traits for Arrow.
    pub(crate) arrow: bool,
    /// The crate `thermocline`.
    pub(crate) krate: Path,
}

impl Struct {
    /// Reads a struct, with every mistake in it as one combined error.
    pub(crate) fn parse(item: &DeriveInput) -> Result<Self> {
        let (mut no_arrow, mut krate) = (None, None);
        let mut mistakes = Mistakes::default();
        mistakes.note(read(
            &item.attrs,
            |attribute, meta| match attribute {
                "no_arrow" => once(&mut no_arrow, (), meta),
                "crate" => once(&mut krate, path(meta)?, meta),
                _ => Ok(Known::No),
            },
            "`no_arrow` or `crate = \"…\"`; the others go on a field",
        ));
        if let Some(lifetime) = item.generics.lifetimes().next() {
            mistakes.note::<()>(Err(Error::new_spanned(
                lifetime,
                "columns own their values, so the struct can't borrow; use String for &str, Vec \
                 for a slice",
            )));
        }
        let mut fields = Vec::new();
        let mut names = HashSet::new();
        let mut declared = 0;
        for field in named_fields("SoA", item)? {
            declared += 1;
            let Some(parsed) = mistakes.note(Field::parse(field)) else {
                continue;
            };
            if let Kind::Column(Column { name, .. }) = &parsed.kind
                && !names.insert(name.clone())
            {
                let twice = format!("two columns are called `{name}`; rename one");
                mistakes.note::<()>(Err(Error::new_spanned(field, twice)));
            }
            fields.push(parsed);
        }
        // A field with a mistake may have been meant to be a column.
        if names.is_empty() && fields.len() == declared {
            mistakes.note::<()>(Err(Error::new_spanned(
                &item.ident,
                "all fields are skipped: there would be no columns",
            )));
        }
        mistakes.finish(Self {
            vis: item.vis.clone(),
            name: item.ident.clone(),
            generics: item.generics.clone(),
            fields,
            arrow: no_arrow.is_none(),
            krate: krate.unwrap_or_else(default_crate),
        })
    }

    /// The fields that are columns.
    pub(crate) fn columns(&self) -> impl Iterator<Item = (&Field, &Column)> {
        self.fields.iter().filter_map(|field| match &field.kind {
            Kind::Column(column) => Some((field, column)),
            Kind::Skipped(_) => None,
        })
    }
}

/// The fields of a struct that has some, with names.
pub(super) fn named_fields<'a>(
    derive: &str,
    item: &'a DeriveInput,
) -> Result<impl Iterator<Item = &'a syn::Field> + use<'a>> {
    let what = match &item.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if !fields.named.is_empty() => return Ok(fields.named.iter()),
            Fields::Named(_) | Fields::Unit => "a struct without fields: it would have no columns",
            Fields::Unnamed(_) => "a tuple struct: columns are named after fields",
        },
        Data::Enum(_) => {
            "an enum: columns are named after the fields of a struct; derive SoAEnum to use the \
             enum as a field"
        }
        Data::Union(_) => "a union: columns are named after the fields of a struct",
    };
    let message = format!("{derive} can't be derived for {what}");
    Err(Error::new_spanned(&item.ident, message))
}
