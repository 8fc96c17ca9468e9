//! All that a store asks for.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Budget, Budgets, Plan, PriceList, SegmentFacts, TableRules, Timestamp};

/// The budgets of a store and the rules of its tables. The default limits nothing and moves
/// nothing.
///
/// A table that is listed in [`tables`](Self::tables) follows those rules alone; every other one
/// follows [`default_rules`](Self::default_rules).
///
/// It is plain data. As TOML it reads
///
/// ```
/// let policy = thermocline_policy::Policy::from_toml(r#"
///     half_life = "12h"
///     move_bytes_per_second = 50_000_000
///
///     [budgets.hot]
///     bytes = 1_073_741_824
///
///     [default_rules]
///     min_stay = "1h"
///     hot_to_warm = { clock = "time_in_tier", older_than = "1d" }
///     warm_to_cold = { clock = "event_time", older_than = "30d" }
///     cold_to_warm = { promote_at = 2.0, drop_below = 0.5 }
///
///     [tables.audit]
///     pin = "warm"
/// "#)?;
/// assert_eq!(policy.half_life.as_secs(), 12 * 3_600);
/// assert_eq!(policy, thermocline_policy::Policy::from_toml(&policy.to_toml()?)?);
///
/// let error = thermocline_policy::Policy::from_toml("[default_rules]\nhot_to_wram = 1").unwrap_err();
/// assert!(error.to_string().starts_with("line 2: unknown field `hot_to_wram`"));
/// # Ok::<(), thermocline_policy::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Policy {
    /// After how long without reads a segment's heat is half of what it was (one day). Shorter
    /// follows changes faster, longer keeps what is read rarely but steadily.
    #[serde(with = "crate::span")]
    pub half_life: Duration,
    /// How many bytes moves may write a second, on average. Less leaves more of the disk and the
    /// network to reads and writes; moves that free a full tier don't wait for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub move_bytes_per_second: Option<u64>,
    /// What the tiers cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prices: Option<PriceList>,
    /// How much each tier may hold.
    pub budgets: Budgets,
    /// Rules of single tables, by name.
    pub tables: BTreeMap<String, TableRules>,
    /// Rules of all other tables.
    pub default_rules: TableRules,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            half_life: Self::DEFAULT_HALF_LIFE,
            move_bytes_per_second: None,
            prices: None,
            budgets: Budgets::default(),
            tables: BTreeMap::new(),
            default_rules: TableRules::default(),
        }
    }
}

impl Policy {
    /// The half-life of heat, unless it is set: one day.
    pub const DEFAULT_HALF_LIFE: Duration = Duration::from_secs(86_400);

    /// Sets after how long without reads heat is half of what it was.
    #[must_use]
    pub fn with_half_life(mut self, half_life: Duration) -> Self {
        self.half_life = half_life;
        self
    }

    /// Limits how many bytes moves write a second.
    #[must_use]
    pub fn with_move_bytes_per_second(mut self, bytes: u64) -> Self {
        self.move_bytes_per_second = Some(bytes);
        self
    }

    /// Sets what the tiers cost.
    #[must_use]
    pub fn with_prices(mut self, prices: PriceList) -> Self {
        self.prices = Some(prices);
        self
    }

    /// Limits hot.
    #[must_use]
    pub fn with_hot_budget(mut self, budget: Budget) -> Self {
        self.budgets.hot = Some(budget);
        self
    }

    /// Limits warm.
    #[must_use]
    pub fn with_warm_budget(mut self, budget: Budget) -> Self {
        self.budgets.warm = Some(budget);
        self
    }

    /// Sets all budgets.
    #[must_use]
    pub fn with_budgets(mut self, budgets: Budgets) -> Self {
        self.budgets = budgets;
        self
    }

    /// Sets the rules of one table.
    #[must_use]
    pub fn with_table(mut self, table: impl Into<String>, rules: TableRules) -> Self {
        self.tables.insert(table.into(), rules);
        self
    }

    /// Sets the rules of all tables that have none of their own.
    #[must_use]
    pub fn with_default_rules(mut self, rules: TableRules) -> Self {
        self.default_rules = rules;
        self
    }

    /// The rules that hold for `table`.
    #[must_use]
    pub fn rules(&self, table: &str) -> &TableRules {
        self.tables.get(table).unwrap_or(&self.default_rules)
    }

    /// The moves that this policy proposes; see [`plan`](crate::plan).
    #[must_use]
    pub fn plan(&self, facts: &[SegmentFacts], now: Timestamp) -> Plan {
        crate::plan(self, facts, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AgeRule, Tier};

    #[test]
    fn a_listed_table_follows_its_own_rules_alone() {
        let hour = AgeRule::ingest_time(Duration::from_secs(3600));
        let policy = Policy::default()
            .with_default_rules(TableRules::default().with_hot_to_warm(hour))
            .with_table("weather", TableRules::default().with_pin(Tier::Warm));
        assert_eq!(policy.rules("flights").hot_to_warm, Some(hour));
        assert_eq!(policy.rules("weather").hot_to_warm, None);
        assert_eq!(policy.rules("weather").pin, Some(Tier::Warm));
    }

    #[test]
    fn json_comes_back_and_a_misspelt_setting_is_refused() {
        let policy = Policy::default()
            .with_hot_budget(Budget::of(64 << 20))
            .with_table("t", TableRules::default().with_pin(Tier::Hot));
        let json = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<Policy>(&json).unwrap(), policy);
        assert_eq!(
            serde_json::from_str::<Policy>("{}").unwrap(),
            Policy::default()
        );
        assert!(serde_json::from_str::<Policy>(r#"{"budget": {}}"#).is_err());
    }
}
