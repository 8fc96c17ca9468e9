//! `OrderView`: a row where it stands.

use proc_macro2::TokenStream;
use quote::quote;

use super::names::{Names, docs};
use crate::input::Struct;

pub(super) fn expand(item: &Struct, names: &Names) -> TokenStream {
    let (vis, row, Names { soa, view, lib, .. }) = (&item.vis, &item.name, names);
    let (impl_generics, ty_generics, where_clause) = names.borrowed.split_for_impl();
    let (_, owned_generics, _) = names.generics.split_for_impl();
    let doc = format!("A row of [`{soa}`], where it stands.");
    let fields = item.columns().map(|(field, column)| {
        let (vis, ident, docs) = (&field.vis, &field.ident, docs(column));
        let ty = names.of_column(field, column, &quote! { Ref<'soa> });
        quote! { #docs #vis #ident: #ty }
    });
    let idents: Vec<_> = item.columns().map(|(field, _)| &field.ident).collect();
    let texts = idents.iter().map(ToString::to_string);
    let name = view.to_string();
    quote! {
        #[doc = #doc]
        #vis struct #view #impl_generics #where_clause { #(#fields,)* }

        #[automatically_derived]
        #[allow(dead_code, reason = "a struct need not use all that is generated for it")]
        impl #impl_generics #view #ty_generics #where_clause {
            /// A copy of the row.
            #[must_use]
            #vis fn to_owned(&self) -> #row #owned_generics {
                <#soa #owned_generics as #lib::Columns>::to_row(::core::clone::Clone::clone(self))
            }
        }

        #[automatically_derived]
        impl #impl_generics ::core::clone::Clone for #view #ty_generics #where_clause {
            fn clone(&self) -> Self {
                Self { #(#idents: ::core::clone::Clone::clone(&self.#idents),)* }
            }
        }

        #[automatically_derived]
        impl #impl_generics ::core::fmt::Debug for #view #ty_generics #where_clause {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(#name)#(.field(#texts, &self.#idents))*.finish()
            }
        }

        #[automatically_derived]
        impl #impl_generics ::core::cmp::PartialEq for #view #ty_generics #where_clause {
            fn eq(&self, other: &Self) -> bool {
                #(self.#idents == other.#idents)&&*
            }
        }
    }
}
