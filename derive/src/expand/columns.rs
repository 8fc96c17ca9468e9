//! `OrderColumns`: the columns as public fields.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::names::{Names, docs, innermost};
use crate::input::{Encoding, Struct};

pub(super) fn expand(item: &Struct, names: &Names) -> TokenStream {
    let (
        vis,
        Names {
            columns, soa, lib, ..
        },
    ) = (&item.vis, names);
    let (impl_generics, ty_generics, where_clause) = names.generics.split_for_impl();
    let doc = format!(
        "The columns of [`{soa}`], to fill or to take apart. `{soa}::try_from` makes rows of \
         columns that are equally long."
    );
    let fields = item.columns().map(|(field, column)| {
        let (vis, ident) = (&field.vis, &field.ident);
        let (docs, ty) = (docs(column), names.column(field, column));
        quote! { #docs #vis #ident: #ty }
    });
    let idents: Vec<_> = item.columns().map(|(field, _)| &field.ident).collect();
    let texts = idents.iter().map(ToString::to_string);
    let name = columns.to_string();
    let (zones, codes) = (zones(item, names), codes(item, names));
    quote! {
        #zones
        #codes

        #[doc = #doc]
        #vis struct #columns #impl_generics #where_clause { #(#fields,)* }

        #[automatically_derived]
        impl #impl_generics ::core::clone::Clone for #columns #ty_generics #where_clause {
            fn clone(&self) -> Self {
                Self { #(#idents: ::core::clone::Clone::clone(&self.#idents),)* }
            }
        }

        #[automatically_derived]
        impl #impl_generics ::core::fmt::Debug for #columns #ty_generics #where_clause {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(#name)#(.field(#texts, &self.#idents))*.finish()
            }
        }

        #[automatically_derived]
        impl #impl_generics ::core::default::Default for #columns #ty_generics #where_clause {
            fn default() -> Self {
                Self { #(#idents: ::core::default::Default::default(),)* }
            }
        }

        #[automatically_derived]
        impl #impl_generics ::core::cmp::PartialEq for #columns #ty_generics #where_clause {
            fn eq(&self, other: &Self) -> bool {
                #(self.#idents == other.#idents)&&*
            }
        }

        #[automatically_derived]
        impl #impl_generics ::core::convert::TryFrom<#columns #ty_generics>
            for #soa #ty_generics #where_clause
        {
            type Error = #lib::Error;

            /// The rows of these columns, if all are equally long.
            fn try_from(columns: #columns #ty_generics) -> #lib::Result<Self> {
                let columns = Self { soa_columns: columns };
                #lib::check_lengths(&columns)?;
                ::core::result::Result::Ok(columns)
            }
        }

        #[automatically_derived]
        impl #impl_generics ::core::convert::From<#soa #ty_generics>
            for #columns #ty_generics #where_clause
        {
            fn from(rows: #soa #ty_generics) -> Self {
                rows.soa_columns
            }
        }
    }
}

/// A type for each zone that the fields name.
fn zones(item: &Struct, names: &Names) -> TokenStream {
    let (vis, lib) = (&item.vis, &names.lib);
    let zones = item.columns().filter_map(|(field, column)| {
        let Some(Encoding::Timestamp(_, Some(zone))) = &column.encoding else {
            return None;
        };
        let ident = names.zone(field);
        let doc = format!("The zone of the column `{}`.", column.name);
        Some(quote! {
            #[doc = #doc]
            #[derive(::core::fmt::Debug)]
            #vis enum #ident {}

            #[automatically_derived]
            impl #lib::encoding::Zone for #ident {
                const NAME: ::core::option::Option<&'static str> =
                    ::core::option::Option::Some(#zone);
            }
        })
    });
    quote! { #(#zones)* }
}

/// A type for each field that is stored by its type's own conversions. The type may be another
/// crate's; so that this crate may say that it is a column, something of this crate has to be in it.
fn codes(item: &Struct, names: &Names) -> TokenStream {
    let (vis, lib) = (&item.vis, &names.lib);
    let codes = item.columns().filter_map(|(field, column)| {
        let Some(Encoding::Code) = &column.encoding else {
            return None;
        };
        let (ident, ty) = (names.code(field), innermost(&field.ty));
        let doc = format!("The column `{}` has the codes of its values.", column.name);
        Some(quote_spanned! { ty.span() =>
            #[doc = #doc]
            #[derive(::core::fmt::Debug)]
            #vis enum #ident {}

            #[automatically_derived]
            impl #lib::SoaField<#ident> for #ty {
                type Column = #lib::ConvertedCodes<#ty>;
                type List = #lib::Lists<#lib::ConvertedCodes<#ty>>;
            }
        })
    });
    quote! { #(#codes)* }
}
