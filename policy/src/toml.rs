//! Policies as TOML.

use crate::{
    Policy,
    error::{Cause, Error, Result},
};

impl Policy {
    /// Reads a policy from TOML, and [checks](Self::check) it.
    ///
    /// # Errors
    ///
    /// What is wrong, with its line: text that is no TOML, an unknown rule, a wrong value; or rules
    /// that contradict each other.
    pub fn from_toml(text: &str) -> Result<Self> {
        let policy: Self = toml::from_str(text).map_err(|error| {
            let message = error.message().trim();
            Error::from(Cause::Toml(match error.span() {
                Some(span) => format!("line {}: {message}", line(text, span.start)),
                None => message.to_owned(),
            }))
        })?;
        policy.check()?;
        Ok(policy)
    }

    /// Writes the policy as TOML.
    ///
    /// # Errors
    ///
    /// If a number is larger than TOML has integers, such as a budget of more than 2⁶³ − 1 bytes.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string_pretty(self)
            .map_err(|error| Error::from(Cause::Toml(error.to_string().trim().to_owned())))
    }
}

fn line(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{AgeRule, Budget, HeatRule, TableRules, Tier};

    #[test]
    fn every_rule_comes_back() {
        let policy = Policy::default()
            .with_half_life(Duration::from_millis(90_500))
            .with_move_bytes_per_second(1 << 20)
            .with_hot_budget(Budget::of(64 << 20).with_watermarks(0.8, 0.5).unwrap())
            .with_default_rules(
                TableRules::default()
                    .with_hot_to_warm(AgeRule::last_access(Duration::from_secs(3_600)))
                    .with_min_stay(Duration::from_secs(60))
                    .with_cool_down(Duration::ZERO)
                    .with_warm_to_hot(HeatRule::reads(7.5).unwrap()),
            )
            .with_table(
                "a table",
                TableRules::default()
                    .with_pin(Tier::Warm)
                    .with_cold_to_warm(HeatRule::reads(2.0).unwrap().with_drop_below(0.0).unwrap())
                    .with_warm_to_cold(AgeRule::event_time(Duration::from_secs(86_400 * 30)))
                    .with_retention(AgeRule::ingest_time(Duration::from_secs(86_400 * 365))),
            );
        let text = policy.to_toml().unwrap();
        assert_eq!(Policy::from_toml(&text).unwrap(), policy, "{text}");
        assert!(text.contains("older_than = \"30d\""), "{text}");
        let default = Policy::default().to_toml().unwrap();
        assert_eq!(Policy::from_toml(&default).unwrap(), Policy::default());
        assert_eq!(Policy::from_toml("").unwrap(), Policy::default());
    }

    #[test]
    fn the_example_of_the_documentation_says_what_it_means() {
        let page = include_str!("../../docs/policy.md");
        let (_, from) = page.split_once("```toml\n").unwrap();
        let (example, _) = from.split_once("```").unwrap();
        let policy = Policy::from_toml(example).unwrap();
        assert_eq!(policy.half_life, Policy::DEFAULT_HALF_LIFE);
        assert_eq!(policy.rules("audit").pin, Some(Tier::Warm));
        let hot = policy.default_rules.warm_to_hot.unwrap();
        assert_eq!((hot.promote_at(), hot.drop_below()), (8.0, 2.0));
        assert!(policy.prices.unwrap().cold.gib_month < policy.prices.unwrap().warm.gib_month);
        assert_eq!(policy.rules("archive").cost.unwrap().saving(), 0.2);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, words) in [
            (
                "half_life = \"1d\"\n\n[default_rules]\ncold_after = \"1d\"",
                &["line 4", "cold_after", "warm_to_cold"][..],
            ),
            (
                "[default_rule]\n",
                &["line 1", "default_rule", "default_rules"],
            ),
            (
                "[default_rules.hot_to_warm]\nclock = \"moon\"\nolder_than = \"1d\"",
                &["line 2", "moon", "event_time"],
            ),
            (
                "[default_rules.hot_to_warm]\nclock = \"event_time\"\nolder_than = \"-1d\"",
                &["line 3", "-1d", "12h"],
            ),
            (
                "[default_rules.hot_to_warm]\nclock = \"event_time\"\nolder_than = \"1d\"\nand = 1",
                &["line 4", "and"],
            ),
            ("\n[budgets.hot]\nbytes = -1", &["line 3", "-1"]),
            (
                "\n[budgets.warm]\nbytes = 10\nhigh = 1.5",
                &["watermarks", "1.5"],
            ),
            (
                "[default_rules]\ncold_to_warm = { promote_at = -3 }",
                &["line 2", "-3", "promote_at"],
            ),
            (
                "[default_rules]\ncold_to_warm = { promote_at = nan }",
                &["line 2", "NaN"],
            ),
            (
                "[default_rules]\ncold_to_warm = { promote_at = 1.0, drop_below = 2.0 }",
                &["line 2", "drop_below"],
            ),
            (
                "[default_rules]\npin = \"lukewarm\"",
                &["line 2", "lukewarm", "cold"],
            ),
            ("half_life = \"0s\"", &["half-life"]),
            ("half_life = ", &["line 1"]),
            ("[default_rules\n", &["line 1"]),
        ] {
            let error = Policy::from_toml(text).unwrap_err().to_string();
            assert_eq!(error.lines().count(), 1, "{error}");
            for word in words {
                assert!(
                    error.contains(word),
                    "{text:?}: `{word}` is not in {error:?}"
                );
            }
        }
    }
}
