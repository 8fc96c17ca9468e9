//! `OrderSoA`: the type and its own methods.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Ident, Type};

use super::names::Names;
use crate::input::{Column, Field, Struct};

pub(super) fn expand(item: &Struct, names: &Names) -> TokenStream {
    let type_and_traits = type_and_traits(item, names);
    let methods = methods(item, names);
    let raw_arrays = item
        .columns()
        .map(|(field, column)| raw_arrays(names, field, column));
    let (impl_generics, ty_generics, where_clause) = names.generics.split_for_impl();
    let soa = &names.soa;
    quote! {
        #type_and_traits

        #[automatically_derived]
        #[allow(dead_code, reason = "a struct need not use all that is generated for it")]
        impl #impl_generics #soa #ty_generics #where_clause {
            #methods
            #(#raw_arrays)*
        }
    }
}

fn type_and_traits(item: &Struct, names: &Names) -> TokenStream {
    let (vis, row, Names { columns, soa, .. }) = (&item.vis, &item.name, names);
    let (impl_generics, ty_generics, where_clause) = names.generics.split_for_impl();
    let doc = format!(
        "Rows of [`{row}`] as columns, one for each field. It can be read like [`{columns}`]."
    );
    quote! {
        #[doc = #doc]
        #vis struct #soa #impl_generics #where_clause {
            // A field may be called `columns`.
            soa_columns: #columns #ty_generics,
        }

        #[automatically_derived]
        impl #impl_generics ::core::ops::Deref for #soa #ty_generics #where_clause {
            type Target = #columns #ty_generics;

            fn deref(&self) -> &Self::Target {
                &self.soa_columns
            }
        }

        #[automatically_derived]
        impl #impl_generics ::core::clone::Clone for #soa #ty_generics #where_clause {
            fn clone(&self) -> Self {
                Self { soa_columns: ::core::clone::Clone::clone(&self.soa_columns) }
            }
        }

        #[automatically_derived]
        impl #impl_generics ::core::fmt::Debug for #soa #ty_generics #where_clause {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Debug::fmt(&self.soa_columns, f)
            }
        }

        #[automatically_derived]
        impl #impl_generics ::core::default::Default for #soa #ty_generics #where_clause {
            fn default() -> Self {
                Self { soa_columns: ::core::default::Default::default() }
            }
        }

        #[automatically_derived]
        impl #impl_generics ::core::cmp::PartialEq for #soa #ty_generics #where_clause {
            fn eq(&self, other: &Self) -> bool {
                self.soa_columns == other.soa_columns
            }
        }
    }
}

fn methods(item: &Struct, names: &Names) -> TokenStream {
    let (vis, row, generics) = (&item.vis, &item.name, &item.generics);
    let Names {
        columns,
        view,
        view_mut,
        lib,
        ..
    } = names;
    let (_, ty_generics, _) = generics.split_for_impl();
    let arguments = arguments(generics);
    let row = quote! { #row #ty_generics };
    let view_type = quote! { #view<'_ #arguments> };
    let view_mut_type = quote! { #view_mut<'_ #arguments> };
    quote! {
        /// No rows.
        #[must_use]
        #vis fn new() -> Self {
            <Self as ::core::default::Default>::default()
        }

        /// No rows yet, with room for so many.
        #[must_use]
        #vis fn with_capacity(rows: usize) -> Self {
            let mut columns = Self::new();
            columns.reserve(rows);
            columns
        }

        /// The columns by themselves.
        #[must_use]
        #vis fn into_columns(self) -> #columns #ty_generics {
            self.soa_columns
        }

        /// The number of rows.
        #[must_use]
        #vis fn len(&self) -> usize {
            #lib::Columns::len(self)
        }

        /// Whether there are no rows.
        #[must_use]
        #vis fn is_empty(&self) -> bool {
            self.len() == 0
        }

        /// Makes room for so many more rows.
        #vis fn reserve(&mut self, additional: usize) {
            #lib::Columns::reserve(self, additional);
        }

        /// The bytes that the columns take, room for more rows included.
        #[must_use]
        #vis fn memory_size(&self) -> usize {
            #lib::Columns::memory_size(self)
        }

        /// Adds a row at the end.
        #vis fn push(&mut self, row: #row) {
            #lib::Columns::push(self, row);
        }

        /// A row where it stands, counted from 0; `None` if there is no such row.
        #[must_use]
        #vis fn view(&self, row: usize) -> ::core::option::Option<#view_type> {
            #lib::Columns::view(self, row)
        }

        /// A copy of a row, counted from 0; `None` if there is no such row.
        #[must_use]
        #vis fn get(&self, row: usize) -> ::core::option::Option<#row> {
            #lib::Columns::get(self, row)
        }

        /// A row, to change it where it stands; `None` if there is no such row. Copies the columns
        /// that someone else has too.
        #[must_use]
        #vis fn view_mut(&mut self, row: usize) -> ::core::option::Option<#view_mut_type> {
            #lib::Columns::view_mut(self, row)
        }

        /// Replaces a row; says whether there is such a row.
        #vis fn set(&mut self, row: usize, value: #row) -> bool {
            #lib::Columns::set(self, row, value)
        }

        /// The rows in their order, where they stand.
        #vis fn iter(&self) -> #lib::Iter<'_, Self> {
            #lib::Iter::new(self)
        }

        /// Keeps the first `rows` rows.
        #vis fn truncate(&mut self, rows: usize) {
            #lib::Columns::truncate(self, rows);
        }

        /// Removes all rows.
        #vis fn clear(&mut self) {
            self.truncate(0);
        }

        /// Removes a row, puts the last one in its place, and gives back what was there; `None` if
        /// there is no such row.
        #vis fn swap_remove(&mut self, row: usize) -> ::core::option::Option<#row> {
            #lib::Columns::swap_remove(self, row)
        }

        /// Sorts the rows by a key. Rows with equal keys stay in their order.
        #vis fn sort_by_key<SoaKey: ::core::cmp::Ord>(
            &mut self,
            key: impl ::core::ops::FnMut(#view_type) -> SoaKey,
        ) {
            #lib::Columns::sort_by_key(self, key);
        }

        /// A copy of every row.
        #[must_use]
        #vis fn to_rows(&self) -> ::std::vec::Vec<#row> {
            self.iter().map(<Self as #lib::Columns>::to_row).collect()
        }
    }
}

/// `, T, N` for generics `<T, const N: usize>`.
pub(super) fn arguments(generics: &syn::Generics) -> TokenStream {
    let types = generics.params.iter().map(|parameter| match parameter {
        syn::GenericParam::Type(parameter) => &parameter.ident,
        syn::GenericParam::Const(parameter) => &parameter.ident,
        syn::GenericParam::Lifetime(parameter) => &parameter.lifetime.ident,
    });
    quote! { #(, #types)* }
}

fn raw_arrays(names: &Names, field: &Field, column: &Column) -> TokenStream {
    let (vis, ident, lib) = (&field.vis, &field.ident, &names.lib);
    let raw_array = format_ident!("{}_raw_array", ident.unraw());
    let raw_array_mut = format_ident!("{raw_array}_mut");
    let doc = format!(
        "The column `{}` as it is held. A value that its Arrow type can't hold is zero here.",
        column.name
    );
    let doc_mut = format!(
        "The column `{}` as it is held, to change values. Copies it if someone else has it too.",
        column.name
    );
    let (raw, raw_mut) = match number(&field.ty).filter(|_| column.encoding.is_none()) {
        Some(number) => (quote! { [#number] }, quote! { &mut [#number] }),
        None => (
            names.of_column(field, column, &quote! { Raw }),
            names.of_column(field, column, &quote! { RawMut<'_> }),
        ),
    };
    quote_spanned! { field.ty.span() =>
        #[doc = #doc]
        #[must_use]
        #vis fn #raw_array(&self) -> &#raw {
            #lib::FieldColumn::raw(&self.soa_columns.#ident)
        }

        #[doc = #doc_mut]
        #[must_use]
        #vis fn #raw_array_mut(&mut self) -> #raw_mut {
            #lib::FieldColumn::raw_mut(&mut self.soa_columns.#ident)
        }
    }
}

/// The type, if it is a number; so that the documentation of the methods is easier to read.
fn number(ty: &Type) -> Option<&Ident> {
    let Type::Path(path) = ty else { return None };
    let ident = path.path.get_ident()?;
    let numbers = [
        "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f32", "f64",
    ];
    numbers
        .iter()
        .any(|number| ident == number)
        .then_some(ident)
}
