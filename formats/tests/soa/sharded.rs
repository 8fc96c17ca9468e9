//! Sharded stores, and threads.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::Duration;

use thermocline_derive::{SoA, SoAStore};
use thermocline_formats::soa::{Column, Lists, Mapped, Mapping, Position, SoaField};
use thermocline_testing::Random;

use crate::orders::{Order, OrderShards, OrderSoA, order, orders};

#[test]
fn a_key_is_in_the_shard_that_its_hash_says() {
    let store = OrderShards::new();
    assert_eq!(store.shards(), 16);
    // From the reference implementation of xxHash: XXH3 of the eight bytes, modulo 16.
    assert_eq!([0, 7, 1 << 63].map(|key| store.shard_of(&key)), [9, 15, 15]);
    assert_eq!(store.add(order(7)), Position { shard: 15, row: 0 });
    assert_eq!(store.add(order(0)), Position { shard: 9, row: 0 });
    assert_eq!(store.add(order(1 << 63)), Position { shard: 15, row: 1 });
    assert_eq!(store.kernels()[15].order_id_raw_array(), [7, 1 << 63]);
    assert_eq!(OrderShards::with_shards(0).shards(), 1);
}

#[test]
fn keys_are_spread_over_all_shards() {
    let store = OrderShards::new();
    store.add_batch(orders(16_000));
    for rows in store.kernels().iter().map(OrderSoA::len) {
        // 1,000 each on average; six standard deviations are 184.
        assert!((816..1184).contains(&rows), "{rows} rows in a shard");
    }
}

#[test]
fn a_sharded_store_does_what_a_map_does() {
    for seed in 0..10 {
        let random = &mut Random::new(seed);
        let (store, mut model) = (OrderShards::with_shards(3), BTreeMap::new());
        for step in 0..400 {
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
                2 => {
                    // A key twice in a batch: the later row counts.
                    let rows = [order(id + 1), order(id), row.clone()];
                    let positions = store.add_batch(rows.clone());
                    assert_eq!(positions[1], positions[2]);
                    model.extend(rows.map(|row| (row.order_id, row)));
                }
                _ => {
                    let Position { shard, row: index } = store.add(row.clone());
                    assert_eq!(store.kernels()[shard].get(index).as_ref(), Some(&row));
                    model.insert(id, row);
                }
            }
            assert_eq!(store.len(), model.len(), "seed {seed}, step {step}");
            assert_eq!(
                store.contains(&id),
                model.contains_key(&id),
                "seed {seed}, step {step}"
            );
        }
        for id in 0..61 {
            assert_eq!(
                store.get(&id),
                model.get(&id).cloned(),
                "seed {seed}, key {id}"
            );
        }
    }
}

/// Two writers that wait for each other while each holds the lock of a shard.
static ARRIVED: (Mutex<u32>, Condvar) = (Mutex::new(0), Condvar::new());

/// A value that is written as soon as another thread writes one too.
#[derive(Debug, Clone, PartialEq)]
struct Together;

enum WhenTogether {}

impl Mapping for WhenTogether {
    type Value = Together;
    type Held = Column<u8>;

    fn hold(_: &Together) -> Result<u8, String> {
        let (arrived, changed) = &ARRIVED;
        let mut arrived = arrived.lock().unwrap();
        *arrived += 1;
        changed.notify_all();
        let patience = Duration::from_secs(60);
        let (arrived, _) = changed
            .wait_timeout_while(arrived, patience, |n| *n < 2)
            .unwrap();
        // 0 if the other didn't come.
        Ok(u8::from(*arrived == 2))
    }

    fn give(_: u8) -> Result<Together, String> {
        Ok(Together)
    }

    fn placeholder() -> Together {
        Together
    }
}

impl SoaField for Together {
    type Column = Mapped<WhenTogether>;
    type List = Lists<Self::Column>;
}

#[derive(Debug, SoA, SoAStore)]
#[soa_store(key = "id", shards = 2)]
struct Meeting {
    id: u64,
    together: Together,
}

#[test]
fn writers_of_different_shards_do_not_wait_for_each_other() {
    let store = MeetingShards::new();
    let of_shard = |shard| (0..).find(|id| store.shard_of(id) == shard).unwrap();
    let ids = [of_shard(0), of_shard(1)];
    thread::scope(|scope| {
        for id in ids {
            scope.spawn({
                let store = &store;
                move || {
                    store.add(Meeting {
                        id,
                        together: Together,
                    })
                }
            });
        }
    });
    // Rows are written under the lock of their shard. Had the locks been one, the first writer
    // would have waited in vain.
    for kernel in store.kernels() {
        assert_eq!(kernel.together_raw_array(), [1]);
    }
}

#[test]
fn nothing_that_threads_write_is_lost() {
    let store = OrderShards::new();
    thread::scope(|scope| {
        for writer in 0..4_u64 {
            let store = &store;
            scope.spawn(move || {
                for id in (0..2_000).filter(|id| id % 4 == writer) {
                    store.add(order(id));
                }
                store.add_batch((2_000..3_000).map(order));
                for id in (0..2_000).filter(|id| id % 8 == writer) {
                    assert_eq!(store.remove(&id), Some(order(id)));
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..50 {
                let rows: Vec<_> = store.kernels().into_iter().flatten().collect();
                assert!(
                    rows.iter().all(|row| *row == order(row.order_id)),
                    "a row is whole"
                );
            }
        });
    });
    let mut rows: Vec<_> = store.kernels().into_iter().flatten().collect();
    rows.sort_by_key(|row| row.order_id);
    let expected = (0..3_000)
        .filter(|id| *id >= 2_000 || id % 8 > 3)
        .map(order);
    assert!(rows.into_iter().eq(expected));
}
