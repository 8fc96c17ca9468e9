//! Names as SQL sees them: quoted, and unique without regard to case.

use std::collections::{HashMap, HashSet};

/// A name as an identifier in SQL, whatever characters it has.
pub(crate) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as a string literal in SQL.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The names under which SQL shows `names`, in their order.
///
/// SQL does not tell `Id` and `id` apart. Where names differ in nothing but case, none of them
/// keeps its own: each gets its position among them appended (`Id_1`, `id_2`), so that a query for
/// `id` fails instead of answering with the wrong one.
pub(crate) fn unique(names: &[&str]) -> Vec<String> {
    let mut folded: HashMap<String, usize> = HashMap::new();
    for name in names {
        *folded.entry(name.to_lowercase()).or_default() += 1;
    }
    let mut taken: HashSet<String> = folded
        .iter()
        .filter(|(_, count)| **count == 1)
        .map(|(name, _)| name.clone())
        .collect();
    let mut position: HashMap<String, usize> = HashMap::new();
    names
        .iter()
        .map(|name| {
            let fold = name.to_lowercase();
            if folded.get(&fold) == Some(&1) {
                return (*name).to_owned();
            }
            let position = position.entry(fold).or_default();
            *position += 1;
            let mut shown = format!("{name}_{position}");
            while !taken.insert(shown.to_lowercase()) {
                shown.push('_');
            }
            shown
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_only_in_case_lose_their_own() {
        assert_eq!(unique(&["a", "B"]), ["a", "B"]);
        assert_eq!(
            unique(&["Id", "x", "id", "ID"]),
            ["Id_1", "x", "id_2", "ID_3"]
        );
        assert_eq!(unique(&["Ärger", "ärger"]), ["Ärger_1", "ärger_2"]);
    }

    #[test]
    fn a_given_name_never_takes_that_of_another_column() {
        assert_eq!(unique(&["id", "ID", "id_1"]), ["id_1_", "ID_2", "id_1"]);
    }

    #[test]
    fn quoting_doubles_the_quotes() {
        assert_eq!(identifier("od\"d na;me"), "\"od\"\"d na;me\"");
        assert_eq!(literal("it's"), "'it''s'");
    }
}
