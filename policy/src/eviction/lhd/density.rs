//! How many hits an object gives for the time it is kept, by its class and the time since its last
//! request.

use crate::eviction::map::Map;

/// Times are counted in units of 2²⁵ microseconds, 34 seconds. What returns sooner counts as kept for one:
/// otherwise the queries of one dashboard, which read the same in the same second, would make
/// everything that was just read look better than everything else.
const UNIT_BITS: u32 = 25;
/// Buckets of time: four for each doubling, from a unit to 17 years.
const BUCKETS: usize = 1 + 4 * DOUBLINGS;
const DOUBLINGS: usize = 24;
/// What is known of all classes together counts as much as this many objects of a class.
const PRIOR: f64 = 8.0;
/// What was learned before a refresh counts so much after it.
const DECAY: f64 = 0.97;
/// A class with fewer returns is forgotten.
const FORGOTTEN: f64 = 0.01;

/// The number of a time in microseconds, two for each doubling, from 1; below 64.
pub(super) fn half_doubling(micros: u64) -> u64 {
    1 + bucket(micros) as u64 / 2
}

/// The bucket of a time in microseconds.
fn bucket(micros: u64) -> usize {
    let units = micros >> UNIT_BITS;
    let Some(doublings) = units.checked_ilog2() else {
        return 0;
    };
    // The two bits behind the highest.
    let quarter = if doublings >= 2 {
        units >> (doublings - 2) & 3
    } else {
        units << (2 - doublings) & 3
    };
    let bucket = 1 + 4 * u64::from(doublings) + quarter;
    usize::try_from(bucket).map_or(BUCKETS - 1, |bucket| bucket.min(BUCKETS - 1))
}

/// How long each bucket is, in units.
fn widths() -> impl Iterator<Item = f64> {
    let firsts = std::iter::successors(Some(1.0), |units| Some(units * 2.0));
    let quarters = firsts.flat_map(|units| std::iter::repeat_n(units / 4.0, 4));
    std::iter::once(1.0).chain(quarters).take(BUCKETS)
}

/// By bucket of the time since the last request.
type ByAge = Vec<f64>;

#[derive(Debug, Clone)]
struct Class {
    /// Requests that came so long after the one before.
    returned: ByAge,
    /// Objects that have waited so long for the next.
    still: ByAge,
    /// Hits for each unit of time that the object is kept, at best.
    density: ByAge,
}

impl Default for Class {
    fn default() -> Self {
        Self {
            returned: vec![0.0; BUCKETS],
            still: vec![0.0; BUCKETS],
            density: vec![0.0; BUCKETS],
        }
    }
}

impl Class {
    /// Takes over the densities of a hazard; what it was learned from fades.
    fn conclude(&mut self, hazard: &[f64]) {
        self.density = densities(hazard);
        self.returned.iter_mut().for_each(|count| *count *= DECAY);
        self.still.fill(0.0);
    }

    /// Whether enough is left of what was learned.
    fn is_known(&self) -> bool {
        self.returned.iter().sum::<f64>() > FORGOTTEN
    }
}

/// What is learned of each class, and the densities that follow.
#[derive(Debug, Default)]
pub(super) struct Densities {
    classes: Map<Class>,
    all: Class,
}

impl Densities {
    /// An object of this class was asked for again after this time.
    pub(super) fn learn(&mut self, class: u64, gap: u64) {
        let bucket = bucket(gap);
        let of_class = self.classes.entry(class).or_default();
        for class in [of_class, &mut self.all] {
            if let Some(count) = class.returned.get_mut(bucket) {
                *count += 1.0;
            }
        }
    }

    /// The density of an object of this class so long after its last request; that of all, if nothing
    /// is known of the class.
    pub(super) fn of(&self, class: u64, age: u64) -> f64 {
        let class = self.classes.get(&class).unwrap_or(&self.all);
        class.density.get(bucket(age)).copied().unwrap_or(0.0)
    }

    /// Computes the densities again. Of objects whose next request has not come yet it is known that
    /// they have waited so long: each with its class and the time since its last request.
    pub(super) fn refresh(&mut self, waiting: impl Iterator<Item = (u64, u64)>) {
        for (class, age) in waiting {
            let bucket = bucket(age);
            let of_class = self.classes.entry(class).or_default();
            for class in [of_class, &mut self.all] {
                if let Some(count) = class.still.get_mut(bucket) {
                    *count += 1.0;
                }
            }
        }
        let usual = hazard(&self.all, &[], 0.0);
        self.all.conclude(&usual);
        for class in self.classes.values_mut() {
            class.conclude(&hazard(class, &usual, PRIOR));
        }
        self.classes.retain(|_, class| class.is_known());
    }
}

/// For each bucket, which share of those that came so far comes back within it (E. L. Kaplan, P. Meier:
/// "Nonparametric estimation from incomplete observations", Journal of the American Statistical
/// Association 53, 1958), drawn to the usual share by so many objects of it.
fn hazard(class: &Class, usual: &[f64], prior: f64) -> ByAge {
    let Class {
        returned, still, ..
    } = class;
    let mut later = 0.0;
    let usual = usual.iter().copied().chain(std::iter::repeat(0.0));
    let usual: ByAge = usual.take(returned.len()).collect();
    let mut hazard: ByAge = returned
        .iter()
        .zip(still)
        .zip(usual)
        .rev()
        .map(|((returned, still), usual)| {
            let at_risk = later + returned + still / 2.0;
            later += returned + still;
            let weight = at_risk + prior;
            if weight > 0.0 {
                (returned + prior * usual) / weight
            } else {
                0.0
            }
        })
        .collect();
    hazard.reverse();
    hazard
}

/// For each bucket, the most hits a unit of time that keeping from there on can give: over every time
/// to stop, the chance of a hit before it divided by the time that is expected to pass.
///
/// In the plane of time kept and hits, that is the steepest line from the bucket's point to a later
/// one, so only the upper hull of the later points matters, and all buckets together take linear time.
fn densities(hazard: &[f64]) -> ByAge {
    let (mut left, mut hits, mut kept) = (1.0, 0.0, 0.0);
    let mut points = vec![(kept, hits)];
    for (share, width) in hazard.iter().zip(widths()) {
        let hit = left * share.clamp(0.0, 1.0);
        kept += (left - hit / 2.0) * width;
        hits += hit;
        left -= hit;
        points.push((kept, hits));
    }
    let slope = |from: (f64, f64), to: (f64, f64)| {
        let time = to.0 - from.0;
        if time > 0.0 {
            (to.1 - from.1) / time
        } else {
            0.0
        }
    };
    let mut hull: Vec<(f64, f64)> = points.pop().into_iter().collect();
    let mut densities = Vec::with_capacity(points.len());
    for point in points.into_iter().rev() {
        while let [.., second, first] = hull.as_slice()
            && slope(point, *second) >= slope(point, *first)
        {
            hull.pop();
        }
        densities.push(hull.last().map_or(0.0, |first| slope(point, *first)));
        hull.push(point);
    }
    densities.reverse();
    densities
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn buckets_are_quarters_of_doublings() {
        let units = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 19, 20];
        let seen = units.map(|units| bucket(units << UNIT_BITS));
        assert_eq!(seen, [0, 1, 5, 7, 9, 10, 11, 12, 13, 13, 14, 17, 17, 18]);
        assert_eq!(bucket((1 << UNIT_BITS) - 1), 0);
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
        for doublings in 2..DOUBLINGS {
            for quarter in 0..4 {
                let from = (4 + quarter) << (doublings - 2);
                let n = 1 + 4 * doublings + quarter;
                assert_eq!(bucket((from as u64) << UNIT_BITS), n);
                assert_eq!(widths().take(n).sum::<f64>(), from as f64);
            }
        }
        assert!(half_doubling(u64::MAX) < 64);
        assert_eq!((half_doubling(0), half_doubling(1 << UNIT_BITS)), (1, 1));
    }

    proptest! {
        #[test]
        fn the_hull_finds_the_best_time_to_stop(
            some in prop::collection::vec((0..BUCKETS, 0.0..0.6_f64), 0..30),
        ) {
            let mut hazard = vec![0.0; BUCKETS];
            some.into_iter().for_each(|(bucket, share)| hazard[bucket] = share);
            let found = densities(&hazard);
            let widths: Vec<f64> = widths().collect();
            for (from, found) in found.iter().enumerate() {
                // Every time to stop, from an object that has come so far.
                let (mut left, mut hits, mut kept, mut best) = (1.0, 0.0, 0.0, 0.0_f64);
                for bucket in from..BUCKETS {
                    let hit = left * hazard[bucket];
                    hits += hit;
                    kept += (left - hit / 2.0) * widths[bucket];
                    left -= hit;
                    best = best.max(hits / kept);
                }
                prop_assert!(
                    (found - best).abs() <= best * 1e-3 + 1e-12,
                    "{from}: {found} instead of {best}"
                );
            }
        }
    }

    #[test]
    fn who_waits_without_coming_back_lowers_the_share() {
        // Of ten, five came back in the first bucket; the others wait in the second.
        let class = Class {
            returned: vec![5.0, 0.0],
            still: vec![0.0, 5.0],
            density: Vec::new(),
        };
        assert_eq!(hazard(&class, &[], 0.0), [0.5, 0.0]);
        // Ten more of whom the usual nine come back.
        assert_eq!(hazard(&class, &[0.9, 0.0], 10.0), [0.7, 0.0]);
    }

    #[test]
    fn density_grows_until_the_usual_time_and_falls_behind_it() {
        let mut densities = Densities::default();
        let (hour, minute) = (3_600_000_000, 60_000_000);
        for _ in 0..500 {
            densities.learn(7, hour);
        }
        densities.refresh(std::iter::empty());
        let at = |age| densities.of(7, age);
        assert!(at(50 * minute) > 3.0 * at(minute));
        assert!(at(3 * hour) < at(minute) / 3.0);
        assert_eq!(Densities::default().of(3, hour), 0.0);
    }
}
