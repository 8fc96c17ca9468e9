//! Enums without fields.

use std::collections::HashSet;

use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Error, Expr, ExprLit, Fields, Ident, Lit, Path, Result};

use super::attributes::{Known, name, once, path, read};
use super::default_crate;
use super::mistakes::Mistakes;

/// An enum without fields.
#[derive(Debug)]
pub(crate) struct Enum {
    pub(crate) name: Ident,
    pub(crate) codes: Codes,
    /// At least one.
    pub(crate) variants: Vec<Variant>,
    /// The crate `thermocline`.
    pub(crate) krate: Path,
}

/// Who knows the codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codes {
    /// The variants' `code`.
    Listed,
    /// The enum's `TryFrom<u8>` and `Into<u8>`.
    Converted,
}

/// One of its variants.
#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) code: u8,
    /// In a dictionary.
    pub(crate) name: String,
}

impl Enum {
    /// Reads an enum, with every mistake in it as one combined error.
    pub(crate) fn parse(item: &DeriveInput) -> Result<Self> {
        let Data::Enum(data) = &item.data else {
            let what = "SoAEnum is for enums; derive SoA for a struct";
            return Err(Error::new_spanned(&item.ident, what));
        };
        if data.variants.is_empty() {
            let what = "SoAEnum can't be derived for an enum without variants: it has no values";
            return Err(Error::new_spanned(&item.ident, what));
        }
        if !item.generics.params.is_empty() {
            let what = "SoAEnum can't be derived for a generic enum; its variants have no fields";
            return Err(Error::new_spanned(&item.generics, what));
        }
        let mut mistakes = Mistakes::default();
        let (mut converted, mut krate) = (None, None);
        mistakes.note(read(
            &item.attrs,
            |attribute, meta| match attribute {
                "code" => once(&mut converted, (), meta),
                "crate" => once(&mut krate, path(meta)?, meta),
                _ => Ok(Known::No),
            },
            "`code` or `crate = \"…\"`",
        ));
        let codes = converted.map_or(Codes::Listed, |()| Codes::Converted);
        let mut variants = Vec::new();
        let (mut next, mut used, mut names) = (Some(0), HashSet::new(), HashSet::new());
        for variant in &data.variants {
            let Some(parsed) = mistakes.note(parse_variant(variant, codes, &mut next)) else {
                continue;
            };
            if !used.insert(parsed.code) && codes == Codes::Listed {
                let twice = format!("two variants have the code {}", parsed.code);
                mistakes.note::<()>(Err(Error::new_spanned(variant, twice)));
            }
            if !names.insert(parsed.name.clone()) {
                let twice = format!("two variants are called `{}`; rename one", parsed.name);
                mistakes.note::<()>(Err(Error::new_spanned(variant, twice)));
            }
            variants.push(parsed);
        }
        mistakes.finish(Self {
            name: item.ident.clone(),
            codes,
            variants,
            krate: krate.unwrap_or_else(default_crate),
        })
    }
}

/// Reads a variant; `next` is its code, if it doesn't say another.
fn parse_variant(variant: &syn::Variant, codes: Codes, next: &mut Option<u8>) -> Result<Variant> {
    if !matches!(variant.fields, Fields::Unit) {
        let what = "a variant with fields has no code; use a struct with an enum and `Option`s";
        return Err(Error::new_spanned(variant, what));
    }
    let mut rename = None;
    read(
        &variant.attrs,
        |attribute, meta| match attribute {
            "rename" => once(&mut rename, name(meta)?, meta),
            _ => Ok(Known::No),
        },
        "`rename = \"…\"`",
    )?;
    let code = match (&variant.discriminant, codes) {
        (_, Codes::Converted) => 0,
        (None, Codes::Listed) => next.ok_or_else(|| {
            Error::new_spanned(
                variant,
                "a code is from 0 to 255; give the variants smaller ones",
            )
        })?,
        (Some((_, discriminant)), Codes::Listed) => match discriminant {
            Expr::Lit(ExprLit {
                lit: Lit::Int(number),
                ..
            }) => number.base10_parse().map_err(|_| {
                Error::new_spanned(discriminant, "a code is from 0 to 255; give it another")
            })?,
            other => {
                let what = "a code is written as a number from 0 to 255; write one, or use \
                            #[soa(code)] on the enum and implement TryFrom<u8> and Into<u8>";
                return Err(Error::new_spanned(other, what));
            }
        },
    };
    *next = code.checked_add(1);
    Ok(Variant {
        name: rename.map_or_else(|| variant.ident.unraw().to_string(), |name| name.value()),
        ident: variant.ident.clone(),
        code,
    })
}
