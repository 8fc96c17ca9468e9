//! Numbers that stand in textbooks and papers, or were worked out by hand.

use super::{hits, misses};
use crate::{
    eviction::{Access, Clock, Eviction, Gdsf, Lfu, Lirs, Lru, S3Fifo, Sieve, TwoQ},
    trace::Request,
};

/// The reference string of Silberschatz, Galvin, Gagne: "Operating System Concepts", chapter 9.4.
const SILBERSCHATZ: [u64; 20] = [7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1, 2, 0, 1, 7, 0, 1];
/// The string of Belady's anomaly.
const ANOMALY: [u64; 12] = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5];

#[test]
fn lru_has_the_faults_of_the_textbook() {
    assert_eq!(misses(&mut Lru::new(3), &SILBERSCHATZ), 12);
    assert_eq!(misses(&mut Lru::new(3), &ANOMALY), 10);
    assert_eq!(misses(&mut Lru::new(4), &ANOMALY), 8);
}

#[test]
fn clock_gives_a_used_object_a_second_chance() {
    let mut clock = Clock::new(3);
    // 1 is used, so 2 leaves for 4; then 3 leaves for 5, as 1 stands behind it now.
    assert_eq!(misses(&mut clock, &[1, 2, 3, 1, 4, 5]), 5);
    let held: Vec<u64> = (1..=5).filter(|x| clock.contains(*x)).collect();
    assert_eq!(held, [1, 4, 5]);
}

#[test]
fn sieve_keeps_survivors_in_their_place() {
    let mut sieve = Sieve::new(3);
    // The hand passes 1, clears its bit, and takes 2. It goes on at 3, not back at 1.
    hits(&mut sieve, &[1, 2, 3, 1, 4], 1);
    assert!(sieve.contains(1) && !sieve.contains(2));
    hits(&mut sieve, &[5], 1);
    assert!(sieve.contains(1) && !sieve.contains(3));
    // Now at 4, then 5, and only then round to 1.
    hits(&mut sieve, &[6], 1);
    assert!(sieve.contains(1) && !sieve.contains(4));
}

#[test]
fn s3_fifo_drops_one_hit_wonders_first_and_remembers_them() {
    let mut cache = S3Fifo::new(10);
    // The small queue has room for 0, the main queue for the rest.
    hits(&mut cache, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 1);
    // 0 leaves first, is remembered, and comes back to the main queue.
    hits(&mut cache, &[10], 1);
    assert!(!cache.contains(0) && cache.contains(1));
    hits(&mut cache, &[0], 1);
    // A scan passes by: of the main queue only 1 leaves, which was one too many.
    let scan: Vec<u64> = (100..130).collect();
    hits(&mut cache, &scan, 1);
    let held: Vec<u64> = (0..130).filter(|x| cache.contains(*x)).collect();
    assert_eq!(held, [0, 2, 3, 4, 5, 6, 7, 8, 9, 129]);
    // Two accesses after the first bring a newcomer to the main queue, and 2 leaves for it.
    hits(&mut cache, &[200, 200, 200, 201, 202], 1);
    assert!(cache.contains(200) && !cache.contains(2) && !cache.contains(201));
}

#[test]
fn two_q_takes_no_second_access_in_the_first_queue_for_a_return() {
    let mut cache = TwoQ::new(4);
    hits(&mut cache, &[1, 1, 1, 2, 3, 4, 5], 1);
    assert!(!cache.contains(1), "first in, first out");
    // Back from the ghosts, 1 outlives a scan.
    hits(&mut cache, &[1, 6, 7, 8, 9, 10], 1);
    assert!(cache.contains(1));
}

#[test]
fn lirs_worked_by_hand_with_three_blocks() {
    let mut cache = Lirs::new(3);
    // LIR {1, 2}, then 3 is HIR. 4 evicts 3. 3 comes back within the stack: LIR {2, 3}, 1 is HIR and
    // still resident.
    assert_eq!(
        hits(&mut cache, &[1, 2, 3, 4, 3, 1, 2, 1], 1),
        [false, false, false, false, false, true, true, true]
    );
    // 1 was hit in the stack and became LIR for 3; a new block evicts 3 and nothing else.
    let mut evicted = Vec::new();
    assert_eq!(
        cache.access(&Request::new(5, 1), &mut evicted),
        Access::Admitted
    );
    assert_eq!(evicted, [3]);
}

#[test]
fn gdsf_prefers_the_small_and_the_often_used() {
    let mut cache = Gdsf::new(100);
    let mut evicted = Vec::new();
    for (object, bytes) in [(1, 10), (2, 60), (3, 30), (3, 30)] {
        cache.access(&Request::new(object, bytes), &mut evicted);
    }
    // Priorities 1/10, 1/60, 2/30: 2 leaves; then 3, though it was used last.
    cache.access(&Request::new(4, 20), &mut evicted);
    assert_eq!(evicted, [2]);
    // The clock is at 1/60. 5 has 1/60 + 1/50, which is less than the 1/20 of 4: it isn't admitted.
    let five = Request::new(5, 50);
    assert_eq!(cache.access(&five, &mut evicted), Access::Bypassed);
    // But the clock has moved there, and so it has more than 4 at the second time.
    assert_eq!(cache.access(&five, &mut evicted), Access::Admitted);
    assert_eq!(evicted, [2, 4]);
}

#[test]
fn gdsf_with_a_cost_of_bytes_does_not_mind_size() {
    let cost = crate::eviction::MissCost::new(0.0, 1.0).unwrap();
    let mut cache = Gdsf::new(100).with_cost(cost);
    let mut evicted = Vec::new();
    // All have priority 1, 3 has 2: the oldest leave.
    for (object, bytes) in [(1, 10), (2, 60), (3, 30), (3, 30), (4, 20)] {
        cache.access(&Request::new(object, bytes), &mut evicted);
    }
    assert_eq!(evicted, [1, 2]);
}

#[test]
fn lfu_forgets_old_fame_and_lfu_without_decay_does_not() {
    let mut trace = vec![1; 20];
    // Others are used again and again, but never as often as 1 was; 1 never again.
    for round in 0..400 {
        trace.extend([2 + round % 2, 2 + round % 2, 10 + round]);
    }
    let mut faded = Lfu::new(3);
    let mut forever = Lfu::new(3).without_decay();
    hits(&mut faded, &trace, 1);
    hits(&mut forever, &trace[..trace.len().min(50)], 1);
    assert!(!faded.contains(1));
    assert!(forever.contains(1));
}
