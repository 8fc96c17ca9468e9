//! What the policies that learn promise: the adaptive one is never far behind its best, LHD knows the
//! hour, and a scan passes by.

use proptest::prelude::*;

use super::{hits, misses, skewed};
use crate::{
    Timestamp,
    eviction::{
        Access, Adaptive, AdmitAll, Admitted, Eviction, EvictionPolicy, Lhd, Lru, SecondRequest,
    },
    trace::Request,
};

const HOUR: i64 = 3_600_000_000;

fn missed_bytes(cache: &mut dyn Eviction, trace: &[Request]) -> u64 {
    let mut evicted = Vec::new();
    let missed = trace
        .iter()
        .filter(|request| cache.access(request, &mut evicted) != Access::Hit);
    missed.map(|request| request.bytes).sum()
}

/// Loops, popular objects and scans by turns.
fn phases() -> impl Strategy<Value = Vec<u64>> {
    let phase = prop_oneof![
        (10..60_u64, 1..8_usize).prop_map(|(n, times)| {
            (0..n)
                .cycle()
                .take(usize::try_from(n).unwrap() * times)
                .collect::<Vec<_>>()
        }),
        skewed(60, 200),
        (0..1_000_u64).prop_map(|n| (1_000 + n..1_100 + n).collect()),
    ];
    prop::collection::vec(phase, 1..10).prop_map(|phases| phases.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    // What weighing costs until it is seen who is better, and again after each change of the workload.
    #[test]
    fn adaptive_is_never_far_behind_the_best_of_its_policies(objects in phases(), budget in 20..400_u64) {
        let trace: Vec<_> = (objects.iter().zip(0..))
            .map(|(object, n)| Request::new(*object, object % 9 + 1).at(Timestamp(n * 60_000_000)))
            .collect();
        let best = ["s3-fifo", "lirs", "w-tinylfu", "sieve", "lhd"].map(|name| {
            let mut cache = name.parse::<EvictionPolicy>().unwrap().build(budget).unwrap();
            missed_bytes(cache.as_mut(), &trace)
        });
        let best = *best.iter().min().unwrap();
        let mut adaptive = Adaptive::new(budget);
        let missed = missed_bytes(&mut adaptive, &trace);
        prop_assert!(
            missed <= best + 4 * budget + best / 10,
            "{missed} bytes missed, the best {best}, budget {budget}"
        );
    }
}

#[test]
fn adaptive_follows_the_policy_that_misses_least() {
    // A loop of 60 with room for 40: S3-FIFO, which begins, hits next to nothing; LIRS keeps 39.
    let objects: Vec<u64> = (0..60).cycle().take(60 * 100).collect();
    let miss = |name: &str| {
        let policy = name.parse::<EvictionPolicy>().unwrap();
        misses(policy.build(40).unwrap().as_mut(), &objects)
    };
    let (lru, lirs, adaptive) = (miss("lru"), miss("lirs"), miss("adaptive"));
    assert_eq!(lru, objects.len());
    assert!(lirs < 2_200, "{lirs}");
    assert!(adaptive <= lirs + 200, "{adaptive} against {lirs}");
}

#[test]
fn lhd_keeps_what_it_can_of_a_report_that_is_too_large() {
    // Twenty objects every hour, with room for fifteen. LRU never hits; nothing can miss fewer than
    // five an hour.
    let trace: Vec<Request> = (0..200 * 20_u32)
        .map(|n| Request::new(u64::from(n % 20), 1).at(Timestamp(i64::from(n / 20) * HOUR)))
        .collect();
    assert_eq!(missed_bytes(&mut Lru::new(15), &trace), 4_000);
    let lhd = missed_bytes(&mut Lhd::new(15), &trace);
    assert!((1_000..1_300).contains(&lhd), "{lhd}");
}

#[test]
fn lhd_by_the_last_gaps_knows_who_comes_by_the_clock() {
    // Each of 24 is read twice a day, at its hour and at the next, and there is room for one: the one
    // whose last gap was long. Half of 2,880 reads hit at best, but for those around midnight.
    let mut trace = Vec::new();
    for hour in 0..24 * 60_u64 {
        let time = Timestamp(i64::try_from(hour).unwrap() * HOUR);
        let due = (0..24_u64).filter(|n| hour % 24 == *n || (hour + 23) % 24 == *n);
        trace.extend(due.map(|n| Request::new(n, 1).at(time)));
    }
    assert_eq!(trace.len(), 2_880);
    let mean = missed_bytes(&mut Lhd::new(1), &trace);
    let last = missed_bytes(&mut Lhd::new(1).by_last_gaps(), &trace);
    assert!(
        last < 1_700 && last < mean,
        "{last} misses, {mean} by the mean"
    );
}

#[test]
fn lhd_without_times_goes_by_requests() {
    let mut random = 1_u64;
    let objects: Vec<u64> = (0..20_000)
        .map(|_| {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695);
            let share = (random >> 40) % 1_000;
            share * share / 10_000
        })
        .collect();
    let lhd = misses(&mut Lhd::new(30), &objects);
    let lru = misses(&mut Lru::new(30), &objects);
    // If everything looked alike to it, what came first would stay, and more than half would miss.
    assert!(lhd < lru * 11 / 10, "{lhd} misses, LRU {lru}");
}

#[test]
fn a_scan_does_not_come_in_on_its_first_request() {
    let scan: Vec<u64> = (100..300).collect();
    let mut guarded = Admitted::new(Lru::new(20), SecondRequest::new(150));
    let mut open = Admitted::new(Lru::new(20), AdmitAll);
    let warm: Vec<u64> = (0..20).chain(0..20).collect();
    for cache in [&mut guarded as &mut dyn Eviction, &mut open] {
        hits(cache, &warm, 1);
        hits(cache, &scan, 1);
    }
    assert!((0..20).all(|object| guarded.contains(object)));
    assert!(!(0..20).any(|object| open.contains(object)));
    // What the scan's end has shown is remembered, its beginning is not.
    hits(&mut guarded, &[299, 100], 1);
    assert!(guarded.contains(299) && !guarded.contains(100));
}
