//! `OrderSoA` as columns of rows: the library's traits, and those of collections.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::names::Names;
use super::soa::arguments;
use crate::input::{Kind, Struct};

pub(super) fn expand(item: &Struct, names: &Names) -> TokenStream {
    [
        columns(item, names),
        row(item, names),
        collections(item, names),
    ]
    .into_iter()
    .collect()
}

fn columns(item: &Struct, names: &Names) -> TokenStream {
    let Names {
        soa,
        view,
        view_mut,
        lib,
        ..
    } = names;
    let (row, arguments) = (&item.name, arguments(&item.generics));
    let (impl_generics, ty_generics, where_clause) = names.generics.split_for_impl();
    let idents: Vec<_> = item.columns().map(|(field, _)| &field.ident).collect();
    let column_names: Vec<_> = item.columns().map(|(_, column)| &column.name).collect();
    let types: Vec<_> = item
        .columns()
        .map(|(field, column)| names.column(field, column))
        .collect();
    let first = idents.first();
    // Fields may be called like the parameters of the methods.
    let values: Vec<_> = (0..idents.len())
        .map(|column| format_ident!("soa_value_{column}"))
        .collect();
    let mut unused = values.iter();
    let taken_apart: Vec<_> = item
        .fields
        .iter()
        .map(|field| match (&field.ident, &field.kind) {
            (ident, Kind::Column(_)) => {
                let value = unused.next();
                quote! { #ident: #value }
            }
            (ident, Kind::Skipped(_)) => quote! { #ident: _ },
        })
        .collect();
    let put_together = item
        .fields
        .iter()
        .map(|field| match (&field.ident, &field.kind) {
            (ident, Kind::Column(column)) => {
                let ty = names.column(field, column);
                quote! { #ident: <#ty as #lib::FieldColumn>::to_value(soa_view.#ident) }
            }
            (ident, Kind::Skipped(Some(value))) => quote! { #ident: #value },
            (ident, Kind::Skipped(None)) => {
                let ty = &field.ty;
                let value = quote::quote_spanned! { syn::spanned::Spanned::span(ty) =>
                    <#ty as #lib::Skipped>::value()
                };
                quote! { #ident: #value }
            }
        });
    quote! {
        #[automatically_derived]
        impl #impl_generics #lib::Columns for #soa #ty_generics #where_clause {
            type Row = #row #ty_generics;
            type View<'soa> = #view<'soa #arguments>;
            type Mut<'soa> = #view_mut<'soa #arguments>;

            fn fields() -> ::std::vec::Vec<#lib::Field> {
                ::std::vec![#(#lib::field_of::<#types>(#column_names)),*]
            }

            fn each<'soa>(
                &'soa self,
                visit: &mut dyn ::core::ops::FnMut(&'static str, &'soa dyn #lib::AnyColumn),
            ) {
                #(visit(#column_names, &self.soa_columns.#idents);)*
            }

            fn each_mut(
                &mut self,
                visit: &mut dyn ::core::ops::FnMut(&mut dyn #lib::AnyColumn),
            ) {
                #(visit(&mut self.soa_columns.#idents);)*
            }

            fn from_source(source: &#lib::Source<'_>) -> #lib::Result<Self> {
                let mut rows = Self::new();
                #(rows.soa_columns.#idents = source.column(#column_names)?;)*
                ::core::result::Result::Ok(rows)
            }

            fn len(&self) -> usize {
                #lib::AnyColumn::len(&self.soa_columns.#first)
            }

            fn push(&mut self, row: Self::Row) {
                let #row { #(#taken_apart),* } = row;
                #lib::whole(self, |rows| {
                    #(#lib::FieldColumn::push(&mut rows.soa_columns.#idents, #values);)*
                });
            }

            fn at(&self, row: usize) -> Self::View<'_> {
                #view { #(#idents: #lib::FieldColumn::at(&self.soa_columns.#idents, row)),* }
            }

            fn set(&mut self, row: usize, value: Self::Row) -> bool {
                let exists = row < #lib::Columns::len(self);
                if exists {
                    let #row { #(#taken_apart),* } = value;
                    #(#lib::FieldColumn::set(&mut self.soa_columns.#idents, row, #values);)*
                }
                exists
            }

            fn view_mut(&mut self, row: usize) -> ::core::option::Option<Self::Mut<'_>> {
                ::core::option::Option::Some(#view_mut {
                    #(#idents: #lib::FieldColumn::slot(&mut self.soa_columns.#idents, row)?),*
                })
            }

            fn read<'soa>(row: &'soa Self::Mut<'_>) -> Self::View<'soa> {
                #view { #(#idents: <#types as #lib::FieldColumn>::read(&row.#idents)),* }
            }

            fn to_row(soa_view: Self::View<'_>) -> Self::Row {
                #row { #(#put_together),* }
            }
        }
    }
}

fn row(item: &Struct, names: &Names) -> TokenStream {
    let (row, Names { soa, lib, .. }) = (&item.name, names);
    let (impl_generics, ty_generics, where_clause) = names.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #lib::Row for #row #ty_generics #where_clause {
            type Columns = #soa #ty_generics;
        }

        #[automatically_derived]
        impl #impl_generics #lib::SoaField for #row #ty_generics #where_clause {
            type Column = #lib::Structs<#soa #ty_generics>;
            type List = #lib::Lists<#lib::Structs<#soa #ty_generics>>;
        }
    }
}

/// `Extend`, `FromIterator`, `IntoIterator`.
fn collections(item: &Struct, names: &Names) -> TokenStream {
    let (Names { soa, view, lib, .. }, arguments) = (names, arguments(&item.generics));
    let (impl_generics, ty_generics, where_clause) = names.generics.split_for_impl();
    let (borrowed_generics, _, _) = names.borrowed.split_for_impl();
    let row = &item.name;
    let row = quote! { #row #ty_generics };
    quote! {
        #[automatically_derived]
        impl #impl_generics ::core::iter::Extend<#row> for #soa #ty_generics #where_clause {
            fn extend<SoaRows: ::core::iter::IntoIterator<Item = #row>>(&mut self, rows: SoaRows) {
                let rows = ::core::iter::IntoIterator::into_iter(rows);
                self.reserve(::core::iter::Iterator::size_hint(&rows).0);
                for row in rows {
                    self.push(row);
                }
            }
        }

        #[automatically_derived]
        impl #impl_generics ::core::iter::FromIterator<#row> for #soa #ty_generics #where_clause {
            fn from_iter<SoaRows: ::core::iter::IntoIterator<Item = #row>>(rows: SoaRows) -> Self {
                let mut columns = Self::new();
                ::core::iter::Extend::extend(&mut columns, rows);
                columns
            }
        }

        #[automatically_derived]
        impl #impl_generics ::core::iter::IntoIterator for #soa #ty_generics #where_clause {
            type Item = #row;
            type IntoIter = #lib::IntoIter<Self>;

            fn into_iter(self) -> Self::IntoIter {
                #lib::IntoIter::new(self)
            }
        }

        #[automatically_derived]
        impl #borrowed_generics ::core::iter::IntoIterator for &'soa #soa #ty_generics
        #where_clause
        {
            type Item = #view<'soa #arguments>;
            type IntoIter = #lib::Iter<'soa, #soa #ty_generics>;

            fn into_iter(self) -> Self::IntoIter {
                self.iter()
            }
        }
    }
}
