//! Which names a table may have.

use crate::error::{Error, Result};

/// The longest table name, in bytes: names become folder names.
const MAX_BYTES: usize = 128;

/// Accepts letters, digits, `_` and `-`, not starting with a digit or `-`.
///
/// Table names become folder names and SQL identifiers, so nothing that means
/// something to either gets through.
pub(crate) fn check(name: &str) -> Result<()> {
    let wrong = |why: &str| {
        Err(Error::invalid(format!(
            "`{}` cannot be a table name: {why}; use letters, digits, `_` and `-`, starting with a letter or `_`",
            name.escape_default()
        )))
    };
    if name.is_empty() {
        return wrong("it is empty");
    }
    if name.len() > MAX_BYTES {
        return wrong("it is longer than 128 bytes");
    }
    if name.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
        return wrong("it starts with a digit or a dash");
    }
    match name
        .chars()
        .find(|c| !(c.is_alphanumeric() || *c == '_' || *c == '-'))
    {
        Some(bad) => wrong(&format!("it contains `{}`", bad.escape_default())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn names_with_a_meaning_to_paths_or_sql_are_refused() {
        for bad in [
            "",
            "..",
            "a/b",
            "a\\b",
            "a\"b",
            "a'b",
            "x; DROP TABLE y",
            "a b",
            "a.b",
            "1a",
            "-a",
            "a\0",
        ] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
        assert!(check(&"x".repeat(129)).is_err());
    }

    #[test]
    fn plain_names_in_any_script_are_accepted() {
        for good in ["flights", "_x", "a-b", "T2", "größe", "飞行"] {
            assert!(check(good).is_ok(), "{good:?}");
        }
    }
}
