//! How the values of a field are stored.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::{Error, Ident, LitInt, LitStr, Result, Token, parenthesized};

/// Most digits of a decimal.
const MOST_DIGITS: u8 = 38;

/// What an attribute says about how the values of a field are stored.
#[derive(Debug, Clone)]
pub(crate) enum Encoding {
    /// A unit by its name in the crate, and a zone.
    Timestamp(&'static str, Option<LitStr>),
    Date,
    /// Digits in all, and behind the point.
    Decimal(u8, u8),
    Dictionary,
    /// By the type's own conversions.
    Code,
}

impl Encoding {
    /// The encoding that an attribute names; `None` if it names something else.
    pub(super) fn parse(name: &str, meta: &ParseNestedMeta<'_>) -> Result<Option<Self>> {
        Ok(Some(match name {
            "timestamp" => timestamp(meta)?,
            "date" => Self::Date,
            "decimal" => decimal(meta)?,
            "dictionary" => Self::Dictionary,
            "code" => Self::Code,
            _ => return Ok(None),
        }))
    }
}

fn timestamp(meta: &ParseNestedMeta<'_>) -> Result<Encoding> {
    let how = "write timestamp(unit) or timestamp(unit, \"zone\"), with the unit s, ms, us or ns";
    if !meta.input.peek(syn::token::Paren) {
        return Err(meta.error(how));
    }
    let content;
    parenthesized!(content in meta.input);
    let unit: Ident = content
        .parse()
        .map_err(|error| Error::new(error.span(), how))?;
    let unit = match unit.to_string().as_str() {
        "s" => "Second",
        "ms" => "Millisecond",
        "us" => "Microsecond",
        "ns" => "Nanosecond",
        _ => return Err(Error::new_spanned(unit, how)),
    };
    let mut zone = None;
    if !content.is_empty() {
        content.parse::<Token![,]>()?;
        let name: LitStr = content
            .parse()
            .map_err(|error| Error::new(error.span(), how))?;
        if name.value().is_empty() {
            return Err(Error::new_spanned(
                name,
                "a zone has a name, such as \"UTC\"",
            ));
        }
        zone = Some(name);
    }
    nothing_left(content.is_empty(), content.span(), how)?;
    Ok(Encoding::Timestamp(unit, zone))
}

fn decimal(meta: &ParseNestedMeta<'_>) -> Result<Encoding> {
    let how = "write decimal(precision, scale): how many digits in all, and how many of them \
               behind the point";
    if !meta.input.peek(syn::token::Paren) {
        return Err(meta.error(how));
    }
    let content;
    parenthesized!(content in meta.input);
    let number = |literal: LitInt| literal.base10_parse::<u8>();
    let precision_literal: LitInt = content
        .parse()
        .map_err(|error| Error::new(error.span(), how))?;
    let precision = number(precision_literal.clone())?;
    content
        .parse::<Token![,]>()
        .map_err(|error| Error::new(error.span(), how))?;
    let scale = number(
        content
            .parse()
            .map_err(|error| Error::new(error.span(), how))?,
    )?;
    nothing_left(content.is_empty(), content.span(), how)?;
    if !(1..=MOST_DIGITS).contains(&precision) || scale > precision {
        let range =
            format!("a precision is from 1 to {MOST_DIGITS}, a scale from 0 to the precision");
        return Err(Error::new_spanned(precision_literal, range));
    }
    Ok(Encoding::Decimal(precision, scale))
}

fn nothing_left(is_empty: bool, span: Span, how: &str) -> Result<()> {
    if is_empty {
        Ok(())
    } else {
        Err(Error::new(span, how))
    }
}
