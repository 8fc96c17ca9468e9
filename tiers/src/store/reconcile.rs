//! Opening: the manifest and the Delta tables are brought together.

use crate::cold::ColdStore;
use crate::cold::delta::Commit;
use crate::error::{Error, ErrorKind, Result};
use crate::layout::{Layout, TableId};
use crate::manifest::{Edit, ManifestWriter, TableMeta};
use crate::mover::outdated;

/// What others did to Delta tables while the store was closed.
pub(super) type News = Vec<(TableId, Vec<Commit>)>;

/// Reads what the Delta tables' logs have behind what the manifest relies on, one listing
/// a table, and finishes changes that got there. A change that did not is left to be
/// carried out. Blocks; reads no segment file.
///
/// # Errors
/// [`Outdated`](ErrorKind::Outdated) when a Delta table has changes of this store that
/// the manifest knows nothing of.
pub(super) fn reconcile(cold: &ColdStore, manifest: &mut ManifestWriter) -> Result<News> {
    let mut news = News::new();
    let state = manifest.state().clone();
    for (id, meta) in &state.tables {
        if meta.cold.floor.is_none() && meta.cold.intent.is_none() {
            continue;
        }
        let delta = cold.delta(state.store, *id, &meta.name)?;
        let floor = meta.cold.floor.unwrap_or(0);
        let commits = match cold.wait(delta.since(floor)) {
            Err(error) if error.kind() == ErrorKind::Expired => {
                let head = delta.head()?;
                if head.sequence > meta.cold.sequence {
                    return Err(outdated(&meta.name, head.sequence, meta.cold.sequence));
                }
                return Err(cleaned(meta, &error));
            }
            other => other?,
        };
        let app = Layout::delta_app(state.store, *id);
        let mut foreign = Vec::new();
        for commit in commits {
            let Some(sequence) = commit.txns.get(&app) else {
                foreign.push(commit);
                continue;
            };
            let sequence = u64::try_from(*sequence).unwrap_or_default();
            let intent = meta.cold.intent.as_ref();
            let mark = intent.map(|intent| (intent.sequence, intent.uuid.to_string()));
            match (mark, commit.uuid) {
                (Some((number, mark)), Some(uuid)) if number == sequence && mark == uuid => {
                    // What others did before is only known when note was taken of it.
                    let known = foreign.is_empty();
                    manifest.commit(&[Edit::ColdDone {
                        id: *id,
                        sequence,
                        floor: if known { commit.version } else { floor },
                    }])?;
                }
                // A change that was finished already, seen again.
                _ if sequence < meta.cold.sequence
                    || intent.is_none() && sequence <= meta.cold.sequence => {}
                _ => return Err(outdated(&meta.name, sequence, meta.cold.sequence)),
            }
        }
        if !foreign.is_empty() {
            news.push((*id, foreign));
        }
    }
    Ok(news)
}

fn cleaned(meta: &TableMeta, error: &Error) -> Error {
    Error::new(
        ErrorKind::Outdated,
        format!(
            "table `{}`: {error}, and others have committed to it since this store was open; \
             keep the log longer than the store is closed, and restore the store from a backup",
            meta.name
        ),
    )
}
