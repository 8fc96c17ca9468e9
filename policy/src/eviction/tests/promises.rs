//! What every policy promises, whatever is asked of it.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::{
    eviction::{Access, Belady, Eviction, EvictionPolicy, MAX_BUDGET, NextUses},
    trace::Request,
};

#[derive(Debug, Clone, Copy)]
enum Step {
    Access(Request),
    Remove(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let object = prop_oneof![3 => 0..12_u64, 1 => 0..60_u64];
    // Usually one size an object; sometimes it changes, is nothing, or more than there is room for.
    let access = (object.clone(), 0..40_u64).prop_map(|(object, extra)| {
        let bytes = match extra {
            0 => 0,
            1 => 500,
            2..6 => object * 7 % 30 + extra,
            _ => object * 7 % 30 + 1,
        };
        Step::Access(Request::new(object, bytes))
    });
    prop_oneof![20 => access, 1 => object.prop_map(Step::Remove)]
}

fn objects(steps: &[Step]) -> NextUses {
    NextUses::of(steps.iter().filter_map(|step| match step {
        Step::Access(request) => Some(request.object),
        Step::Remove(_) => None,
    }))
}

/// Keeps its own account of what is resident, from what the policy says of itself.
fn check(policy: &mut dyn Eviction, steps: &[Step]) -> Result<(), TestCaseError> {
    let mut resident: BTreeMap<u64, u64> = BTreeMap::new();
    for step in steps {
        match *step {
            Step::Access(request) => {
                let mut evicted = Vec::new();
                let access = policy.access(&request, &mut evicted);
                prop_assert_eq!(
                    access == Access::Hit,
                    resident.contains_key(&request.object)
                );
                prop_assert!(access == Access::Admitted || evicted.is_empty());
                for object in evicted {
                    prop_assert!(resident.remove(&object).is_some(), "{object} left twice");
                }
                if access == Access::Admitted {
                    resident.insert(request.object, request.bytes);
                }
                if request.bytes > policy.budget_bytes() {
                    prop_assert!(access != Access::Admitted);
                }
            }
            Step::Remove(object) => {
                prop_assert_eq!(policy.remove(object), resident.remove(&object).is_some());
            }
        }
        prop_assert_eq!(policy.used_bytes(), resident.values().sum::<u64>());
        prop_assert!(policy.used_bytes() <= policy.budget_bytes());
        for object in 0..60 {
            prop_assert_eq!(policy.contains(object), resident.contains_key(&object));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_books_are_right_and_the_budget_holds(
        steps in prop::collection::vec(step(), 0..300),
        budget in prop_oneof![0..10_u64, 10..400_u64, Just(5_000)],
    ) {
        for policy in EvictionPolicy::ALL {
            let mut policy: Box<dyn Eviction> = match policy {
                EvictionPolicy::Belady => Box::new(Belady::new(budget, objects(&steps))),
                _ => policy.build(budget).unwrap(),
            };
            check(policy.as_mut(), &steps)?;
        }
    }

    #[test]
    fn an_unlimited_budget_misses_only_what_is_new(objects in prop::collection::vec(0..50_u64, 0..200)) {
        for policy in EvictionPolicy::ALL.into_iter().filter(|p| !p.needs_future()) {
            let mut cache = policy.build(u64::MAX).unwrap();
            let mut seen = std::collections::BTreeSet::new();
            for object in &objects {
                let access = cache.access(&Request::new(*object, 1 << 40), &mut Vec::new());
                prop_assert_eq!(access == Access::Hit, !seen.insert(*object), "{}", policy);
            }
        }
    }
}

#[test]
fn sizes_near_the_largest_number_do_not_overflow() {
    for policy in EvictionPolicy::ALL {
        let objects = [1, 2, 1, 3, 1, 2, 4, 1, 2, 3, 4, 5, 1, 1, 2];
        let mut cache: Box<dyn Eviction> = match policy {
            EvictionPolicy::Belady => Box::new(Belady::new(u64::MAX, NextUses::of(objects))),
            _ => policy.build(u64::MAX).unwrap(),
        };
        assert_eq!(cache.budget_bytes(), MAX_BUDGET);
        for (n, object) in objects.into_iter().cycle().take(600).enumerate() {
            let bytes = [MAX_BUDGET, u64::MAX, MAX_BUDGET / 2, MAX_BUDGET / 3, 1][n * 7 % 5];
            cache.access(&Request::new(object, bytes), &mut Vec::new());
            assert!(cache.used_bytes() <= MAX_BUDGET, "{policy}");
        }
    }
}

#[test]
fn the_same_trace_gives_the_same_evictions() {
    for policy in EvictionPolicy::ALL
        .into_iter()
        .filter(|p| !p.needs_future())
    {
        let run = || {
            let mut cache = policy.build(500).unwrap();
            let mut evicted = Vec::new();
            let mut object = 1_u64;
            for _ in 0..5_000 {
                object = object
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let object = (object >> 40) % 97;
                cache.access(
                    &Request::new(object * object % 97, object % 40 + 1),
                    &mut evicted,
                );
            }
            evicted
        };
        let first = run();
        assert!(!first.is_empty());
        assert_eq!(first, run(), "{policy}");
    }
}
