//! All that a store asks for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    AgeClock, Budget, Budgets, Plan, SegmentFacts, TableRules, Timestamp,
    error::{Cause, Error, Result},
};

/// The budgets of a store and the rules of its tables. The default limits nothing and moves
/// nothing.
///
/// A table that is listed in [`tables`](Self::tables) follows those rules alone; every other one
/// follows [`default_rules`](Self::default_rules).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Policy {
    /// How much each tier may hold.
    pub budgets: Budgets,
    /// Rules of single tables, by name.
    pub tables: BTreeMap<String, TableRules>,
    /// Rules of all other tables.
    pub default_rules: TableRules,
}

impl Policy {
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

    /// Checks that the rules make sense.
    ///
    /// # Errors
    ///
    /// If a retention counts [`AgeClock::TimeInTier`]: a lifetime that starts again with every
    /// move would never end for a segment that is promoted now and then.
    pub fn check(&self) -> Result<()> {
        let tables = self
            .tables
            .iter()
            .map(|(table, rules)| (format!("table {table}"), rules));
        let default = std::iter::once(("the default rules".to_owned(), &self.default_rules));
        for (table, rules) in tables.chain(default) {
            if rules
                .retention
                .is_some_and(|rule| rule.clock == AgeClock::TimeInTier)
            {
                return Err(Error::from(Cause::RetentionClock { table }));
            }
        }
        Ok(())
    }

    /// The moves that this policy proposes; see [`plan`](crate::plan).
    #[must_use]
    pub fn plan(&self, facts: &[SegmentFacts], now: Timestamp) -> Plan {
        crate::plan(self, facts, now)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
    fn a_lifetime_that_starts_again_with_every_move_is_refused() {
        let rules = TableRules::default().with_retention(AgeRule::time_in_tier(Duration::ZERO));
        let error = Policy::default()
            .with_table("flights", rules)
            .check()
            .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("the retention of table flights"),
            "{error}"
        );
        assert!(Policy::default().with_default_rules(rules).check().is_err());
        assert!(Policy::default().check().is_ok());
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
