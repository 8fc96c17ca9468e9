//! `OrderMut`: a row that can be changed where it stands.

use proc_macro2::TokenStream;
use quote::quote;

use super::names::{Names, docs};
use super::soa::arguments;
use crate::input::Struct;

pub(super) fn expand(item: &Struct, names: &Names) -> TokenStream {
    let (
        vis,
        row,
        Names {
            soa,
            view,
            view_mut,
            lib,
            ..
        },
    ) = (&item.vis, &item.name, names);
    let (impl_generics, ty_generics, where_clause) = names.borrowed.split_for_impl();
    let (_, owned_generics, _) = names.generics.split_for_impl();
    let arguments = arguments(&item.generics);
    let doc = format!("A row of [`{soa}`] that can be changed where it stands.");
    let fields = item.columns().map(|(field, column)| {
        let (vis, ident, docs) = (&field.vis, &field.ident, docs(column));
        let ty = names.of_column(field, column, &quote! { Mut<'soa> });
        quote! { #docs #vis #ident: #ty }
    });
    quote! {
        #[doc = #doc]
        #vis struct #view_mut #impl_generics #where_clause { #(#fields,)* }

        #[automatically_derived]
        #[allow(dead_code, reason = "a struct need not use all that is generated for it")]
        impl #impl_generics #view_mut #ty_generics #where_clause {
            /// What stands in the row.
            #[must_use]
            #vis fn as_view(&self) -> #view<'_ #arguments> {
                <#soa #owned_generics as #lib::Columns>::read(self)
            }

            /// A copy of the row.
            #[must_use]
            #vis fn to_owned(&self) -> #row #owned_generics {
                <#soa #owned_generics as #lib::Columns>::to_row(self.as_view())
            }
        }

        #[automatically_derived]
        impl #impl_generics ::core::fmt::Debug for #view_mut #ty_generics #where_clause {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Debug::fmt(&self.as_view(), f)
            }
        }

        #[automatically_derived]
        impl #impl_generics ::core::cmp::PartialEq for #view_mut #ty_generics #where_clause {
            fn eq(&self, other: &Self) -> bool {
                self.as_view() == other.as_view()
            }
        }
    }
}
