//! `OrderColumns`: the columns as public fields.

use proc_macro2::TokenStream;
use quote::quote;

use super::names::{Names, docs};
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
        let (ident, docs, ty) = (&field.ident, docs(column), names.column(field, column));
        quote! { #docs #vis #ident: #ty }
    });
    let idents: Vec<_> = item.columns().map(|(field, _)| &field.ident).collect();
    let texts = idents.iter().map(ToString::to_string);
    let name = columns.to_string();
    let zones = zones(item, names);
    quote! {
        #zones

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
