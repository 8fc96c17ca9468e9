//! Explanations as sentences.

use std::fmt;

use super::{Explanation, Holder, Outlook, When};
use crate::{HumanBytes, HumanDuration, Standing};

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            segment,
            table,
            tier,
            home,
            ..
        } = self;
        write!(f, "{table} {segment} is {tier}")?;
        if tier != home {
            write!(f, ", a copy of its {home} home")?;
        }
        if !self.partition.is_empty() {
            write!(f, ", in partition {}", self.partition)?;
        }
        writeln!(f, ", read {:.2} times lately", self.reads)?;
        if let Some(next) = &self.next {
            writeln!(f, "moves now: {}, because {}", next.action, next.reason)?;
        } else if self.held_by.is_empty() {
            writeln!(f, "stays: no rule has it move")?;
        }
        for holder in &self.held_by {
            writeln!(f, "stays: {holder}")?;
        }
        for outlook in &self.would_move {
            writeln!(f, "would move: {outlook}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Hold => f.write_str("it is on hold, and not forgotten whatever its age"),
            Self::Pin { tier } => write!(f, "it is pinned to {tier}"),
            Self::TablePin { tier } => write!(f, "its table is never colder than {tier}"),
            Self::MinStay {
                wait, budgets_wait, ..
            } => {
                let wait = HumanDuration(wait);
                let who = if budgets_wait {
                    "everything"
                } else {
                    "all but budgets"
                };
                write!(
                    f,
                    "it came lately; {who} leaves it there for another {wait}"
                )
            }
            Self::CoolDown { wait, .. } => write!(
                f,
                "it moved lately; there is no new copy for another {}",
                HumanDuration(wait)
            ),
            Self::Room {
                tier,
                used,
                high: Some(high),
            } => write!(
                f,
                "{tier} holds {}, and lets go above {}",
                HumanBytes(used),
                HumanBytes(high)
            ),
            Self::Room { tier, .. } => write!(f, "{tier} has no budget"),
            Self::Age { clock, age, limit } => write!(
                f,
                "its age by {clock} is {}, and the limit {}",
                HumanDuration(age),
                HumanDuration(limit)
            ),
            Self::Read { reads, drop_below } => write!(
                f,
                "the copy was read {reads:.2} times lately, and goes under {drop_below}"
            ),
            Self::Coldest => f.write_str("there is nothing colder"),
        }
    }
}

impl fmt::Display for Outlook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.action, self.when)
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Older { clock, limit, wait } if wait.is_zero() => write!(
                f,
                "because it is older than {} by {clock}",
                HumanDuration(limit)
            ),
            Self::Older { clock, limit, wait } => write!(
                f,
                "when it is older than {} by {clock}, in {}",
                HumanDuration(limit),
                HumanDuration(wait)
            ),
            Self::Full {
                tier,
                used,
                high,
                eviction,
                standing,
            } => {
                write!(
                    f,
                    "when its turn comes after {tier} holds more than {} (it holds {})",
                    HumanBytes(high),
                    HumanBytes(used)
                )?;
                match standing {
                    Some(Standing::Evicted(_)) => {
                        write!(f, "; {eviction} lets go of it before others")
                    }
                    Some(Standing::Resident) => write!(f, "; {eviction} would keep it"),
                    None => Ok(()),
                }
            }
            Self::ReadOften { reads, promote_at } => write!(
                f,
                "from {promote_at} whole reads on, if there is room (it has {reads:.2})"
            ),
            Self::ReadSeldom {
                reads,
                drop_below,
                wait,
            } => write!(
                f,
                "under {drop_below} whole reads (it has {reads:.2}); without any more in {}",
                HumanDuration(wait)
            ),
        }
    }
}
