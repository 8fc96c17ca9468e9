//! What is accepted, and what is said about the rest.

use syn::{DeriveInput, parse_quote};

use super::*;

fn columns(item: &Struct) -> Vec<&str> {
    item.columns()
        .map(|(_, column)| column.name.as_str())
        .collect()
}

#[test]
fn a_column_is_called_as_its_field_unless_it_is_renamed() {
    let parsed = Struct::parse(&parse_quote! {
        struct Order {
            /// Who sells.
            #[soa(rename = "seller_id")]
            seller: u64,
            r#type: Option<String>,
            #[soa(skip)]
            cache: Cache,
        }
    })
    .unwrap();
    assert_eq!(columns(&parsed), ["seller_id", "type"]);
    assert_eq!(parsed.columns().next().unwrap().1.docs.len(), 1);
    assert_eq!(parsed.fields.len(), 3);
    assert!(parsed.arrow);
}

#[test]
fn encodings_are_what_the_attributes_say() {
    let parsed = Struct::parse(&parse_quote! {
        #[soa(no_arrow, crate = "our::columns")]
        struct Order {
            #[soa(timestamp(ms))]
            a: i64,
            #[soa(timestamp(ns, "Asia/Tokyo"), rename = "z")]
            b: i64,
            #[soa(date)]
            c: i32,
            #[soa(decimal(38, 0))]
            d: i128,
            #[soa(dictionary)]
            e: String,
            #[soa(skip, default = "7 + 1")]
            f: u8,
        }
    })
    .unwrap();
    let encodings: Vec<_> = parsed
        .columns()
        .map(|(_, c)| format!("{:?}", c.encoding))
        .collect();
    assert_eq!(encodings[0], "Some(Timestamp(\"Millisecond\", None))");
    assert!(encodings[1].contains("Asia/Tokyo"), "{}", encodings[1]);
    assert_eq!(
        encodings[2..],
        ["Some(Date)", "Some(Decimal(38, 0))", "Some(Dictionary)"]
    );
    assert_eq!(columns(&parsed), ["a", "z", "c", "d", "e"]);
    assert!(!parsed.arrow);
    assert_eq!(parsed.krate, parse_quote!(our::columns));
}

fn said<T: std::fmt::Debug>(result: syn::Result<T>) -> Vec<String> {
    result
        .unwrap_err()
        .into_iter()
        .map(|mistake| mistake.to_string())
        .collect()
}

fn mistakes(item: &DeriveInput) -> Vec<String> {
    said(Struct::parse(item))
}

#[test]
fn whatever_has_no_named_fields_is_refused() {
    for (item, what) in [
        (parse_quote! { struct T(u64); }, "a tuple struct"),
        (parse_quote! { struct T; }, "a struct without fields"),
        (parse_quote! { struct T {} }, "a struct without fields"),
        (parse_quote! { enum T { A } }, "an enum"),
        (parse_quote! { union T { a: u64 } }, "a union"),
    ] {
        let [mistake] = &mistakes(&item)[..] else {
            panic!("one mistake in {what}")
        };
        let start = format!("SoA can't be derived for {what}: ");
        assert!(mistake.starts_with(&start), "{mistake}");
    }
}

#[test]
fn every_mistake_is_reported_at_once() {
    let unknown = "unknown attribute; here stands `rename = \"…\"`, `skip`, `default = \"…\"`, \
                   `timestamp(…)`, `date`, `decimal(…)`, `dictionary` or `code`";
    assert_eq!(
        mistakes(&parse_quote! {
            struct T {
                #[soa(renmae = "x")]
                a: u64,
                #[soa(rename = "")]
                b: u64,
                #[soa(rename = "x", rename = "y")]
                c: u64,
                d: u64,
                #[soa(rename = "d")]
                e: u64,
                #[soa(date, dictionary)]
                f: i32,
                #[soa(skip, date)]
                g: i32,
                #[soa(default = "3")]
                h: i32,
                #[soa(decimal(5, 6))]
                i: i128,
                #[soa(timestamp)]
                j: i64,
                #[soa(timestamp(us, ""))]
                k: i64,
            }
        }),
        [
            unknown,
            "a column can't have an empty name",
            "said twice; once is enough",
            "two columns are called `d`; rename one",
            "a field is stored in one way; name one",
            "a field that is skipped is no column; remove what says how it is one",
            "a default is for a field that is skipped; add `skip`, or remove it",
            "a precision is from 1 to 38, a scale from 0 to the precision",
            "write timestamp(unit) or timestamp(unit, \"zone\"), with the unit s, ms, us or ns",
            "a zone has a name, such as \"UTC\"",
        ]
    );
    assert_eq!(
        mistakes(&parse_quote! { #[soa(rename = "x")] struct T<'a> { #[soa(skip)] a: &'a u64 } }),
        [
            "unknown attribute; here stands `no_arrow` or `crate = \"…\"`; the others go on a field",
            "columns own their values, so the struct can't borrow; use String for &str, Vec for a \
             slice",
            "all fields are skipped: there would be no columns",
        ]
    );
}

#[test]
fn codes_of_an_enum_count_on_from_the_last_that_was_written() {
    let parsed = Enum::parse(&parse_quote! {
        enum Status { A, B = 7, #[soa(rename = "c")] C, D = 0xff }
    })
    .unwrap();
    let variants: Vec<_> = parsed
        .variants
        .iter()
        .map(|v| (v.name.as_str(), v.code))
        .collect();
    assert_eq!(variants, [("A", 0), ("B", 7), ("c", 8), ("D", 255)]);
    assert_eq!(parsed.codes, Codes::Listed);
}

#[test]
fn mistakes_in_enums_are_reported() {
    assert_eq!(
        said(Enum::parse(&parse_quote! {
            enum T { A(u8), B = 256, C = 1 + 1, D = 5, E = 5, #[soa(rename = "D")] F, G = 255, H }
        })),
        [
            "a variant with fields has no code; use a struct with an enum and `Option`s",
            "a code is from 0 to 255; give it another",
            "a code is written as a number from 0 to 255; write one, or use #[soa(code)] on the \
             enum and implement TryFrom<u8> and Into<u8>",
            "two variants have the code 5",
            "two variants are called `D`; rename one",
            "a code is from 0 to 255; give the variants smaller ones",
        ]
    );
    for (item, start) in [
        (parse_quote! { struct T { a: u8 } }, "SoAEnum is for enums"),
        (
            parse_quote! { enum T {} },
            "SoAEnum can't be derived for an enum without variants",
        ),
        (
            parse_quote! { enum T<V> { A } },
            "SoAEnum can't be derived for a generic enum",
        ),
        (
            parse_quote! { #[soa(codes)] enum T { A } },
            "unknown attribute; here stands `code`",
        ),
    ] {
        let said = said(Enum::parse(&item));
        assert!(said[0].starts_with(start), "{said:?}");
    }
}

#[test]
fn a_store_has_a_key_and_16_shards_unless_it_says_otherwise() {
    let parsed = Store::parse(&parse_quote! {
        #[soa_store(key = "type")]
        struct T { #[soa(rename = "kind")] r#type: u8 }
    });
    let parsed = parsed.unwrap().unwrap();
    assert_eq!((parsed.key_name.as_str(), parsed.shards), ("kind", 16));
    let parsed = Store::parse(&parse_quote! {
        #[soa_store(key = "a", shards = 3)]
        struct T { a: u8 }
    });
    assert_eq!(parsed.unwrap().unwrap().shards, 3);
}

#[test]
fn mistakes_in_stores_are_reported() {
    for (item, expected) in [
        (
            parse_quote! { struct T { a: u8 } },
            "add #[soa_store(key = \"field\")]",
        ),
        (
            parse_quote! { #[soa_store(shards = 2)] struct T { a: u8 } },
            "Add `key = \"field\"`",
        ),
        (
            parse_quote! { #[soa_store(key = "b")] struct T { a: u8, r#type: u8 } },
            "`T` has no field `b`; it has `a`, `type`",
        ),
        (
            parse_quote! { #[soa_store(key = "a", shards = 0)] struct T { a: u8 } },
            "the number of shards is from 1 to 65536",
        ),
        (
            parse_quote! { #[soa_store(key = "a", shard = 2)] struct T { a: u8 } },
            "here stands `key = \"field\"` or `shards = number`",
        ),
        (
            parse_quote! { #[soa_store(key = "a")] struct T { #[soa(skip)] a: u8, b: u8 } },
            "don't skip it",
        ),
        (
            parse_quote! { #[soa_store(key = "a")] struct T { #[soa(date)] a: i32 } },
            "remove the attribute",
        ),
        (
            parse_quote! { #[soa_store(key = "a")] #[soa_store(key = "a")] struct T { a: u8 } },
            "said twice",
        ),
    ] {
        let said = said(Store::parse(&item));
        assert!(said.len() == 1 && said[0].contains(expected), "{said:?}");
    }
    // What `SoA` reports isn't reported again.
    let twice = Store::parse(&parse_quote! {
        #[soa_store(key = "a")]
        struct T { a: u8, #[soa(nonsense)] b: u8 }
    });
    assert!(twice.unwrap().is_none());
}
