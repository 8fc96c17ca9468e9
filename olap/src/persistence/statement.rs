//! What a statement does to the connection that it runs on.

/// What a caller's statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Rows: the connection is as it was before.
    Rows,
    /// A transaction begins or ends.
    Transaction,
    /// Anything else, which may change the connection: a setting, a schema, a temporary table.
    Session,
}

impl Kind {
    /// By its first word. Several statements in one are no longer about rows alone.
    pub(super) fn of(sql: &str) -> Self {
        let word = first_word(sql).to_ascii_uppercase();
        match word.as_str() {
            "BEGIN" | "START" | "COMMIT" | "END" | "ROLLBACK" | "ABORT" => Self::Transaction,
            "SELECT" | "FROM" | "WITH" | "VALUES" | "INSERT" | "UPDATE" | "DELETE" | "MERGE"
                if !sql.trim_end().trim_end_matches(';').contains(';') =>
            {
                Self::Rows
            }
            _ => Self::Session,
        }
    }
}

/// The first word behind spaces, brackets and comments.
fn first_word(mut sql: &str) -> &str {
    loop {
        sql = sql.trim_start_matches(|c: char| c.is_whitespace() || c == '(' || c == ';');
        let rest = if let Some(comment) = sql.strip_prefix("--") {
            comment.split_once('\n').map(|(_, rest)| rest)
        } else if let Some(comment) = sql.strip_prefix("/*") {
            comment.split_once("*/").map(|(_, rest)| rest)
        } else {
            let end = sql.find(|c: char| !c.is_ascii_alphabetic());
            return end.and_then(|end| sql.get(..end)).unwrap_or(sql);
        };
        sql = rest.unwrap_or_default();
        if sql.is_empty() {
            return sql;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_told_apart_by_their_first_word() {
        for sql in [
            "select 1",
            " -- the rows\n(FROM t)",
            "/* all */ with a as (select 1) from a;",
            "INSERT INTO t VALUES (1) ; ",
        ] {
            assert_eq!(Kind::of(sql), Kind::Rows, "{sql}");
        }
        for sql in [
            "BEGIN",
            "commit;",
            "/*x*/ Rollback",
            "START TRANSACTION",
            "--\nend",
        ] {
            assert_eq!(Kind::of(sql), Kind::Transaction, "{sql}");
        }
        for sql in [
            "USE s",
            "SET threads = 1",
            "SELECT 1; BEGIN",
            "CREATE TABLE t (a INT)",
            "",
            "--",
        ] {
            assert_eq!(Kind::of(sql), Kind::Session, "{sql}");
        }
    }
}
