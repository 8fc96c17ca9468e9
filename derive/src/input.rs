//! What the derive accepts.

use std::collections::HashSet;

use syn::{
    Attribute, Data, DeriveInput, Error, Field, Fields, Ident, LitStr, Result, Type, Visibility,
    ext::IdentExt, spanned::Spanned,
};

/// A struct with named fields.
#[derive(Debug)]
pub(crate) struct Struct {
    pub(crate) vis: Visibility,
    pub(crate) name: Ident,
    /// At least one.
    pub(crate) columns: Vec<Column>,
}

/// One of its fields.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    /// The name in the Arrow schema.
    pub(crate) name: String,
    /// The field's own documentation.
    pub(crate) docs: Vec<Attribute>,
}

impl Struct {
    /// Reads a struct, with every mistake in it as one combined error.
    pub(crate) fn parse(item: &DeriveInput) -> Result<Self> {
        if let Some(attribute) = item.attrs.iter().find(|attribute| is_soa(attribute)) {
            return Err(Error::new_spanned(
                attribute,
                "`#[soa(...)]` goes on a field",
            ));
        }
        if !item.generics.params.is_empty() {
            return Err(Error::new_spanned(
                &item.generics,
                "SoA can't be derived for a generic struct: its columns need fixed types",
            ));
        }
        let mut columns = Vec::new();
        let mut names = HashSet::new();
        let mut mistakes: Option<Error> = None;
        for field in named_fields(item)? {
            let column = Column::parse(field).and_then(|column| {
                if names.insert(column.name.clone()) {
                    Ok(column)
                } else {
                    let twice = format!("two columns are called `{}`", column.name);
                    Err(Error::new_spanned(field, twice))
                }
            });
            match (column, &mut mistakes) {
                (Ok(column), _) => columns.push(column),
                (Err(mistake), Some(mistakes)) => mistakes.combine(mistake),
                (Err(mistake), None) => mistakes = Some(mistake),
            }
        }
        match mistakes {
            Some(mistakes) => Err(mistakes),
            None => Ok(Self {
                vis: item.vis.clone(),
                name: item.ident.clone(),
                columns,
            }),
        }
    }
}

/// The fields of a struct that has some, with names.
fn named_fields(item: &DeriveInput) -> Result<impl Iterator<Item = &Field>> {
    let what = match &item.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if !fields.named.is_empty() => return Ok(fields.named.iter()),
            Fields::Named(_) | Fields::Unit => "a struct without fields: it would have no columns",
            Fields::Unnamed(_) => "a tuple struct: columns are named after fields",
        },
        Data::Enum(_) => "an enum: columns are named after the fields of a struct",
        Data::Union(_) => "a union: columns are named after the fields of a struct",
    };
    Err(Error::new_spanned(
        &item.ident,
        format!("SoA can't be derived for {what}"),
    ))
}

impl Column {
    fn parse(field: &Field) -> Result<Self> {
        let ident = field
            .ident
            .clone()
            .ok_or_else(|| Error::new(field.span(), "a column is named after its field"))?;
        let mut rename = None;
        for attribute in field.attrs.iter().filter(|attribute| is_soa(attribute)) {
            attribute.parse_nested_meta(|meta| {
                if !meta.path.is_ident("rename") {
                    return Err(meta.error("unknown attribute; SoA knows `rename = \"...\"`"));
                }
                let name: LitStr = meta.value()?.parse()?;
                if name.value().is_empty() {
                    return Err(Error::new_spanned(
                        name,
                        "a column can't have an empty name",
                    ));
                }
                match rename.replace(name.value()) {
                    Some(_) => Err(meta.error("a column can be renamed once")),
                    None => Ok(()),
                }
            })?;
        }
        Ok(Self {
            name: rename.unwrap_or_else(|| ident.unraw().to_string()),
            ty: field.ty.clone(),
            docs: field
                .attrs
                .iter()
                .filter(|a| a.path().is_ident("doc"))
                .cloned()
                .collect(),
            ident,
        })
    }
}

fn is_soa(attribute: &Attribute) -> bool {
    attribute.path().is_ident("soa")
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn a_column_is_called_as_its_field_unless_it_is_renamed() {
        let parsed = Struct::parse(&parse_quote! {
            struct Order {
                /// Who sells.
                #[soa(rename = "seller_id")]
                seller: u64,
                r#type: Option<String>,
            }
        })
        .unwrap();
        let names: Vec<_> = parsed
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        assert_eq!(names, ["seller_id", "type"]);
        assert_eq!(parsed.columns[0].docs.len(), 1);
    }

    fn mistakes(item: &DeriveInput) -> Vec<String> {
        let error = Struct::parse(item).unwrap_err();
        error
            .into_iter()
            .map(|mistake| mistake.to_string())
            .collect()
    }

    #[test]
    fn whatever_has_no_named_fields_is_refused() {
        for (item, what) in [
            (parse_quote! { struct T(u64); }, "a tuple struct"),
            (parse_quote! { struct T; }, "a struct without fields"),
            (parse_quote! { struct T {} }, "a struct without fields"),
            (parse_quote! { enum T { A } }, "an enum"),
            (parse_quote! { union T { a: u64 } }, "a union"),
        ] {
            let [mistake] = &mistakes(&item)[..] else {
                panic!("one mistake in {what}")
            };
            assert!(
                mistake.starts_with(&format!("SoA can't be derived for {what}: ")),
                "{mistake}"
            );
        }
        let [mistake] = &mistakes(&parse_quote! { struct T<V> { v: V } })[..] else {
            panic!()
        };
        assert!(mistake.contains("generic struct"), "{mistake}");
    }

    #[test]
    fn every_wrong_attribute_is_reported() {
        assert_eq!(
            mistakes(&parse_quote! {
                struct T {
                    #[soa(renmae = "x")]
                    a: u64,
                    #[soa(rename = "")]
                    b: u64,
                    #[soa(rename = "x", rename = "y")]
                    c: u64,
                    d: u64,
                    #[soa(rename = "d")]
                    e: u64,
                }
            }),
            [
                "unknown attribute; SoA knows `rename = \"...\"`",
                "a column can't have an empty name",
                "a column can be renamed once",
                "two columns are called `d`",
            ]
        );
        let on_the_struct = parse_quote! { #[soa(rename = "x")] struct T { a: u64 } };
        assert_eq!(mistakes(&on_the_struct), ["`#[soa(...)]` goes on a field"]);
    }
}
