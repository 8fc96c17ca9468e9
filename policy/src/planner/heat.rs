//! Heat: copies for what is read, none for what isn't any more.

use super::{Draft, Segment};
use crate::{Action, Reason, Tier};

/// Whether a copy that was read `victim` times makes room for a segment that was read `candidate` times.
///
/// Heat wavers by one read, down from each read to the next. So the candidate is judged as it will be
/// just before its next read, the victim as just after it, and the candidate must still be ahead by half;
/// or two segments that are read equally would push each other out for ever.
fn makes_room(victim: f64, candidate: f64) -> bool {
    candidate - 1.0 >= 1.5 * (victim + 1.0)
}

/// Drops every copy that is read too seldom by now.
pub(super) fn drop_cooled(draft: &mut Draft<'_>) {
    let half_life = draft.policy.half_life;
    draft.move_each(|segment, now| {
        let facts = segment.facts;
        if !segment.is_free() || facts.copies.is_empty() {
            return None;
        }
        let reads = segment.reads(now, half_life);
        let may_go = segment
            .rules
            .stays_until(segment.copies_since(), now)
            .is_none();
        let (tier, rule) = [Tier::Hot, Tier::Warm].into_iter().find_map(|tier| {
            let rule = segment.rules.heat_for(tier)?;
            let cooled = facts.has_copy(tier) && reads < rule.drop_below();
            let allowed = segment.allows(facts.tier_without_copy(tier));
            (cooled && allowed && may_go).then_some((tier, rule))
        })?;
        let drop_below = rule.drop_below();
        Some((
            Action::DropCopy { tier },
            Reason::ReadSeldom { reads, drop_below },
        ))
    });
}

/// Leaves copies in `to` of what is read often enough in the next slower tier, the most read first, as
/// far as there is room.
///
/// Whether a segment may come in at all is a decision of its own (admission): it needs its number of
/// whole reads, which one scan doesn't give it, and where the tier is full, it must be read clearly more
/// than the copies that leave for it. (The idea of comparing candidate and victim is TinyLFU's:
/// G. Einziger, R. Friedman, B. Manes, ACM Transactions on Storage 13(4), 2017.)
pub(super) fn promote_read(draft: &mut Draft<'_>, to: Tier) {
    let (now, half_life) = (draft.now, draft.policy.half_life);
    let limit = draft
        .policy
        .budgets
        .at(to)
        .map(|budget| budget.high_bytes());
    let mut wanted: Vec<(f64, usize)> = Vec::new();
    for (index, segment) in draft.segments.iter().enumerate() {
        if !segment.is_free() || to.colder() != Some(segment.facts.tier()) {
            continue;
        }
        let Some(rule) = segment.rules.heat_for(to) else {
            continue;
        };
        let reads = segment.reads(now, half_life);
        if reads >= rule.promote_at() && segment.rules.cools_until(segment.facts, now).is_none() {
            wanted.push((reads, index));
        }
    }
    wanted.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    if wanted.is_empty() {
        return;
    }
    let mut victims = Victims::collect(draft, to, limit);
    for (reads, index) in wanted {
        let Some((id, bytes, rule)) = draft.segments.get(index).and_then(|segment| {
            let rule = segment.rules.heat_for(to)?;
            Some((segment.facts.segment, segment.facts.bytes.at(to), rule))
        }) else {
            continue;
        };
        if let Some(limit) = limit {
            let room = limit.saturating_sub(draft.plan.after.at(to));
            if bytes > room {
                let Some(leaving) = victims.take(bytes - room, reads) else {
                    continue;
                };
                for (victim_reads, victim) in leaving {
                    let reason = Reason::MakesRoom {
                        for_segment: id,
                        reads: victim_reads,
                        its_reads: reads,
                    };
                    let action = Action::DropCopy { tier: to };
                    if let Some(segment) = draft.segments.get_mut(victim) {
                        segment.apply(action, reason, &mut draft.plan);
                    }
                }
            }
        }
        let promote_at = rule.promote_at();
        let reason = Reason::ReadOften { reads, promote_at };
        if let Some(segment) = draft.segments.get_mut(index) {
            segment.apply(Action::Promote { to }, reason, &mut draft.plan);
        }
    }
}

/// The copies of a tier that may leave for others, the least read first.
struct Victims {
    /// Whole reads, bytes, place in the draft.
    order: Vec<(f64, u64, usize)>,
    /// How many of them are taken.
    taken: usize,
}

impl Victims {
    fn collect(draft: &Draft<'_>, tier: Tier, limit: Option<u64>) -> Self {
        let (now, half_life) = (draft.now, draft.policy.half_life);
        let may_leave = |segment: &Segment<'_>| {
            let facts = segment.facts;
            limit.is_some()
                && segment.is_free()
                && facts.has_copy(tier)
                && segment.allows(facts.tier_without_copy(tier))
                && segment
                    .rules
                    .stays_until(segment.copies_since(), now)
                    .is_none()
        };
        let mut order: Vec<_> = (draft.segments.iter().enumerate())
            .filter(|(_, segment)| may_leave(segment))
            .map(|(index, segment)| {
                let reads = segment.reads(now, half_life);
                (reads, segment.facts.bytes.at(tier), index)
            })
            .collect();
        order.sort_by(|(a, ..), (b, ..)| a.total_cmp(b));
        Self { order, taken: 0 }
    }

    /// Takes as many of the least read as it needs for so many bytes, if all of them make room for
    /// what was read `reads` times; otherwise none.
    fn take(&mut self, bytes: u64, reads: f64) -> Option<Vec<(f64, usize)>> {
        let (mut freed, mut leaving) = (0_u64, Vec::new());
        for (victim_reads, size, index) in self.order.iter().skip(self.taken) {
            if freed >= bytes || !makes_room(*victim_reads, reads) {
                break;
            }
            freed = freed.saturating_add(*size);
            leaving.push((*victim_reads, *index));
        }
        (freed >= bytes).then(|| {
            self.taken += leaving.len();
            leaving
        })
    }
}
