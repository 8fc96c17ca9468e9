//! Policies by chance.

use std::time::Duration;

use thermocline_testing::Random;
use thermocline_tiers::{
    AgeRule, Budget, Error, EvictionPolicy, HeatRule, Policy, Store, TableRules, Timestamp,
};

use super::Shared;
use crate::model::{At, Model};

/// Events are of so many minutes of 1970.
const MINUTES: usize = 10_000;

/// Any policy.
pub(crate) fn policy(random: &mut Random, now: Timestamp) -> Policy {
    let mut policy = Policy::default();
    let eviction = |random: &mut Random| {
        let all = EvictionPolicy::ALL;
        all.get(random.below(all.len()))
            .copied()
            .unwrap_or_default()
    };
    let bytes = |random: &mut Random| {
        let budget = Budget::of(500 << random.below(8));
        budget.with_eviction(eviction(random)).unwrap_or(budget)
    };
    if random.one_in(2) {
        policy = policy.with_hot_budget(bytes(random));
    }
    if random.one_in(2) {
        policy = policy.with_warm_budget(bytes(random));
    }
    // Lives are shorter than the stay that ages wait for otherwise.
    let mut rules = TableRules::default().with_min_stay(Duration::ZERO);
    let age = |random: &mut Random| {
        let seconds = 1_u64 << random.below(10);
        AgeRule::time_in_tier(Duration::from_secs(seconds))
    };
    if random.one_in(2) {
        rules = rules.with_hot_to_warm(age(random));
    }
    if random.one_in(2) {
        rules = rules.with_warm_to_cold(age(random));
    }
    let reads = |random: &mut Random| HeatRule::reads(0.5 + random.below(3) as f64).ok();
    if random.one_in(3) {
        rules.cold_to_warm = reads(random);
        rules.warm_to_hot = reads(random);
        rules.cool_down = Some(Duration::ZERO);
    }
    if random.one_in(3) {
        // All of them are too old, or a part is.
        let minutes = match random.one_in(3) {
            true => random.below(MINUTES),
            false => MINUTES,
        };
        rules = rules.with_retention(events_before(minutes, now));
    }
    policy.with_default_rules(rules)
}

/// A policy that forgets all that has an event time.
pub(super) fn forgetful(now: Timestamp) -> Policy {
    let rules = TableRules::default().with_retention(events_before(MINUTES, now));
    Policy::default().with_default_rules(rules)
}

/// A lifetime that events before this minute of 1970 are over by now. Where there is no event time,
/// nothing is as old as that.
fn events_before(minute: usize, now: Timestamp) -> AgeRule {
    let oldest = Duration::from_secs(60 * minute as u64);
    let now = Duration::from_micros(now.0.unsigned_abs());
    AgeRule::event_time(now.saturating_sub(oldest))
}

/// A policy is about to be set: what it may forget is no loss from now on. Returns which it is.
pub(crate) fn announce(model: &mut Model, policy: &Policy, now: Timestamp, at: At) -> usize {
    model.retention.pass(now.0);
    let retention = policy.default_rules.retention;
    model
        .retention
        .setting(retention.map(|rule| rule.older_than), at)
}

/// Sets a policy.
pub(super) async fn set(shared: &Shared, store: &Store, policy: Policy) -> Result<(), Error> {
    let now = shared.env.clock.now();
    let number = announce(
        &mut shared.model.borrow_mut(),
        &policy,
        now,
        shared.disk.steps(),
    );
    store.set_policy(policy).await?;
    shared.model.borrow_mut().policy_is_set(number);
    Ok(())
}
