//! `policy`: show or change what decides the moves.

use std::path::{Path, PathBuf};
use std::time::Duration;

use thermocline::policy::eviction::EvictionPolicy;
use thermocline::{AgeClock, AgeRule, Budget, HeatRule, Policy, Store, TableRules, Tier};

use super::open;
use crate::failure::{Failure, Outcome};
use crate::output::{Console, bytes};
use crate::values::{ByteSize, Limit, Span};

/// Show the policy, or change it
///
/// Without options it is only shown. What is set stays set, in the store; the mover of a program that
/// opens the store follows it, and so does `apply`. A whole policy can be written to a file with
/// --toml, changed there, and read with --file.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Directory of the store
    dir: PathBuf,

    #[command(flatten)]
    budgets: BudgetArgs,

    #[command(flatten)]
    heat: HeatArgs,

    #[command(flatten)]
    rules: RuleArgs,

    /// Set the whole policy to what this TOML file says; other options change it further
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// Print the policy as an object
    #[arg(long, conflicts_with = "toml")]
    json: bool,

    /// Print the policy as TOML, for --file
    #[arg(long)]
    toml: bool,
}

/// What holds for reads and moves of all tables.
#[derive(Debug, Clone, clap::Args)]
struct HeatArgs {
    /// After how long without reads a segment counts as read half as much, for example 1d
    #[arg(long, value_name = "AGE")]
    half_life: Option<Span>,

    /// Bytes that moves may write a second, on average, or none
    #[arg(long, value_name = "SIZE")]
    move_rate: Option<Limit<ByteSize>>,
}

impl HeatArgs {
    fn any(&self) -> bool {
        self.half_life.is_some() || self.move_rate.is_some()
    }

    fn change(&self, mut policy: Policy) -> Policy {
        if let Some(Span(half_life)) = self.half_life {
            policy.half_life = half_life;
        }
        if let Some(Limit(rate)) = self.move_rate {
            policy.move_bytes_per_second = rate.map(|size| size.0);
        }
        policy
    }
}

/// How much the faster tiers may hold.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct BudgetArgs {
    /// Bytes in memory at most, for example 64MiB, or none
    #[arg(long, value_name = "SIZE")]
    hot_budget: Option<Limit<ByteSize>>,

    /// Bytes in warm files at most, for example 1GiB, or none
    #[arg(long, value_name = "SIZE")]
    warm_budget: Option<Limit<ByteSize>>,

    /// Which segments leave memory first, for example lru, s3-fifo, w-tinylfu or gdsf
    #[arg(long, value_name = "POLICY")]
    hot_eviction: Option<EvictionPolicy>,

    /// Which segments leave warm files first
    #[arg(long, value_name = "POLICY")]
    warm_eviction: Option<EvictionPolicy>,
}

impl BudgetArgs {
    /// True if one was given.
    pub(super) fn any(&self) -> bool {
        self.hot_budget.is_some()
            || self.warm_budget.is_some()
            || self.hot_eviction.is_some()
            || self.warm_eviction.is_some()
    }

    /// The policy with the budgets that were given.
    pub(super) fn change(&self, mut policy: Policy) -> Outcome<Policy> {
        let budgets = &mut policy.budgets;
        for (budget, size, eviction, name) in [
            (&mut budgets.hot, self.hot_budget, self.hot_eviction, "hot"),
            (
                &mut budgets.warm,
                self.warm_budget,
                self.warm_eviction,
                "warm",
            ),
        ] {
            if let Some(Limit(size)) = size {
                *budget = size.map(|size| match *budget {
                    Some(old) => old.with_bytes(size.0),
                    None => Budget::of(size.0),
                });
            }
            if let Some(eviction) = eviction {
                let old = budget.ok_or_else(|| {
                    Failure::new(format!(
                        "{name} has no budget that anything could leave for"
                    ))
                    .hint(format!("give it one with --{name}-budget"))
                })?;
                *budget = Some(
                    old.with_eviction(eviction)
                        .map_err(|e| Failure::new(e.to_string()))?,
                );
            }
        }
        Ok(policy)
    }
}

/// The rules of one table.
#[derive(Debug, Clone, clap::Args)]
struct RuleArgs {
    /// Set the rules of this table, rather than those of all others
    #[arg(long, value_name = "T")]
    table: Option<String>,

    /// Move from hot to warm at this age, for example 12h, or none
    #[arg(long, value_name = "AGE")]
    warm_after: Option<Limit<Span>>,

    /// Move from warm to cold at this age, for example 90d, or none
    #[arg(long, value_name = "AGE")]
    cold_after: Option<Limit<Span>>,

    /// Leave a warm copy of cold segments that were read whole so many times lately, or none
    #[arg(long, value_name = "READS")]
    warm_reads: Option<Limit<f64>>,

    /// Leave a copy in memory of warm segments that were read whole so many times lately, or none
    #[arg(long, value_name = "READS")]
    hot_reads: Option<Limit<f64>>,

    /// Leave segments in a tier for so long at least, or none for the default: ages and heat wait an
    /// hour, and budgets don't
    #[arg(long, value_name = "AGE")]
    min_stay: Option<Limit<Span>>,

    /// Make no copy for so long after a demotion, or none for the default of an hour
    #[arg(long, value_name = "AGE")]
    cool_down: Option<Limit<Span>>,

    /// Forget segments whose newest row is of this age, or none
    #[arg(long, value_name = "AGE")]
    forget_after: Option<Limit<Span>>,

    /// What ages are counted from
    #[arg(long, value_enum, default_value_t = Clock::Event)]
    clock: Clock,

    /// Never let the table get colder than this tier, or none
    #[arg(long, value_name = "TIER")]
    pin: Option<Limit<Tier>>,
}

/// A clock of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Clock {
    /// The row's own time, in the table's event time column
    Event,
    /// When the row came in
    Ingest,
    /// Since when the segment is in its tier
    Tier,
    /// When the segment was last read
    Read,
}

impl RuleArgs {
    fn any(&self) -> bool {
        self.warm_after.is_some()
            || self.cold_after.is_some()
            || self.warm_reads.is_some()
            || self.hot_reads.is_some()
            || self.min_stay.is_some()
            || self.cool_down.is_some()
            || self.forget_after.is_some()
            || self.pin.is_some()
    }

    fn change(&self, mut rules: TableRules) -> Outcome<TableRules> {
        let clock = match self.clock {
            Clock::Event => AgeClock::EventTime,
            Clock::Ingest => AgeClock::IngestTime,
            Clock::Tier => AgeClock::TimeInTier,
            Clock::Read => AgeClock::LastAccess,
        };
        let rule = |limit: Limit<Span>| limit.0.map(|span| AgeRule::new(clock, span.0));
        if let Some(limit) = self.warm_after {
            rules.hot_to_warm = rule(limit);
        }
        if let Some(limit) = self.cold_after {
            rules.warm_to_cold = rule(limit);
        }
        if let Some(limit) = self.forget_after {
            rules.retention = rule(limit);
        }
        let heat = |limit: Limit<f64>| limit.0.map(HeatRule::reads).transpose();
        let usage = |error: thermocline::policy::Error| Failure::usage(error.to_string());
        if let Some(limit) = self.warm_reads {
            rules.cold_to_warm = heat(limit).map_err(usage)?;
        }
        if let Some(limit) = self.hot_reads {
            rules.warm_to_hot = heat(limit).map_err(usage)?;
        }
        if let Some(Limit(stay)) = self.min_stay {
            rules.min_stay = stay.map(|span| span.0);
        }
        if let Some(Limit(wait)) = self.cool_down {
            rules.cool_down = wait.map(|span| span.0);
        }
        if let Some(Limit(pin)) = self.pin {
            rules.pin = pin;
        }
        Ok(rules)
    }
}

pub(crate) async fn run(args: Args, console: Console) -> Outcome {
    if args.rules.table.is_some() && !args.rules.any() {
        return Err(Failure::usage("--table needs a rule to set")
            .hint("--warm-after, --cold-after, --warm-reads, --forget-after or --pin, say"));
    }
    let store = open::writer(&args.dir).await?;
    let work = change(&store, &args).await;
    let policy = open::close(store, work).await?;
    if args.json {
        return Ok(console.print(&format!("{}\n", serde_json::to_string_pretty(&policy)?))?);
    }
    if args.toml {
        let text = policy.to_toml().map_err(|e| Failure::new(e.to_string()))?;
        return Ok(console.print(&text)?);
    }
    Ok(console.print(&render(&policy))?)
}

async fn change(store: &Store, args: &Args) -> Outcome<Policy> {
    let from_file = args.file.as_deref().map(read).transpose()?;
    if from_file.is_none() && !args.budgets.any() && !args.heat.any() && !args.rules.any() {
        return Ok(store.policy());
    }
    let policy = from_file.unwrap_or_else(|| store.policy());
    let mut policy = args.heat.change(args.budgets.change(policy)?);
    if args.rules.any() {
        match &args.rules.table {
            Some(name) => {
                store.table(name)?;
                let rules = args.rules.change(*policy.rules(name))?;
                policy.tables.insert(name.clone(), rules);
            }
            None => policy.default_rules = args.rules.change(policy.default_rules)?,
        }
    }
    store.set_policy(policy).await?;
    Ok(store.policy())
}

/// The policy in a TOML file.
fn read(path: &Path) -> Outcome<Policy> {
    let text = crate::files::read_to_string(path)?;
    Policy::from_toml(&text).map_err(|e| Failure::new(format!("{}: {e}", path.display())))
}

fn render(policy: &Policy) -> String {
    let budget = |budget: Option<Budget>| match budget {
        Some(budget) => format!(
            "{} (moves start above {}, and stop below {}; {} says what leaves)",
            bytes(budget.bytes()),
            bytes(budget.high_bytes()),
            bytes(budget.low_bytes()),
            budget.eviction()
        ),
        None => "no budget".to_owned(),
    };
    let mut text = format!("hot   {}\n", budget(policy.budgets.hot));
    text.push_str(&format!("warm  {}\n", budget(policy.budgets.warm)));
    text.push_str(&format!(
        "heat  half of it is left after {}\n",
        days(policy.half_life)
    ));
    if let Some(rate) = policy.move_bytes_per_second {
        text.push_str(&format!("moves at most {} a second\n", bytes(rate)));
    }
    for (name, rules) in &policy.tables {
        text.push_str(&render_rules(&format!("table {name}"), rules));
    }
    let others = if policy.tables.is_empty() {
        "every table"
    } else {
        "other tables"
    };
    text.push_str(&render_rules(others, &policy.default_rules));
    text
}

fn render_rules(whose: &str, rules: &TableRules) -> String {
    let mut parts = Vec::new();
    let mut age = |what: &str, rule: Option<AgeRule>| {
        if let Some(rule) = rule {
            parts.push(format!(
                "{what} after {} of {}",
                days(rule.older_than),
                rule.clock
            ));
        }
    };
    age("to warm", rules.hot_to_warm);
    age("to cold", rules.warm_to_cold);
    age("forgotten", rules.retention);
    for (copy, rule) in [("warm", rules.cold_to_warm), ("hot", rules.warm_to_hot)] {
        if let Some(rule) = rule {
            let (at, below) = (rule.promote_at(), rule.drop_below());
            parts.push(format!(
                "{copy} copies from {at} reads, dropped under {below}"
            ));
        }
    }
    if let Some(stay) = rules.min_stay {
        parts.push(format!("at least {} in a tier", days(stay)));
    }
    if let Some(wait) = rules.cool_down {
        parts.push(format!("no copy for {} after a demotion", days(wait)));
    }
    if let Some(tier) = rules.pin {
        parts.push(format!("never colder than {tier}"));
    }
    if parts.is_empty() {
        parts.push("no rules beside the budgets".to_owned());
    }
    format!("{whose}: {}\n", parts.join(", "))
}

/// In the largest unit that divides it.
fn days(span: Duration) -> String {
    let seconds = span.as_secs();
    let (n, unit) = match seconds {
        s if s >= 86_400 && s.is_multiple_of(86_400) => (s / 86_400, "day"),
        s if s >= 3_600 && s.is_multiple_of(3_600) => (s / 3_600, "hour"),
        s if s >= 60 && s.is_multiple_of(60) => (s / 60, "minute"),
        s => (s, "second"),
    };
    crate::output::plural(n, unit)
}
