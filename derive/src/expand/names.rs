//! Names and generics of what is generated.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{GenericArgument, Generics, PathArguments, Type, TypePath, WherePredicate, parse_quote};

use crate::input::{Column, Encoding, Field, Struct};

/// What the generated code calls things.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) columns: Ident,
    pub(super) soa: Ident,
    pub(super) view: Ident,
    pub(super) view_mut: Ident,
    /// The module `soa` of the crate.
    pub(super) lib: TokenStream,
    /// The struct's generics, and what its columns need of them.
    pub(super) generics: Generics,
    /// The same with a lifetime `'soa` in front.
    pub(super) borrowed: Generics,
    row: String,
}

impl Names {
    pub(super) fn new(item: &Struct) -> Self {
        let krate = &item.krate;
        let row = item.name.unraw().to_string();
        let mut names = Self {
            columns: format_ident!("{row}Columns"),
            soa: format_ident!("{row}SoA"),
            view: format_ident!("{row}View"),
            view_mut: format_ident!("{row}Mut"),
            lib: quote! { #krate::soa },
            generics: item.generics.clone(),
            borrowed: item.generics.clone(),
            row,
        };
        let needed = names.needed(item);
        names.generics.make_where_clause().predicates.extend(needed);
        names.borrowed = names.generics.clone();
        names.borrowed.params.insert(0, parse_quote!('soa));
        names
    }

    /// The type of the column of a field. It is spanned as the field's type, so that this is where
    /// the compiler reports that it can't be a column.
    pub(super) fn column(&self, field: &Field, column: &Column) -> TokenStream {
        let (ty, field_trait) = (&field.ty, self.field_trait(field, column));
        quote_spanned! { ty.span() => <#ty as #field_trait>::Column }
    }

    /// A type that a column names: `Ref`, `Mut`, `Raw`.
    pub(super) fn of_column(
        &self,
        field: &Field,
        column: &Column,
        what: &TokenStream,
    ) -> TokenStream {
        let (lib, column) = (&self.lib, self.column(field, column));
        quote_spanned! { field.ty.span() => <#column as #lib::FieldColumn>::#what }
    }

    /// The type that stands for the zone of a field.
    pub(super) fn zone(&self, field: &Field) -> Ident {
        format_ident!("{}{}Zone", self.row, camel(field))
    }

    /// The type that stands for the codes of a field.
    pub(super) fn code(&self, field: &Field) -> Ident {
        format_ident!("{}{}Code", self.row, camel(field))
    }

    /// `SoaField`, with the encoding that an attribute chose.
    fn field_trait(&self, field: &Field, column: &Column) -> TokenStream {
        let lib = &self.lib;
        let encoding = match &column.encoding {
            None => return quote_spanned! { field.ty.span() => #lib::SoaField },
            Some(Encoding::Timestamp(unit, zone)) => {
                let unit = Ident::new(unit, field.ty.span());
                let zone = zone.as_ref().map(|_| self.zone(field)).into_iter();
                quote! { Timestamp<#lib::encoding::#unit #(, #zone)*> }
            }
            Some(Encoding::Date) => quote! { Date },
            Some(Encoding::Decimal(precision, scale)) => {
                let [precision, scale] =
                    [precision, scale].map(|digits| proc_macro2::Literal::u8_unsuffixed(*digits));
                quote! { Decimal<#precision, #scale> }
            }
            Some(Encoding::Dictionary) => quote! { Dictionary },
            Some(Encoding::Code) => {
                let code = self.code(field);
                return quote_spanned! { field.ty.span() => #lib::SoaField<#code> };
            }
        };
        quote_spanned! { field.ty.span() => #lib::SoaField<#lib::encoding::#encoding> }
    }

    /// What the columns need of the struct's type parameters.
    fn needed(&self, item: &Struct) -> Vec<WherePredicate> {
        let parameters = item.generics.type_params().map(|p| &p.ident);
        let mut needed: Vec<WherePredicate> = parameters
            .map(|parameter| parse_quote!(#parameter: 'static))
            .collect();
        for (field, column) in item.columns() {
            // For types that are known to be columns, it need not be said. For others it is said
            // even if they depend on no parameter: then it is here, and only here, that the
            // compiler reports a type that can't be a column.
            if column.encoding.is_some() || !is_known(&field.ty) {
                let (ty, field_trait) = (&field.ty, self.field_trait(field, column));
                let field_trait = at(ty.span(), field_trait);
                needed.push(parse_quote!(#ty: #field_trait));
            }
        }
        needed
    }
}

/// The field's name in camel case, as types have it.
fn camel(field: &Field) -> String {
    let words = field.ident.unraw().to_string();
    let capitalised = words.split('_').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(letters).collect::<String>()
    });
    capitalised.collect()
}

/// The type inside of any number of `Option`s and `Vec`s.
pub(super) fn innermost(ty: &Type) -> &Type {
    let Type::Path(TypePath {
        qself: None, path, ..
    }) = ty
    else {
        return ty;
    };
    match path.segments.last() {
        Some(last) if last.ident == "Option" || last.ident == "Vec" => match &last.arguments {
            PathArguments::AngleBracketed(arguments) => match arguments.args.first() {
                Some(GenericArgument::Type(inner)) => innermost(inner),
                _ => ty,
            },
            _ => ty,
        },
        _ => ty,
    }
}

/// Whether this is written as a type that can be a column.
fn is_known(ty: &Type) -> bool {
    const PLAIN: [&str; 12] = [
        "bool", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f32", "f64", "String",
    ];
    let Type::Path(TypePath {
        qself: None, path, ..
    }) = ty
    else {
        return false;
    };
    let Some(last) = path.segments.last().filter(|_| path.segments.len() == 1) else {
        return false;
    };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return PLAIN.iter().any(|plain| last.ident == plain);
    };
    match arguments.args.first() {
        Some(GenericArgument::Type(inner)) if last.ident == "Vec" => is_known(inner),
        // An `Option` in an `Option` can't be one.
        Some(GenericArgument::Type(inner)) if last.ident == "Option" => {
            is_known(inner) && !is_option(inner)
        }
        _ => false,
    }
}

fn is_option(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    path.path
        .segments
        .last()
        .is_some_and(|segment| segment.ident == "Option")
}

/// The same tokens, as if they stood elsewhere in the program.
fn at(span: Span, tokens: TokenStream) -> TokenStream {
    let tokens = tokens.into_iter().map(|mut token| {
        if let TokenTree::Group(group) = &token {
            token = Group::new(group.delimiter(), at(span, group.stream())).into();
        }
        token.set_span(span);
        token
    });
    tokens.collect()
}

/// The documentation of a column: the field's, or its name.
pub(super) fn docs(column: &Column) -> TokenStream {
    if column.docs.is_empty() {
        let doc = format!("The column `{}`.", column.name);
        return quote! { #[doc = #doc] };
    }
    let docs = &column.docs;
    quote! { #(#docs)* }
}
