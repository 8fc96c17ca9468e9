//! The choices of W-TinyLFU that objects of one size don't show.

use super::hits;
use crate::{
    eviction::{Access, Eviction, WTinyLfu},
    trace::Request,
};

/// Holds a hundred objects of ten bytes, each asked for three times; it is full.
fn full(mut cache: WTinyLfu) -> WTinyLfu {
    let rounds: Vec<u64> = (0..3).flat_map(|_| 0..100).collect();
    assert_eq!(hits(&mut cache, &rounds, 10)[..100], [false; 100]);
    assert_eq!(cache.used_bytes(), 1_000);
    cache
}

/// How often an object is asked for until it comes in, and what leaves for it then.
fn requests_until_admitted(cache: &mut WTinyLfu, bytes: u64) -> (usize, usize) {
    let mut evicted = Vec::new();
    let request = Request::new(500, bytes);
    let bypassed = (0..20).take_while(|_| cache.access(&request, &mut evicted) == Access::Bypassed);
    let requests = bypassed.count() + 1;
    assert!(cache.contains(500) && cache.used_bytes() <= 1_000);
    (requests, evicted.len())
}

#[test]
fn the_window_has_room_for_objects_up_to_a_fifth_of_the_budget() {
    let wide = || full(WTinyLfu::new(1_000));
    assert_eq!(requests_until_admitted(&mut wide(), 200).0, 1);
    assert_eq!(requests_until_admitted(&mut wide(), 201).0, 4);
    let mut narrow = full(WTinyLfu::new(1_000).with_narrow_window());
    assert_eq!(requests_until_admitted(&mut narrow, 200).0, 4);
}

#[test]
fn a_candidate_is_compared_with_one_or_with_all_that_leave() {
    let narrow = || WTinyLfu::new(1_000).with_narrow_window();
    // More often than three times, and than two objects' three times.
    assert_eq!(requests_until_admitted(&mut full(narrow()), 20), (4, 2));
    let mut all = full(narrow().against_all());
    assert_eq!(requests_until_admitted(&mut all, 20), (7, 2));
}

#[test]
fn where_room_is_lent_the_window_grows_until_the_budget_is_full() {
    let mut cache = WTinyLfu::new(1_000).with_lent_room();
    let mut evicted = Vec::new();
    for object in 0..100 {
        cache.access(&Request::new(object, 10), &mut evicted);
    }
    assert_eq!((cache.used_bytes(), evicted.len()), (1_000, 0));
    // All are in the window, so the first is hit there, and the second is first to leave. The main part
    // is empty, and takes 99 until it is full.
    assert_eq!(
        cache.access(&Request::new(0, 10), &mut evicted),
        Access::Hit
    );
    let too_large = Request::new(500, 11);
    assert_eq!(cache.access(&too_large, &mut evicted), Access::Bypassed);
    assert_eq!(
        cache.access(&Request::new(501, 10), &mut evicted),
        Access::Admitted
    );
    assert_eq!((cache.used_bytes(), evicted.len()), (1_000, 1));
}
