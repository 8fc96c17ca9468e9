//! Names and generics of what is generated.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Generics, WherePredicate, parse_quote};

use crate::input::{Column, Encoding, Field, Struct};

/// What the generated code calls things.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) columns: Ident,
    pub(super) soa: Ident,
    pub(super) view: Ident,
    pub(super) view_mut: Ident,
    /// The module `soa` of the crate.
    pub(super) lib: TokenStream,
    /// The struct's generics, and what its columns need of them.
    pub(super) generics: Generics,
    /// The same with a lifetime `'soa` in front.
    pub(super) borrowed: Generics,
    row: String,
}

impl Names {
    pub(super) fn new(item: &Struct) -> Self {
        let krate = &item.krate;
        let row = item.name.unraw().to_string();
        let mut names = Self {
            columns: format_ident!("{row}Columns"),
            soa: format_ident!("{row}SoA"),
            view: format_ident!("{row}View"),
            view_mut: format_ident!("{row}Mut"),
            lib: quote! { #krate::soa },
            generics: item.generics.clone(),
            borrowed: item.generics.clone(),
            row,
        };
        let needed = names.needed(item);
        names.generics.make_where_clause().predicates.extend(needed);
        names.borrowed = names.generics.clone();
        names.borrowed.params.insert(0, parse_quote!('soa));
        names
    }

    /// The type of the column of a field. It is spanned as the field's type, so that this is where
    /// the compiler reports that it can't be a column.
    pub(super) fn column(&self, field: &Field, column: &Column) -> TokenStream {
        let (ty, field_trait) = (&field.ty, self.field_trait(field, column));
        quote_spanned! { ty.span() => <#ty as #field_trait>::Column }
    }

    /// A type that a column names: `Ref`, `Mut`, `Raw`.
    pub(super) fn of_column(
        &self,
        field: &Field,
        column: &Column,
        what: &TokenStream,
    ) -> TokenStream {
        let (lib, column) = (&self.lib, self.column(field, column));
        quote_spanned! { field.ty.span() => <#column as #lib::FieldColumn>::#what }
    }

    /// The type that stands for the zone of a field.
    pub(super) fn zone(&self, field: &Field) -> Ident {
        let words = field.ident.unraw().to_string();
        let camel = words.split('_').map(|word| {
            let mut letters = word.chars();
            let first = letters.next().into_iter().flat_map(char::to_uppercase);
            first.chain(letters).collect::<String>()
        });
        format_ident!("{}{}Zone", self.row, camel.collect::<String>())
    }

    /// `SoaField`, with the encoding that an attribute chose.
    fn field_trait(&self, field: &Field, column: &Column) -> TokenStream {
        let lib = &self.lib;
        let encoding = match &column.encoding {
            None => return quote_spanned! { field.ty.span() => #lib::SoaField },
            Some(Encoding::Timestamp(unit, zone)) => {
                let unit = Ident::new(unit, field.ty.span());
                let zone = zone.as_ref().map(|_| self.zone(field)).into_iter();
                quote! { Timestamp<#lib::encoding::#unit #(, #zone)*> }
            }
            Some(Encoding::Date) => quote! { Date },
            Some(Encoding::Decimal(precision, scale)) => {
                let [precision, scale] =
                    [precision, scale].map(|digits| proc_macro2::Literal::u8_unsuffixed(*digits));
                quote! { Decimal<#precision, #scale> }
            }
            Some(Encoding::Dictionary) => quote! { Dictionary },
        };
        quote_spanned! { field.ty.span() => #lib::SoaField<#lib::encoding::#encoding> }
    }

    /// What the columns need of the struct's type parameters.
    fn needed(&self, item: &Struct) -> Vec<WherePredicate> {
        let parameters: Vec<_> = item.generics.type_params().map(|p| &p.ident).collect();
        let mut needed: Vec<WherePredicate> = parameters
            .iter()
            .map(|parameter| parse_quote!(#parameter: 'static))
            .collect();
        for (field, column) in item.columns() {
            if mentions(field.ty.to_token_stream(), &parameters) {
                let (ty, field_trait) = (&field.ty, self.field_trait(field, column));
                needed.push(parse_quote!(#ty: #field_trait));
            }
        }
        needed
    }
}

/// Whether one of these names stands anywhere in there.
fn mentions(tokens: TokenStream, names: &[&Ident]) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => names.contains(&&ident),
        TokenTree::Group(group) => mentions(group.stream(), names),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// The documentation of a column: the field's, or its name.
pub(super) fn docs(column: &Column) -> TokenStream {
    if column.docs.is_empty() {
        let doc = format!("The column `{}`.", column.name);
        return quote! { #[doc = #doc] };
    }
    let docs = &column.docs;
    quote! { #(#docs)* }
}
