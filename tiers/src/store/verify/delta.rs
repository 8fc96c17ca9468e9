//! What the Delta table of a cold table tells other programs, compared with the manifest.
//!
//! The log of a Delta table has no checksums; the manifest knows what it must say, of one version.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use thermocline_policy::SegmentId;

use crate::cold::ColdStore;
use crate::cold::delta::{self, Add, At, FileTag, Metadata};
use crate::error::{Error, ErrorKind, Result};
use crate::layout::{Layout, TableId};
use crate::manifest::{FileMeta, Home, SegmentMeta, State, TableMeta};

/// Something that other programs see of a cold table, and that is not so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ColdProblem {
    /// The table.
    pub table: String,
    /// What is wrong, in a sentence.
    pub what: String,
}

/// Compares the Delta tables of a store with its manifest. Blocks.
///
/// # Errors
/// [`Cancelled`](ErrorKind::Cancelled). Whatever else keeps a table from being read is a problem.
pub(super) fn compare(cold: &ColdStore, state: &State) -> Result<Vec<ColdProblem>> {
    let mut problems = Vec::new();
    for (id, meta) in &state.tables {
        let Some(floor) = meta.cold.floor else {
            continue;
        };
        let whats = match one(cold, state.store, *id, meta, floor) {
            Err(error) if error.kind() == ErrorKind::Cancelled => return Err(error),
            Err(error) => vec![error.to_string()],
            Ok(whats) => whats,
        };
        problems.extend(whats.into_iter().map(|what| ColdProblem {
            table: meta.name.clone(),
            what,
        }));
    }
    Ok(problems)
}

fn one(
    cold: &ColdStore,
    store: SegmentId,
    id: TableId,
    meta: &TableMeta,
    floor: u64,
) -> Result<Vec<String>> {
    let table = cold.delta(store, id, &meta.name)?;
    let newest = table.snapshot(At::Newest)?;
    if newest.version < floor {
        return Ok(vec![format!(
            "the log of the Delta table `{}` ends with version {}, and there was a version {floor}",
            table.name(),
            newest.version
        )]);
    }
    let is_newer = newest.version > floor;
    let then = if is_newer {
        match table.snapshot(At::Version(floor)) {
            // Others have gone on, and cleaned the log.
            Err(error) if is_gone(&error) => return Ok(Vec::new()),
            then => then?,
        }
    } else {
        newest
    };
    let mut problems = Vec::new();
    let described = then.metadata();
    let mut listed = then.files.clone();
    let prefix = format!("{}/", Layout::cold_dir(&meta.name, id));
    for (segment, known) in &meta.segments {
        let Home::Cold(file) = &known.home else {
            continue;
        };
        let path = file.path.strip_prefix(&prefix).unwrap_or(&file.path);
        match listed.remove(path) {
            None => problems.push(format!(
                "`{path}` is not listed: other programs do not see its {} rows",
                known.rows
            )),
            Some(add) => {
                let columns = &described.partition_columns;
                if let Some(wrong) = difference(meta, columns, *segment, known, file, &add)? {
                    problems.push(format!("of `{path}` {wrong} is listed wrongly"));
                }
            }
        }
    }
    problems.extend(listed.keys().map(|path| {
        format!("`{path}` is listed: other programs see its rows, which are not the store's")
    }));
    if !is_described(meta, store, &described)? {
        problems.push("its columns or properties are listed wrongly".to_owned());
    }
    // What an opening that was cut short has committed is noted before what others did before it.
    if !problems.is_empty()
        && is_newer
        && table.sequence_at(None)? > table.sequence_at(Some(floor))?
    {
        return Ok(Vec::new());
    }
    let named = |what: String| {
        format!(
            "the log of the Delta table `{}`, at version {floor}: {what}",
            table.name()
        )
    };
    Ok(problems.into_iter().map(named).collect())
}

fn is_gone(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Expired)
}

/// What an `add` says otherwise than the manifest.
fn difference(
    meta: &TableMeta,
    partition_columns: &[String],
    segment: SegmentId,
    known: &SegmentMeta,
    file: &FileMeta,
    add: &Add,
) -> Result<Option<&'static str>> {
    if add.size != file.bytes {
        return Ok(Some("the size"));
    }
    if add.deletion_vector.is_some() {
        return Ok(Some("a deletion"));
    }
    if file.seal.len == 0 {
        // Another engine wrote it, in its own words.
        return Ok(None);
    }
    // Nothing and an empty text are the same for Delta.
    let values = |all: &BTreeMap<String, Option<String>>| -> BTreeMap<String, String> {
        let all = all.iter();
        all.filter_map(|(k, v)| Some((k.clone(), v.clone().filter(|v| !v.is_empty())?)))
            .collect()
    };
    let partition = delta::partition_values(partition_columns, &known.partition);
    if values(&add.partition_values) != values(&partition) {
        return Ok(Some("the partition"));
    }
    let tag = FileTag::new(segment, file, known.schema_version);
    if FileTag::of(add.tags.as_ref()).as_ref() != Some(&tag) {
        return Ok(Some("the tag"));
    }
    let (schema, _) = meta.schema()?;
    let wanted = delta::stats(&schema, &known.stats);
    let stats = add.stats.as_deref();
    // Checkpoints of others may leave them out.
    Ok(stats
        .filter(|stats| !is_part_of(stats, &wanted))
        .map(|_| "a statistic"))
}

/// Whether all that JSON text says is said by another: statistics tell of the columns that there
/// were.
fn is_part_of(stats: &str, of: &str) -> bool {
    let parsed = |text| serde_json::from_str::<BTreeMap<String, Value>>(text).ok();
    let (Some(stats), Some(all)) = (parsed(stats), parsed(of)) else {
        return false;
    };
    all.iter().all(|(key, all)| match (stats.get(key), all) {
        (Some(Value::Object(some)), Value::Object(all)) => some
            .iter()
            .all(|(column, value)| all.get(column) == Some(value)),
        (some, all) => some == Some(all),
    })
}

/// Whether a description is one that this store has given at some time.
fn is_described(meta: &TableMeta, store: SegmentId, described: &Metadata) -> Result<bool> {
    let properties = meta.delta_properties(store);
    let json = |text: &str| serde_json::from_str::<Value>(text).ok();
    for schema in meta.decoded_schemas()? {
        let wanted = delta::metadata(described.id.clone(), 0, &schema, &properties)?;
        let same_columns = wanted.partition_columns != described.partition_columns
            || json(&wanted.schema_string) == json(&described.schema_string);
        let mut properties = wanted.configuration.iter();
        let same_name = wanted.name == described.name && wanted.format == described.format;
        if same_name
            && same_columns
            && properties.all(|(k, v)| described.configuration.get(k) == Some(v))
        {
            return Ok(true);
        }
    }
    Ok(false)
}
