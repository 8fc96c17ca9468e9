//! Stores in memory.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{ConstParam, GenericParam, Generics};

use super::names::Names;
use crate::input::Store;

pub(super) fn expand(item: &Store) -> TokenStream {
    let Store {
        rows,
        key,
        key_name,
        key_type,
        shards,
    } = item;
    let (vis, name) = (&rows.vis, &rows.name);
    let Names { lib, generics, .. } = Names::new(rows);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let declared = declared(&rows.generics);
    let store = format_ident!("{}Store", name.unraw());
    let sharded = format_ident!("{}Shards", name.unraw());
    let store_doc = format!("Rows of [`{name}`] in memory, found by their `{key_name}`.");
    let sharded_doc = format!(
        "Rows of [`{name}`] in memory, found by their `{key_name}`, for several threads at once."
    );
    let key_type = quote_spanned! { key_type.span() => type Key = #key_type; };
    quote! {
        #[automatically_derived]
        impl #impl_generics #lib::Keyed for #name #ty_generics #where_clause {
            #key_type
            const KEY: &'static str = #key_name;
            const SHARDS: usize = #shards;

            fn key(&self) -> &Self::Key {
                &self.#key
            }

            fn keys(
                columns: &<Self as #lib::Row>::Columns,
            ) -> &<Self::Key as #lib::SoaField>::Column {
                &columns.soa_columns.#key
            }
        }

        #[doc = #store_doc]
        #[allow(dead_code, reason = "a struct need not use all that is generated for it")]
        #vis type #store #declared = #lib::RowStore<#name #ty_generics>;

        #[doc = #sharded_doc]
        #[allow(dead_code, reason = "a struct need not use all that is generated for it")]
        #vis type #sharded #declared = #lib::ShardedStore<#name #ty_generics>;
    }
}

/// The parameters of a type alias: without bounds, which it doesn't enforce.
fn declared(generics: &Generics) -> TokenStream {
    let parameters = generics.params.iter().map(|parameter| match parameter {
        GenericParam::Type(parameter) => parameter.ident.to_token_stream(),
        GenericParam::Const(ConstParam { ident, ty, .. }) => quote! { const #ident: #ty },
        GenericParam::Lifetime(parameter) => parameter.lifetime.to_token_stream(),
    });
    if generics.params.is_empty() {
        TokenStream::new()
    } else {
        quote! { <#(#parameters),*> }
    }
}
