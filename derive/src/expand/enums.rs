//! Enums as codes and as names.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;

use crate::input::{Codes, Enum, Variant};

pub(super) fn expand(item: &Enum) -> TokenStream {
    let (name, krate) = (&item.name, &item.krate);
    let lib = quote! { #krate::soa };
    let text = name.unraw().to_string();
    let idents: Vec<_> = item
        .variants
        .iter()
        .map(|Variant { ident, .. }| ident)
        .collect();
    let names: Vec<_> = item
        .variants
        .iter()
        .map(|Variant { name, .. }| name)
        .collect();
    let first = idents.first();
    let dense = dense(item);
    let conversions = conversions(item);
    quote! {
        #[automatically_derived]
        impl #lib::SoaEnum for #name {
            const ENUM: &'static str = #text;
            const NAMES: &'static [&'static str] = &[#(#names),*];
            const DENSE: ::core::option::Option<u16> = #dense;

            #conversions

            fn name(&self) -> &'static str {
                match self {
                    #(Self::#idents => #names,)*
                }
            }

            fn from_name(name: &str) -> ::core::option::Option<Self> {
                match name {
                    #(#names => ::core::option::Option::Some(Self::#idents),)*
                    _ => ::core::option::Option::None,
                }
            }

            fn first() -> Self {
                Self::#first
            }
        }

        #[automatically_derived]
        impl #lib::SoaField for #name {
            type Column = #lib::Codes<Self>;
            type List = #lib::Lists<#lib::Codes<Self>>;
        }

        #[automatically_derived]
        impl #lib::SoaField<#lib::encoding::Dictionary> for #name {
            type Column = #lib::Names<Self>;
            type List = #lib::Lists<#lib::Names<Self>>;
        }
    }
}

/// How many codes there are, if they are all numbers from 0 up.
fn dense(item: &Enum) -> TokenStream {
    let greatest = item
        .variants
        .iter()
        .map(|variant| usize::from(variant.code))
        .max();
    let count = greatest.map_or(0, |code| code + 1);
    // Codes differ, so as many as the greatest and one more are all of them.
    let is_dense = item.codes == Codes::Listed && count == item.variants.len();
    match u16::try_from(count) {
        Ok(count) if is_dense => quote! { ::core::option::Option::Some(#count) },
        _ => quote! { ::core::option::Option::None },
    }
}

fn conversions(item: &Enum) -> TokenStream {
    match item.codes {
        Codes::Listed => {
            let idents: Vec<_> = item.variants.iter().map(|variant| &variant.ident).collect();
            let codes: Vec<_> = item.variants.iter().map(|variant| variant.code).collect();
            quote! {
                fn code(&self) -> u8 {
                    match self {
                        #(Self::#idents => #codes,)*
                    }
                }

                fn from_code(code: u8) -> ::core::option::Option<Self> {
                    match code {
                        #(#codes => ::core::option::Option::Some(Self::#idents),)*
                        _ => ::core::option::Option::None,
                    }
                }
            }
        }
        Codes::Converted => quote! {
            fn code(&self) -> u8 {
                ::core::convert::Into::into(::core::clone::Clone::clone(self))
            }

            fn from_code(code: u8) -> ::core::option::Option<Self> {
                ::core::convert::TryFrom::try_from(code).ok()
            }
        },
    }
}
