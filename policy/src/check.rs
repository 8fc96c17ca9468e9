//! Whether a policy makes sense.

use crate::{
    AgeClock, Policy, TableRules,
    error::{Cause, Error, Result},
};

impl Policy {
    /// Checks that the rules make sense.
    ///
    /// Budgets that are smaller than a segment are no error: such a tier stays empty.
    ///
    /// # Errors
    ///
    /// - If a retention counts [`AgeClock::TimeInTier`] or [`AgeClock::LastAccess`]: a lifetime that
    ///   starts again with every move or read would never end.
    /// - If a later limit comes before an earlier one on the same clock: segments that leave warm
    ///   before they leave hot, or are forgotten before they leave warm.
    /// - If money is to decide and there are no prices.
    /// - If the half-life, or the limit of moved bytes, is zero.
    pub fn check(&self) -> Result<()> {
        if self.half_life.is_zero() {
            return Err(Cause::HalfLife.into());
        }
        if self.move_bytes_per_second == Some(0) {
            return Err(Cause::MoveRate.into());
        }
        let tables = self
            .tables
            .iter()
            .map(|(table, rules)| (format!("table {table}"), rules));
        let default = std::iter::once(("the default rules".to_owned(), &self.default_rules));
        for (table, rules) in tables.chain(default) {
            if rules.cost.is_some() && self.prices.is_none() {
                return Err(Error::from(Cause::NoPrices { table }));
            }
            check_rules(table, rules)?;
        }
        Ok(())
    }
}

fn check_rules(table: String, rules: &TableRules) -> Result<()> {
    let endless = [AgeClock::TimeInTier, AgeClock::LastAccess];
    if let Some(rule) = rules.retention.filter(|rule| endless.contains(&rule.clock)) {
        let clock = rule.clock;
        return Err(Error::from(Cause::RetentionClock { table, clock }));
    }
    let limits = [
        ("to warm", rules.hot_to_warm),
        ("to cold", rules.warm_to_cold),
        ("forgotten", rules.retention),
    ];
    for (n, (shorter, earlier)) in limits.iter().enumerate() {
        for (longer, later) in limits.iter().skip(n + 1) {
            if let (Some(earlier), Some(later)) = (earlier, later)
                && earlier.clock == later.clock
                // It starts again in each tier.
                && earlier.clock != AgeClock::TimeInTier
                && later.older_than < earlier.older_than
            {
                return Err(Error::from(Cause::Contradiction {
                    table,
                    clock: earlier.clock,
                    shorter: longer,
                    short: later.older_than,
                    longer: shorter,
                    long: earlier.older_than,
                }));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{AgeRule, ErrorKind};

    const DAY: Duration = Duration::from_secs(86_400);

    fn refused(rules: TableRules) -> String {
        let of_table = Policy::default().with_table("flights", rules).check();
        let error = of_table.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(error.table(), Some("table flights"));
        assert!(Policy::default().with_default_rules(rules).check().is_err());
        error.to_string()
    }

    #[test]
    fn a_lifetime_that_starts_again_is_refused() {
        for (rule, clock) in [
            (AgeRule::time_in_tier(Duration::ZERO), "time in tier"),
            (AgeRule::last_access(DAY), "last access"),
        ] {
            let text = refused(TableRules::default().with_retention(rule));
            assert!(text.starts_with("the retention of table flights"), "{text}");
            assert!(text.contains(clock), "{text}");
        }
        assert!(Policy::default().check().is_ok());
    }

    #[test]
    fn limits_in_the_wrong_order_are_refused_on_one_clock_only() {
        let rules = TableRules::default()
            .with_hot_to_warm(AgeRule::event_time(7 * DAY))
            .with_warm_to_cold(AgeRule::event_time(DAY));
        assert_eq!(
            refused(rules),
            "the rules of table flights contradict each other: to cold after 1d comes before to warm \
             after 7d on the same clock, event time"
        );
        let rules = TableRules::default()
            .with_warm_to_cold(AgeRule::ingest_time(7 * DAY))
            .with_retention(AgeRule::ingest_time(DAY));
        assert!(refused(rules).contains("forgotten after 1d comes before to cold after 7d"));
        for (first, second) in [
            (AgeRule::event_time(7 * DAY), AgeRule::ingest_time(DAY)),
            (AgeRule::time_in_tier(7 * DAY), AgeRule::time_in_tier(DAY)),
            (AgeRule::event_time(DAY), AgeRule::event_time(DAY)),
        ] {
            let rules = TableRules::default()
                .with_hot_to_warm(first)
                .with_warm_to_cold(second);
            assert!(Policy::default().with_default_rules(rules).check().is_ok());
        }
    }

    #[test]
    fn zeros_that_would_stop_everything_are_refused() {
        let zero = Policy::default().with_half_life(Duration::ZERO);
        assert!(zero.check().unwrap_err().to_string().contains("half-life"));
        let zero = Policy::default().with_move_bytes_per_second(0);
        assert!(
            zero.check()
                .unwrap_err()
                .to_string()
                .contains("0 bytes a second")
        );
    }
}
