//! Each policy beside a slow version that follows its paper line by line, on plain vectors, for
//! objects of one size.

use proptest::prelude::*;

use super::{hits, skewed};
use crate::eviction::{
    Arc, Clock, Eviction, Frequencies, Gdsf, Lfu, Lirs, Lru, S3Fifo, Sieve, TwoQ, WTinyLfu,
    w_tinylfu::sketch::Sketch,
};

/// Handles a request for an object; true if it was resident.
trait Model {
    fn access(&mut self, x: u64) -> bool;
}

fn agree(
    policy: &mut dyn Eviction,
    model: &mut dyn Model,
    objects: &[u64],
    bytes: u64,
) -> Result<(), TestCaseError> {
    let expected: Vec<bool> = objects.iter().map(|x| model.access(*x)).collect();
    prop_assert_eq!(hits(policy, objects, bytes), expected);
    Ok(())
}

fn take(list: &mut Vec<u64>, x: u64) -> bool {
    let found = list.iter().position(|y| *y == x);
    if let Some(found) = found {
        list.remove(found);
    }
    found.is_some()
}

/// The last element is the most recent, here and below.
struct LruModel(usize, Vec<u64>);

impl Model for LruModel {
    fn access(&mut self, x: u64) -> bool {
        let hit = take(&mut self.1, x);
        if !hit && self.1.len() == self.0 {
            self.1.remove(0);
        }
        self.1.push(x);
        hit
    }
}

/// Frames in a circle, a bit for each, and a hand that moves over them.
struct ClockModel {
    capacity: usize,
    frames: Vec<(u64, bool)>,
    hand: usize,
}

impl Model for ClockModel {
    fn access(&mut self, x: u64) -> bool {
        if let Some(frame) = self.frames.iter_mut().find(|frame| frame.0 == x) {
            frame.1 = true;
            return true;
        }
        if self.frames.len() < self.capacity {
            self.frames.push((x, false));
            return false;
        }
        while self.frames[self.hand].1 {
            self.frames[self.hand].1 = false;
            self.hand = (self.hand + 1) % self.capacity;
        }
        self.frames[self.hand] = (x, false);
        self.hand = (self.hand + 1) % self.capacity;
        false
    }
}

/// Algorithm 1 of the SIEVE paper. The head of its list is the last element here; the hand is an
/// index, or none.
struct SieveModel {
    capacity: usize,
    list: Vec<(u64, bool)>,
    hand: Option<usize>,
}

impl Model for SieveModel {
    fn access(&mut self, x: u64) -> bool {
        if let Some(entry) = self.list.iter_mut().find(|entry| entry.0 == x) {
            entry.1 = true;
            return true;
        }
        if self.list.len() == self.capacity {
            let mut o = self.hand.unwrap_or(0);
            while self.list[o].1 {
                self.list[o].1 = false;
                o = if o + 1 == self.list.len() { 0 } else { o + 1 };
            }
            self.list.remove(o);
            // The one before it towards the head has moved into its index.
            self.hand = (o < self.list.len()).then_some(o);
        }
        self.list.push((x, false));
        false
    }
}

/// Algorithm 1 of the S3-FIFO paper, with the start of the authors' own implementation.
struct S3FifoModel {
    capacity: usize,
    full: bool,
    s: Vec<(u64, u8)>,
    m: Vec<(u64, u8)>,
    g: Vec<u64>,
}

impl S3FifoModel {
    fn evict(&mut self) {
        if self.s.len() * 10 >= self.capacity {
            self.evict_s();
        } else {
            self.evict_m();
        }
    }

    fn evict_s(&mut self) {
        let mut evicted = false;
        while !evicted && !self.s.is_empty() {
            let (t, freq) = self.s.remove(0);
            if freq > 1 {
                self.m.push((t, 0));
                // "If M is full" stands for the loop in which this is called.
            } else {
                self.g.push(t);
                if self.g.len() * 10 > self.capacity * 9 {
                    self.g.remove(0);
                }
                evicted = true;
            }
        }
    }

    fn evict_m(&mut self) {
        let mut evicted = false;
        while !evicted && !self.m.is_empty() {
            let (t, freq) = self.m.remove(0);
            if freq > 0 {
                self.m.push((t, freq - 1));
            } else {
                evicted = true;
            }
        }
    }
}

impl Model for S3FifoModel {
    fn access(&mut self, x: u64) -> bool {
        if let Some(entry) = (self.s.iter_mut().chain(&mut self.m)).find(|entry| entry.0 == x) {
            entry.1 = (entry.1 + 1).min(3);
            return true;
        }
        let ghost = take(&mut self.g, x);
        while self.s.len() + self.m.len() >= self.capacity {
            self.full = true;
            self.evict();
        }
        if ghost || !self.full && self.s.len() * 10 >= self.capacity {
            self.m.push((x, 0));
        } else {
            self.s.push((x, 0));
        }
        false
    }
}

/// The full version of the 2Q paper, with "reclaimfor".
struct TwoQModel {
    capacity: usize,
    a1in: Vec<u64>,
    a1out: Vec<u64>,
    am: Vec<u64>,
}

impl TwoQModel {
    fn reclaim(&mut self) {
        if self.a1in.len() + self.am.len() < self.capacity {
            return;
        }
        if self.a1in.len() > self.capacity / 4 {
            let y = self.a1in.remove(0);
            self.a1out.push(y);
            if self.a1out.len() > self.capacity / 2 {
                self.a1out.remove(0);
            }
        } else {
            self.am.remove(0);
        }
    }
}

impl Model for TwoQModel {
    fn access(&mut self, x: u64) -> bool {
        if take(&mut self.am, x) {
            self.am.push(x);
            true
        } else if take(&mut self.a1out, x) {
            self.reclaim();
            self.am.push(x);
            false
        } else if self.a1in.contains(&x) {
            true
        } else {
            self.reclaim();
            self.a1in.push(x);
            false
        }
    }
}

/// Figure 4 of the ARC paper.
#[derive(Default)]
struct ArcModel {
    c: usize,
    p: f64,
    t1: Vec<u64>,
    t2: Vec<u64>,
    b1: Vec<u64>,
    b2: Vec<u64>,
}

impl ArcModel {
    fn replace(&mut self, in_b2: bool) {
        let t1 = self.t1.len() as f64;
        if !self.t1.is_empty() && (t1 > self.p || (in_b2 && t1 == self.p)) {
            let x = self.t1.remove(0);
            self.b1.push(x);
        } else {
            let x = self.t2.remove(0);
            self.b2.push(x);
        }
    }
}

impl Model for ArcModel {
    fn access(&mut self, x: u64) -> bool {
        let (b1, b2) = (self.b1.len() as f64, self.b2.len() as f64);
        if take(&mut self.t1, x) || take(&mut self.t2, x) {
            self.t2.push(x);
            return true;
        }
        if self.b1.contains(&x) {
            let delta = if b1 >= b2 { 1.0 } else { b2 / b1 };
            self.p = (self.p + delta).min(self.c as f64);
            self.replace(false);
            take(&mut self.b1, x);
            self.t2.push(x);
            return false;
        }
        if self.b2.contains(&x) {
            let delta = if b2 >= b1 { 1.0 } else { b1 / b2 };
            self.p = (self.p - delta).max(0.0);
            self.replace(true);
            take(&mut self.b2, x);
            self.t2.push(x);
            return false;
        }
        let l1 = self.t1.len() + self.b1.len();
        let all = l1 + self.t2.len() + self.b2.len();
        if l1 == self.c {
            if self.t1.len() < self.c {
                self.b1.remove(0);
                self.replace(false);
            } else {
                self.t1.remove(0);
            }
        } else if all >= self.c {
            if all == 2 * self.c {
                self.b2.remove(0);
            }
            self.replace(false);
        }
        self.t1.push(x);
        false
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Block {
    Lir,
    Hir,
    Gone,
}

/// Section 3.3 of the LIRS paper, with a bound on the stack.
struct LirsModel {
    capacity: usize,
    lirs: usize,
    s: Vec<(u64, Block)>,
    q: Vec<u64>,
    /// Those that are gone from the cache but not from the stack, in the order in which they left.
    left: Vec<u64>,
}

impl LirsModel {
    fn new(capacity: usize) -> Self {
        let lirs = capacity - (capacity / 100).max(1);
        let (s, q, left) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            capacity,
            lirs,
            s,
            q,
            left,
        }
    }

    fn count_lir(&self) -> usize {
        self.s.iter().filter(|e| e.1 == Block::Lir).count()
    }

    fn prune(&mut self) {
        while self.s.first().is_some_and(|e| e.1 != Block::Lir) {
            let (x, _) = self.s.remove(0);
            take(&mut self.left, x);
        }
    }

    fn move_to_top(&mut self, x: u64, block: Block) {
        self.s.retain(|e| e.0 != x);
        self.s.push((x, block));
    }

    /// The bottom of the stack becomes HIR, at the end of the queue.
    fn turn_bottom(&mut self) {
        let (x, block) = self.s.remove(0);
        assert!(block == Block::Lir);
        self.q.push(x);
        self.prune();
    }
}

impl Model for LirsModel {
    fn access(&mut self, x: u64) -> bool {
        let block = self.s.iter().find(|e| e.0 == x).map(|e| e.1);
        let resident = block == Some(Block::Lir) || self.q.contains(&x);
        if block == Some(Block::Lir) {
            self.move_to_top(x, Block::Lir);
            self.prune();
        } else if self.q.contains(&x) {
            if block == Some(Block::Hir) {
                self.move_to_top(x, Block::Lir);
                take(&mut self.q, x);
                self.turn_bottom();
            } else {
                self.move_to_top(x, Block::Hir);
                take(&mut self.q, x);
                self.q.push(x);
            }
        } else {
            take(&mut self.left, x);
            if self.count_lir() + self.q.len() == self.capacity {
                let y = self.q.remove(0);
                if let Some(entry) = self.s.iter_mut().find(|e| e.0 == y) {
                    entry.1 = Block::Gone;
                    self.left.push(y);
                }
            }
            if block == Some(Block::Gone) {
                self.move_to_top(x, Block::Lir);
                self.turn_bottom();
            } else if self.count_lir() < self.lirs {
                self.move_to_top(x, Block::Lir);
            } else {
                self.move_to_top(x, Block::Hir);
                self.q.push(x);
            }
        }
        while self.s.len() > 2 * self.capacity {
            let y = self.left.remove(0);
            self.s.retain(|e| e.0 != y);
        }
        resident
    }
}

/// Counts and ticks of the last access; the least of (count, tick) leaves.
struct LfuModel(usize, Vec<(u64, u64, u64)>, u64);

impl Model for LfuModel {
    fn access(&mut self, x: u64) -> bool {
        self.2 += 1;
        if let Some(entry) = self.1.iter_mut().find(|e| e.0 == x) {
            *entry = (x, entry.1 + 1, self.2);
            return true;
        }
        if self.1.len() == self.0 {
            let victim = self.1.iter().min_by_key(|e| (e.1, e.2)).unwrap().0;
            self.1.retain(|e| e.0 != victim);
        }
        self.1.push((x, 1, self.2));
        false
    }
}

/// Every access of each resident object, weighed anew for every eviction.
struct DecayModel {
    capacity: usize,
    half_life: f64,
    accesses: Vec<(u64, Vec<u64>)>,
    now: u64,
}

impl DecayModel {
    fn weight(&self, accesses: &[u64]) -> f64 {
        let ages = accesses.iter().map(|at| (self.now - at) as f64);
        ages.map(|age| 0.5_f64.powf(age / self.half_life)).sum()
    }
}

/// Section 3 of the GDSF report: the newcomer joins, and the lowest leave; if it is one of them, only it.
struct GdsfModel {
    budget: u64,
    clock: f64,
    /// Object, size, frequency, priority, tick.
    objects: Vec<(u64, u64, u64, f64, u64)>,
    now: u64,
}

impl GdsfModel {
    fn access(&mut self, x: u64, size: u64) -> bool {
        self.now += 1;
        let (clock, now) = (self.clock, self.now);
        if let Some(o) = self.objects.iter_mut().find(|o| o.0 == x) {
            let frequency = o.2 + 1;
            let density = 1.0 / size as f64;
            *o = (x, size, frequency, clock + frequency as f64 * density, now);
            return true;
        }
        let priority = clock + 1.0 / size as f64;
        self.objects.push((x, size, 1, priority, now));
        let before = self.objects.clone();
        while self.objects.iter().map(|o| o.1).sum::<u64>() > self.budget {
            let lowest = |a: &&(_, _, _, f64, u64), b: &&(_, _, _, f64, u64)| {
                a.3.total_cmp(&b.3).then(a.4.cmp(&b.4))
            };
            let victim = *self.objects.iter().min_by(lowest).unwrap();
            self.clock = victim.3;
            self.objects.retain(|o| o.0 != victim.0);
            if victim.0 == x {
                self.objects = before;
                self.objects.retain(|o| o.0 != x);
                break;
            }
        }
        false
    }
}

/// Figure 5 of the TinyLFU paper: window, probation, protected; the sketch is tested by itself.
struct WTinyLfuModel {
    window: usize,
    protected: usize,
    main: usize,
    w: Vec<u64>,
    a1: Vec<u64>,
    a2: Vec<u64>,
    sketch: Sketch,
}

impl Model for WTinyLfuModel {
    fn access(&mut self, x: u64) -> bool {
        self.sketch
            .make_room(self.w.len() + self.a1.len() + self.a2.len());
        self.sketch.add(x);
        if take(&mut self.w, x) {
            self.w.push(x);
            return true;
        }
        if take(&mut self.a2, x) {
            self.a2.push(x);
            return true;
        }
        if take(&mut self.a1, x) {
            self.a2.push(x);
            if self.a2.len() > self.protected {
                let y = self.a2.remove(0);
                self.a1.push(y);
            }
            return true;
        }
        self.w.push(x);
        if self.w.len() > self.window {
            let candidate = self.w.remove(0);
            if self.a1.len() + self.a2.len() < self.main {
                self.a1.push(candidate);
            } else {
                let from = if self.a1.is_empty() {
                    &mut self.a2
                } else {
                    &mut self.a1
                };
                if self.sketch.estimate(candidate) > self.sketch.estimate(from[0]) {
                    from.remove(0);
                    self.a1.push(candidate);
                }
            }
        }
        false
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn lru(objects in skewed(30, 300), capacity in 1..30_usize) {
        let mut model = LruModel(capacity, Vec::new());
        agree(&mut Lru::new(capacity as u64), &mut model, &objects, 1)?;
    }

    #[test]
    fn clock(objects in skewed(30, 300), capacity in 1..30_usize) {
        let mut model = ClockModel { capacity, frames: Vec::new(), hand: 0 };
        agree(&mut Clock::new(capacity as u64), &mut model, &objects, 1)?;
    }

    #[test]
    fn sieve(objects in skewed(30, 300), capacity in 1..30_usize) {
        let mut model = SieveModel { capacity, list: Vec::new(), hand: None };
        agree(&mut Sieve::new(capacity as u64), &mut model, &objects, 1)?;
    }

    // Capacities whose shares are whole objects, because the papers don't say how to round.
    #[test]
    fn s3_fifo(objects in skewed(60, 600), capacity in (1..5_usize).prop_map(|n| n * 10)) {
        let mut model = S3FifoModel { capacity, full: false, s: Vec::new(), m: Vec::new(), g: Vec::new() };
        agree(&mut S3Fifo::new(capacity as u64), &mut model, &objects, 1)?;
    }

    #[test]
    fn two_q(objects in skewed(50, 500), capacity in (1..10_usize).prop_map(|n| n * 4)) {
        let (a1in, a1out, am) = (Vec::new(), Vec::new(), Vec::new());
        let mut model = TwoQModel { capacity, a1in, a1out, am };
        agree(&mut TwoQ::new(capacity as u64), &mut model, &objects, 1)?;
    }

    #[test]
    fn arc(objects in skewed(30, 400), capacity in 1..30_usize, power in 1..9_u32) {
        let mut model = ArcModel { c: capacity, ..ArcModel::default() };
        agree(&mut Arc::new(capacity as u64), &mut model, &objects, 1)?;
        // A larger unit changes nothing. (A power of two, by which fractions scale exactly.)
        let bytes = 1 << power;
        let mut model = ArcModel { c: capacity, ..ArcModel::default() };
        agree(&mut Arc::new(capacity as u64 * bytes), &mut model, &objects, bytes)?;
    }

    #[test]
    fn lirs(objects in skewed(30, 400), capacity in 2..30_usize) {
        agree(&mut Lirs::new(capacity as u64), &mut LirsModel::new(capacity), &objects, 1)?;
    }

    #[test]
    fn lirs_with_more_than_one_block_outside(objects in skewed(400, 1_500)) {
        agree(&mut Lirs::new(200), &mut LirsModel::new(200), &objects, 1)?;
    }

    #[test]
    fn lfu_without_decay(objects in skewed(30, 300), capacity in 1..30_usize) {
        let mut model = LfuModel(capacity, Vec::new(), 0);
        let mut lfu = Lfu::new(capacity as u64).without_decay();
        agree(&mut lfu, &mut model, &objects, 1)?;
    }

    #[test]
    fn lfu_evicts_the_least_decayed_count(objects in skewed(30, 300), capacity in 1..20_usize) {
        let half_life = Lfu::DEFAULT_HALF_LIFE * capacity as f64;
        let mut model = DecayModel { capacity, half_life, accesses: Vec::new(), now: 0 };
        let mut lfu = Lfu::new(capacity as u64);
        for x in objects {
            model.now += 1;
            let mut evicted = Vec::new();
            lfu.access(&crate::trace::Request::new(x, 1), &mut evicted);
            if let Some(entry) = model.accesses.iter_mut().find(|e| e.0 == x) {
                entry.1.push(model.now);
                prop_assert!(evicted.is_empty());
                continue;
            }
            if model.accesses.len() == model.capacity {
                let weights = model.accesses.iter().map(|e| (e.0, model.weight(&e.1)));
                let weights: std::collections::BTreeMap<u64, f64> = weights.collect();
                prop_assert_eq!(evicted.len(), 1);
                let least = weights.values().copied().fold(f64::INFINITY, f64::min);
                prop_assert!(weights[&evicted[0]] <= least * (1.0 + 1e-9));
                model.accesses.retain(|e| e.0 != evicted[0]);
            }
            model.accesses.push((x, vec![model.now]));
        }
    }

    #[test]
    fn gdsf(objects in skewed(30, 300), budget in 50..300_u64) {
        let mut model = GdsfModel { budget, clock: 0.0, objects: Vec::new(), now: 0 };
        let mut gdsf = Gdsf::new(budget);
        for x in objects {
            let request = crate::trace::Request::new(x, x * 7 % 50 + 1);
            let access = gdsf.access(&request, &mut Vec::new());
            let hit = model.access(x, request.bytes);
            prop_assert_eq!(access == crate::eviction::Access::Hit, hit);
        }
    }

    #[test]
    fn w_tinylfu(objects in skewed(300, 1_500)) {
        // One hundred objects of ten bytes: one in the window, 79 protected.
        let (w, a1, a2, sketch) = (Vec::new(), Vec::new(), Vec::new(), Sketch::new());
        let mut model = WTinyLfuModel { window: 1, protected: 79, main: 99, w, a1, a2, sketch };
        agree(&mut WTinyLfu::new(1_000), &mut model, &objects, 10)?;
    }
}
