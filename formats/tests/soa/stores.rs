//! Stores against a map.

use std::collections::BTreeMap;

use thermocline_derive::{SoA, SoAStore};
use thermocline_formats::soa::{Key, ToArrow};
use thermocline_testing::Random;

use crate::orders::{Order, OrderSoA, OrderStore, order, orders};

#[test]
fn a_store_gives_its_rows_as_columns() {
    let mut store = OrderStore::new();
    assert_eq!(store.add(order(5)), 0);
    assert_eq!(store.add_batch([order(6), order(7)]), [1, 2]);
    assert_eq!(store.kernel().order_id_raw_array(), [5, 6, 7]);
    assert_eq!((store.len(), store.is_empty()), (3, false));
    assert_eq!(store.index_of(&6), Some(1));
    assert_eq!(store.view(&7).unwrap().customer_id, 7);
    assert_eq!(store.get(&8), None);
    let ids: Vec<_> = store.iter().map(|row| row.order_id).collect();
    assert_eq!(ids, [5, 6, 7]);
    let batch = store.kernel().to_record_batch().unwrap();
    let again = OrderStore::from_kernel(OrderSoA::try_from(batch).unwrap()).unwrap();
    assert_eq!(again.kernel(), store.kernel());
    assert!(again.contains(&7) && !again.contains(&8));
}

#[test]
fn a_key_is_there_once() {
    let mut store: OrderStore = orders(3).into_iter().collect();
    let changed = Order {
        quantity: 77,
        ..order(1)
    };
    assert_eq!(
        store.add(changed.clone()),
        1,
        "in the place of the row with that key"
    );
    assert_eq!((store.len(), store.get(&1)), (3, Some(changed)));
    let refused = store.insert(order(2)).unwrap_err();
    assert_eq!((refused.index, &refused.row), (2, &order(2)));
    assert_eq!(
        refused.to_string(),
        "the order_id 2 is there already, in row 2; use `add` to replace it"
    );
    assert_eq!(store.insert(order(3)).unwrap(), 3);
    let twice = OrderSoA::from_iter([order(4), order(5), order(4)]);
    let error = OrderStore::from_kernel(twice).unwrap_err();
    assert_eq!(error.column(), Some("order_id"));
    assert!(
        error.to_string().contains("stands in rows 0 and 2"),
        "{error}"
    );
}

#[test]
fn a_store_does_what_a_map_does() {
    for seed in 0..20 {
        let random = &mut Random::new(seed);
        let (mut store, mut model) = (OrderStore::new(), BTreeMap::new());
        for step in 0..600 {
            let id = random.below(60) as u64;
            let row = Order {
                shipping_address_hash: random.bits(),
                ..order(id)
            };
            match random.below(5) {
                0 => assert_eq!(
                    store.remove(&id),
                    model.remove(&id),
                    "seed {seed}, step {step}"
                ),
                1 => {
                    let inserted = store.insert(row.clone()).is_ok();
                    assert_eq!(
                        inserted,
                        !model.contains_key(&id),
                        "seed {seed}, step {step}"
                    );
                    model.entry(id).or_insert(row);
                }
                2 if random.one_in(40) => {
                    store.clear();
                    model.clear();
                }
                _ => {
                    let index = store.add(row.clone());
                    assert_eq!(store.kernel().get(index).as_ref(), Some(&row));
                    model.insert(id, row);
                }
            }
            assert_eq!(store.len(), model.len(), "seed {seed}, step {step}");
        }
        for id in 0..60 {
            assert_eq!(
                store.get(&id),
                model.get(&id).cloned(),
                "seed {seed}, key {id}"
            );
        }
    }
}

#[derive(Debug, Clone, PartialEq, SoA, SoAStore)]
#[soa_store(key = "name")]
struct Named {
    #[soa(rename = "full name")]
    name: String,
    value: u8,
}

#[test]
fn texts_are_keys_too() {
    let mut store = NamedStore::new();
    let named = |name: &str, value| Named {
        name: name.to_owned(),
        value,
    };
    store.extend([named("a", 1), named("", 2), named("b", 3), named("a", 4)]);
    assert_eq!(store.get("a"), Some(named("a", 4)));
    assert_eq!(store.remove(""), Some(named("", 2)));
    assert_eq!(store.index_of("b"), Some(1), "the last row took the place");
    let refused = store.insert(named("b", 0)).unwrap_err();
    assert!(
        refused
            .to_string()
            .starts_with("the full name \"b\" is there already"),
        "{refused}"
    );
}

/// Computed with the reference implementation of xxHash.
#[test]
fn the_hash_of_keys_is_xxh3() {
    assert_eq!(String::hash(""), 0x2d06_8005_38d3_94c2);
    assert_eq!(u64::hash(&0), 0xc77b_3abb_6f87_acd9);
    assert_eq!(u64::hash(&7), 0x8167_1e58_d6b5_96af);
    assert_eq!(u64::hash(&(1 << 63)), 0x828f_2476_789a_0e5f);
    assert_eq!(u32::hash(&7), 0x57ae_4481_1628_c14c);
    assert_eq!(i32::hash(&-1), 0xcd6b_1c92_0d3f_662c);
    assert_eq!(bool::hash(&true), 0xe12e_f9d2_eb86_ceeb);
    assert_eq!(String::hash("größer"), 0xe0d7_4795_3e19_bf36);
    assert_eq!(Vec::<u8>::hash(&[b'a'; 300]), 0xc1d1_7581_d8eb_7e21);
    let bytes: [u8; 16] = std::array::from_fn(|at| u8::try_from(at).unwrap());
    assert_eq!(<[u8; 16]>::hash(&bytes), 0x8355_e3a6_f617_70db);
    #[cfg(feature = "uuid")]
    assert_eq!(
        <uuid::Uuid as Key>::hash(&uuid::Uuid::from_bytes(bytes)),
        0x8355_e3a6_f617_70db
    );
}
