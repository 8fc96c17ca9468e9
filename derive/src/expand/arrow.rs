//! The way to a record batch and back.

use proc_macro2::TokenStream;
use quote::quote;

use super::names::Names;
use crate::input::Struct;

pub(super) fn expand(item: &Struct, names: &Names) -> TokenStream {
    if !item.arrow {
        return TokenStream::new();
    }
    let Names { soa, lib, .. } = names;
    let (impl_generics, ty_generics, where_clause) = names.generics.split_for_impl();
    let column_names = item.columns().map(|(_, column)| &column.name);
    // A static can't depend on type parameters.
    let schema = if item.generics.params.is_empty() {
        quote! {
            static SCHEMA: ::std::sync::OnceLock<#lib::SchemaRef> = ::std::sync::OnceLock::new();
            ::core::clone::Clone::clone(SCHEMA.get_or_init(|| #lib::schema_of::<Self>()))
        }
    } else {
        quote! { #lib::schema_of::<Self>() }
    };
    quote! {
        #[automatically_derived]
        impl #impl_generics #lib::ArrowSchemaGen for #soa #ty_generics #where_clause {
            fn arrow_schema() -> #lib::SchemaRef {
                #schema
            }

            fn arrow_field_names() -> ::std::vec::Vec<&'static str> {
                ::std::vec![#(#column_names),*]
            }

            fn arrow_field_types() -> ::std::vec::Vec<#lib::DataType> {
                let schema = <Self as #lib::ArrowSchemaGen>::arrow_schema();
                schema.fields().iter().map(|field| field.data_type().clone()).collect()
            }
        }

        #[automatically_derived]
        impl #impl_generics #lib::ToArrow for #soa #ty_generics #where_clause {
            fn to_record_batch(&self) -> #lib::Result<#lib::RecordBatch> {
                #lib::to_batch(self, <Self as #lib::ArrowSchemaGen>::arrow_schema())
            }

            fn from_record_batch(batch: &#lib::RecordBatch) -> #lib::Result<Self> {
                #lib::from_batch(batch)
            }
        }

        #[automatically_derived]
        impl #impl_generics ::core::convert::TryFrom<#lib::RecordBatch>
            for #soa #ty_generics #where_clause
        {
            type Error = #lib::Error;

            /// The rows of a batch. What only this batch had is not copied, neither now nor later.
            fn try_from(batch: #lib::RecordBatch) -> #lib::Result<Self> {
                #lib::from_batch(&batch)
            }
        }
    }
}
