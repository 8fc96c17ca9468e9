//! What the derive writes.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{ext::IdentExt, spanned::Spanned};

use crate::input::{Column, Struct};

/// All that is generated for a struct.
pub(crate) fn expand(item: &Struct) -> TokenStream {
    let names = Names {
        row: &item.name,
        soa: format_ident!("{}SoA", item.name.unraw()),
        view: format_ident!("{}View", item.name.unraw()),
    };
    // Arrow first: a field that can't be a column is then the first thing that the compiler reports.
    let parts = [
        arrow(item, &names),
        columns(item, &names),
        column_methods(item, &names),
        row_methods(item, &names),
        collecting(item, &names),
        view(item, &names),
    ];
    parts.into_iter().collect()
}

/// The three types.
struct Names<'a> {
    row: &'a Ident,
    soa: Ident,
    view: Ident,
}

/// The struct of columns.
fn columns(item: &Struct, names: &Names<'_>) -> TokenStream {
    let Names { row, soa, .. } = names;
    let vis = &item.vis;
    let doc = format!("The rows of [`{row}`], one column for each field.");
    let fields = item.columns.iter().map(|column| {
        let Column { ident, ty, .. } = column;
        let docs = docs(column);
        quote! { #docs #vis #ident: ::std::vec::Vec<#ty> }
    });
    quote! {
        #[doc = #doc]
        #[derive(
            ::std::clone::Clone, ::std::fmt::Debug, ::std::default::Default, ::std::cmp::PartialEq
        )]
        #vis struct #soa { #(#fields,)* }
    }
}

/// The methods that concern columns.
fn column_methods(item: &Struct, names: &Names<'_>) -> TokenStream {
    let Names { soa, .. } = names;
    let vis = &item.vis;
    let idents: Vec<_> = idents(item).collect();
    let raw_arrays = item.columns.iter().map(
        |Column {
             ident, ty, name, ..
         }| {
            let method = format_ident!("{}_raw_array", ident.unraw());
            let doc = format!("The column `{name}`.");
            quote! {
                #[doc = #doc]
                #[must_use]
                #vis fn #method(&self) -> &[#ty] {
                    &self.#ident
                }
            }
        },
    );
    quote! {
        #[automatically_derived]
        #[allow(dead_code, reason = "a struct need not use all that is generated for it")]
        impl #soa {
            /// No rows.
            #[must_use]
            #vis fn new() -> Self {
                <Self as ::std::default::Default>::default()
            }

            /// No rows yet, with room for so many.
            #[must_use]
            #vis fn with_capacity(rows: usize) -> Self {
                Self { #(#idents: ::std::vec::Vec::with_capacity(rows),)* }
            }

            /// The number of rows: the length of the shortest column.
            #[must_use]
            #vis fn len(&self) -> usize {
                usize::MAX #(.min(self.#idents.len()))*
            }

            /// Whether there are no rows.
            #[must_use]
            #vis fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// Keeps the first `rows` rows.
            #vis fn truncate(&mut self, rows: usize) {
                #(self.#idents.truncate(rows);)*
            }

            #(#raw_arrays)*
        }
    }
}

/// The methods that concern rows.
fn row_methods(item: &Struct, names: &Names<'_>) -> TokenStream {
    let Names { row, soa, view } = names;
    let vis = &item.vis;
    let idents: Vec<_> = idents(item).collect();
    // `a.iter().zip(b.iter()).zip(c.iter())` gives `((a, b), c)`.
    let zipped = idents.iter().map(|ident| quote! { self.#ident.iter() });
    let zipped = zipped.reduce(|left, right| quote! { #left.zip(#right) });
    let pattern = idents.iter().map(ToTokens::to_token_stream);
    let pattern = pattern.reduce(|left, right| quote! { (#left, #right) });
    quote! {
        #[automatically_derived]
        #[allow(dead_code, reason = "a struct need not use all that is generated for it")]
        impl #soa {
            /// Adds a row at the end.
            #vis fn push(&mut self, row: #row) {
                #(self.#idents.push(row.#idents);)*
            }

            /// One row, counted from 0.
            #[must_use]
            #vis fn get(&self, row: usize) -> ::std::option::Option<#view<'_>> {
                ::std::option::Option::Some(#view { #(#idents: self.#idents.get(row)?,)* })
            }

            /// The rows in their order.
            #vis fn iter(
                &self,
            ) -> impl ::std::iter::DoubleEndedIterator<Item = #view<'_>>
            + ::std::iter::ExactSizeIterator
            + ::std::clone::Clone {
                #zipped.map(|#pattern| #view { #(#idents,)* })
            }

            /// A copy of every row.
            #[must_use]
            #vis fn to_rows(&self) -> ::std::vec::Vec<#row> {
                self.iter().map(|row| row.to_row()).collect()
            }
        }
    }
}

/// `Extend` and `FromIterator`.
fn collecting(item: &Struct, names: &Names<'_>) -> TokenStream {
    let Names { row, soa, .. } = names;
    let idents = idents(item);
    quote! {
        #[automatically_derived]
        impl ::std::iter::Extend<#row> for #soa {
            fn extend<I: ::std::iter::IntoIterator<Item = #row>>(&mut self, rows: I) {
                let rows = ::std::iter::IntoIterator::into_iter(rows);
                let (at_least, _) = ::std::iter::Iterator::size_hint(&rows);
                #(self.#idents.reserve(at_least);)*
                for row in rows {
                    self.push(row);
                }
            }
        }

        #[automatically_derived]
        impl ::std::iter::FromIterator<#row> for #soa {
            fn from_iter<I: ::std::iter::IntoIterator<Item = #row>>(rows: I) -> Self {
                let mut columns = Self::new();
                ::std::iter::Extend::extend(&mut columns, rows);
                columns
            }
        }
    }
}

/// A row by reference.
fn view(item: &Struct, names: &Names<'_>) -> TokenStream {
    let Names { row, soa, view } = names;
    let vis = &item.vis;
    let idents: Vec<_> = idents(item).collect();
    let doc = format!("A row of [`{soa}`].");
    let fields = item.columns.iter().map(|column| {
        let Column { ident, ty, .. } = column;
        let docs = docs(column);
        quote! { #docs #vis #ident: &'a #ty }
    });
    quote! {
        #[doc = #doc]
        #[derive(
            ::std::clone::Clone, ::std::marker::Copy, ::std::fmt::Debug, ::std::cmp::PartialEq
        )]
        #vis struct #view<'a> { #(#fields,)* }

        #[automatically_derived]
        #[allow(dead_code, reason = "a struct need not use all that is generated for it")]
        impl #view<'_> {
            /// A copy of the row.
            #[must_use]
            #vis fn to_row(&self) -> #row {
                #row { #(#idents: ::std::clone::Clone::clone(self.#idents),)* }
            }
        }
    }
}

/// The way to a record batch and back.
fn arrow(item: &Struct, names: &Names<'_>) -> TokenStream {
    let Names { soa, .. } = names;
    let columns: Vec<_> = item.columns.iter().map(|column| &column.name).collect();
    // Spanned, so that a type that can't be a column is pointed at where it stands.
    let fields = item.columns.iter().map(|Column { ty, name, .. }| {
        quote_spanned! { ty.span() => ::thermocline::soa::field::<#ty>(#name) }
    });
    let types = item.columns.iter().map(|Column { ty, .. }| {
        quote_spanned! { ty.span() => <#ty as ::thermocline::soa::SoaField>::data_type() }
    });
    let written = item.columns.iter().map(|Column { ident, ty, name, .. }| {
        quote_spanned! { ty.span() => ::thermocline::soa::to_column::<#ty>(#name, &self.#ident)? }
    });
    let read = item.columns.iter().map(|Column { ident, ty, name, .. }| {
        quote_spanned! { ty.span() => #ident: ::thermocline::soa::from_column::<#ty>(batch, #name)? }
    });
    quote! {
        #[automatically_derived]
        impl ::thermocline::soa::ArrowSchemaGen for #soa {
            fn arrow_schema() -> ::thermocline::soa::SchemaRef {
                static SCHEMA: ::std::sync::LazyLock<::thermocline::soa::SchemaRef> =
                    ::std::sync::LazyLock::new(|| ::thermocline::soa::schema([#(#fields),*]));
                ::std::clone::Clone::clone(&*SCHEMA)
            }

            fn arrow_field_names() -> ::std::vec::Vec<&'static str> {
                ::std::vec![#(#columns),*]
            }

            fn arrow_field_types() -> ::std::vec::Vec<::thermocline::soa::DataType> {
                ::std::vec![#(#types),*]
            }
        }

        #[automatically_derived]
        impl ::thermocline::soa::ToArrow for #soa {
            fn to_record_batch(
                &self,
            ) -> ::thermocline::soa::Result<::thermocline::soa::RecordBatch> {
                ::thermocline::soa::batch(
                    &<Self as ::thermocline::soa::ArrowSchemaGen>::arrow_schema(),
                    ::std::vec![#(#written),*],
                )
            }

            fn from_record_batch(
                batch: &::thermocline::soa::RecordBatch,
            ) -> ::thermocline::soa::Result<Self> {
                ::std::result::Result::Ok(Self { #(#read),* })
            }
        }
    }
}

fn idents(item: &Struct) -> impl Iterator<Item = &Ident> {
    item.columns.iter().map(|column| &column.ident)
}

/// The documentation of a column: the field's, or its name.
fn docs(column: &Column) -> TokenStream {
    if column.docs.is_empty() {
        let doc = format!("The column `{}`.", column.name);
        return quote! { #[doc = #doc] };
    }
    let docs = &column.docs;
    quote! { #(#docs)* }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn the_generated_code_is_rust_with_the_promised_items() {
        let item = parse_quote! {
            pub(crate) struct Order { order_id: u64, r#type: Option<String> }
        };
        let file: syn::File = syn::parse2(expand(&Struct::parse(&item).unwrap())).unwrap();
        let structs: Vec<_> = file
            .items
            .iter()
            .filter_map(|item| match item {
                syn::Item::Struct(item) => Some((item.ident.to_string(), item.vis.clone())),
                _ => None,
            })
            .collect();
        let vis: syn::Visibility = parse_quote! { pub(crate) };
        assert_eq!(
            structs,
            [
                ("OrderSoA".to_owned(), vis.clone()),
                ("OrderView".to_owned(), vis)
            ]
        );
        let methods: Vec<_> = file
            .items
            .iter()
            .filter_map(|item| match item {
                syn::Item::Impl(item) => Some(&item.items),
                _ => None,
            })
            .flatten()
            .filter_map(|item| match item {
                syn::ImplItem::Fn(method) => Some(method.sig.ident.to_string()),
                _ => None,
            })
            .collect();
        for method in [
            "new",
            "get",
            "iter",
            "to_rows",
            "order_id_raw_array",
            "type_raw_array",
        ] {
            assert!(
                methods.iter().any(|found| found == method),
                "{method} in {methods:?}"
            );
        }
    }
}
