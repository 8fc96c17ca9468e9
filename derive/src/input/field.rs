//! Fields of a struct.

use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, Ident, LitStr, Result, Type, Visibility};

use super::Encoding;
use super::attributes::{Known, name, once, read};

const KNOWN: &str = "`rename = \"…\"`, `skip`, `default = \"…\"`, `timestamp(…)`, `date`, \
                     `decimal(…)`, `dictionary` or `code`";

/// A field of the struct.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) kind: Kind,
}

/// What becomes of it.
#[derive(Debug)]
pub(crate) enum Kind {
    Column(Column),
    /// It is left out; rows have this value there, or `Default::default()`.
    Skipped(Option<Box<Expr>>),
}

/// How it is a column.
#[derive(Debug)]
pub(crate) struct Column {
    /// The name in the Arrow schema.
    pub(crate) name: String,
    pub(crate) encoding: Option<Encoding>,
    /// The field's own documentation.
    pub(crate) docs: Vec<Attribute>,
}

impl Field {
    pub(super) fn parse(field: &syn::Field) -> Result<Self> {
        let ident = field
            .ident
            .clone()
            .ok_or_else(|| Error::new(field.span(), "a column is named after its field"))?;
        let (mut rename, mut skip, mut default, mut encoding) = (None, None, None, None);
        read(
            &field.attrs,
            |attribute, meta| match attribute {
                "rename" => once(&mut rename, name(meta)?, meta),
                "skip" => once(&mut skip, (), meta),
                "default" => {
                    let expression: LitStr = meta.value()?.parse()?;
                    once(&mut default, expression.parse::<Expr>()?, meta)
                }
                other => match Encoding::parse(other, meta)? {
                    Some(_) if encoding.is_some() => {
                        Err(meta.error("a field is stored in one way; name one"))
                    }
                    Some(found) => once(&mut encoding, found, meta),
                    None => Ok(Known::No),
                },
            },
            KNOWN,
        )?;
        let kind = match (skip, default) {
            (None, None) => Kind::Column(Column {
                name: rename.map_or_else(|| ident.unraw().to_string(), |name| name.value()),
                encoding,
                docs: field
                    .attrs
                    .iter()
                    .filter(|a| a.path().is_ident("doc"))
                    .cloned()
                    .collect(),
            }),
            (None, Some(default)) => {
                let what = "a default is for a field that is skipped; add `skip`, or remove it";
                return Err(Error::new_spanned(default, what));
            }
            (Some(()), _) if rename.is_some() || encoding.is_some() => {
                let what = "a field that is skipped is no column; remove what says how it is one";
                return Err(Error::new_spanned(&field.ident, what));
            }
            (Some(()), default) => Kind::Skipped(default.map(Box::new)),
        };
        Ok(Self {
            vis: field.vis.clone(),
            ty: field.ty.clone(),
            ident,
            kind,
        })
    }
}
