//! What a query may not do.
//!
//! Two fences stand one behind the other. A statement is refused before it is planned unless it
//! only reads, and the instance that plans it has no access to files, network and extensions, and
//! settings that can't be changed.

use duckdb_neo::connection::{Connection, SettingScope};
use duckdb_neo::environment::{Environment, StorageLocation};
use duckdb_neo::instance::{AttachBuilder, Instance, InstanceBuilder};
use duckdb_neo::query_result::StatementType;
use duckdb_neo::statement::Statement;
use duckdb_neo::tokens::SqlTokenIterator;

use crate::{Error, Result, SqlOptions};

/// An instance without tables that can do what the options allow, and no more.
pub(crate) fn instance(options: &SqlOptions, spill_directory: &str) -> Result<Instance> {
    let external = options.allow_external_access;
    let mut builder = InstanceBuilder::new()
        // Before access to files is switched off, so that spilling still works.
        .option("temp_directory", spill_directory)
        .option("autoinstall_known_extensions", "false")
        .option("autoload_known_extensions", "false")
        .option("allow_community_extensions", "false")
        .option("allow_persistent_secrets", "false")
        // A statement that runs into a bug fails; the ones after it need not.
        .option("disable_database_invalidation", "true");
    if let Some(threads) = options.threads {
        builder = builder.option("threads", threads.to_string());
    }
    if let Some(bytes) = options.memory_limit {
        builder = builder.option("memory_limit", format!("{bytes}B"));
    }
    let environment = Environment::new()?;
    let instance = builder.build(&environment)?;
    instance.attach(AttachBuilder::new(StorageLocation::InMemory).make_default())?;
    let config = instance.config()?;
    // Where DuckDB knows zones, it takes the system's; answers are the same everywhere.
    if config.try_get_value("TimeZone")?.is_some() {
        config.set_text("TimeZone", "UTC", SettingScope::Global)?;
    }
    if !external {
        config.set_text("enable_external_access", "false", SettingScope::Global)?;
    }
    Ok(instance)
}

/// Makes the settings of an instance final.
pub(crate) fn lock(instance: &Instance) -> Result<()> {
    instance
        .config()?
        .set_text("lock_configuration", "true", SettingScope::Global)?;
    Ok(())
}

/// The one statement of a text, if it only reads.
pub(crate) fn statement(connection: &Connection, query: &str) -> Result<Statement<'static>> {
    if query.contains('\0') {
        return Err(Error::invalid("a query can't contain a NUL character"));
    }
    let mut statements = connection.parse(query)?;
    let Some(first) = statements.next() else {
        return Err(Error::invalid("there is no statement in the query"));
    };
    let first = first?;
    if statements.next().is_some() {
        return Err(Error::not_allowed(
            "a query is one statement; run several of them one after the other",
        ));
    }
    match first.get_type()? {
        StatementType::Select => {}
        StatementType::Explain => explained(connection, first.get_text()?)?,
        other => return Err(refused(other)),
    }
    Ok(first)
}

/// Checks what an EXPLAIN explains: with ANALYZE it is run.
fn explained(connection: &Connection, text: &str) -> Result<()> {
    let mut tokens = Vec::new();
    for token in SqlTokenIterator::new(connection, text)? {
        tokens.push(token?);
    }
    let word = |index: usize| {
        tokens
            .get(index)
            .and_then(|token| token.lexeme(text))
            .unwrap_or("")
            .to_ascii_uppercase()
    };
    let mut at = 1;
    while matches!(word(at).as_str(), "ANALYZE" | "ANALYSE" | "VERBOSE") {
        at += 1;
    }
    // `EXPLAIN (…) SELECT` has options, `EXPLAIN (SELECT …)` a query in parentheses.
    let mut candidates = vec![at];
    if word(at) == "(" {
        let mut depth = 0_usize;
        while at < tokens.len() {
            match word(at).as_str() {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ => {}
            }
            at += 1;
            if depth == 0 {
                break;
            }
        }
        candidates.push(at);
    }
    for start in candidates {
        let Some(rest) = tokens.get(start).and_then(|token| text.get(token.start..)) else {
            continue;
        };
        let Some(Ok(inner)) = connection.parse(rest)?.next() else {
            continue;
        };
        return match inner.get_type()? {
            StatementType::Select => Ok(()),
            other => Err(refused(other)),
        };
    }
    Err(Error::not_allowed("only queries can be explained"))
}

fn refused(kind: StatementType) -> Error {
    let way_out = match kind {
        StatementType::Insert
        | StatementType::Update
        | StatementType::Delete
        | StatementType::MergeInto => "rows are written through the table's own methods",
        StatementType::Create | StatementType::Alter | StatementType::Drop => {
            "tables are made, changed and dropped through the store's own methods"
        }
        StatementType::Set | StatementType::VariableSet | StatementType::Pragma => {
            "settings are given when the engine is made, with SqlOptions"
        }
        StatementType::Copy | StatementType::Export | StatementType::CopyDatabase => {
            "write the rows that a SELECT returns"
        }
        StatementType::Multi => "write PIVOT with the values it turns into columns: IN (…)",
        _ => "SELECT, WITH, FROM, VALUES, SHOW, DESCRIBE, SUMMARIZE and EXPLAIN are",
    };
    Error::not_allowed(format!(
        "{} is not allowed in a query; {way_out}",
        name(kind)
    ))
}

fn name(kind: StatementType) -> String {
    match kind {
        StatementType::MergeInto => "MERGE INTO".to_owned(),
        StatementType::VariableSet => "SET".to_owned(),
        StatementType::CopyDatabase => "COPY FROM DATABASE".to_owned(),
        StatementType::Load => "INSTALL or LOAD".to_owned(),
        StatementType::UpdateExtensions => "UPDATE EXTENSIONS".to_owned(),
        StatementType::Multi => "a statement that expands into several".to_owned(),
        other => format!("{other:?}").to_uppercase(),
    }
}
