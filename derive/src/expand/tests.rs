//! That what is written is Rust, and how much of it.

use syn::{DeriveInput, File, ImplItem, Item, Visibility, parse_quote};

use super::*;

fn expanded(item: &DeriveInput) -> File {
    syn::parse2(soa(&Struct::parse(item).unwrap())).unwrap()
}

fn methods(file: &File) -> Vec<String> {
    let impls = file.items.iter().filter_map(|item| match item {
        Item::Impl(item) => Some(&item.items),
        _ => None,
    });
    let methods = impls.flatten().filter_map(|item| match item {
        ImplItem::Fn(method) => Some(method.sig.ident.to_string()),
        _ => None,
    });
    methods.collect()
}

#[test]
fn the_generated_code_is_rust_with_the_promised_items() {
    let file = expanded(&parse_quote! {
        pub(crate) struct Order { order_id: u64, r#type: Option<String> }
    });
    let structs: Vec<_> = file
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Struct(item) => Some((item.ident.to_string(), item.vis.clone())),
            _ => None,
        })
        .collect();
    let vis: Visibility = parse_quote! { pub(crate) };
    let expected = ["OrderColumns", "OrderSoA", "OrderView", "OrderMut"];
    assert_eq!(structs, expected.map(|name| (name.to_owned(), vis.clone())));
    let methods = methods(&file);
    for method in [
        "new",
        "with_capacity",
        "len",
        "is_empty",
        "push",
        "extend",
        "from_iter",
        "view",
        "get",
        "view_mut",
        "iter",
        "into_iter",
        "truncate",
        "swap_remove",
        "sort_by_key",
        "to_rows",
        "order_id_raw_array",
        "order_id_raw_array_mut",
        "type_raw_array",
        "to_owned",
        "to_record_batch",
        "from_record_batch",
    ] {
        assert!(
            methods.iter().any(|found| found == method),
            "{method} in {methods:?}"
        );
    }
}

#[test]
fn conversions_are_left_out_if_they_are_written_by_hand() {
    let file = expanded(&parse_quote! {
        #[soa(no_arrow)]
        struct Order { order_id: u64 }
    });
    let methods = methods(&file);
    assert!(
        !methods.iter().any(|method| method == "to_record_batch"),
        "{methods:?}"
    );
}

#[test]
fn a_column_more_is_a_little_more_code() {
    let tokens = |columns: usize| {
        let fields = (0..columns).map(|column| {
            let name = quote::format_ident!("column_{column}");
            quote::quote! { #name: Option<String> }
        });
        let item = parse_quote! { struct Wide { #(#fields,)* } };
        soa(&Struct::parse(&item).unwrap()).to_string().len()
    };
    let (one, two, hundred) = (tokens(1), tokens(2), tokens(100));
    // As much for the hundredth as for the second, apart from the digits of its name.
    assert!(
        hundred - one <= 99 * (two - one + 60),
        "{one}, {two}, {hundred} characters"
    );
    assert!(two - one < 3_500, "{} characters a column", two - one);
}
