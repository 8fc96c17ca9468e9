//! Reading the manifest.

use std::path::Path;
use std::sync::Arc;

use thermocline_formats::{Frame, FrameReader, find_acknowledged_after};

use super::{CHECKPOINT, COMMIT, EXTENSION, Edit, FORMAT, State};
use crate::env::Fs;
use crate::error::{Error, ErrorKind, Result};
use crate::numbered;
use crate::table::name;

/// How far a manifest was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// Number of the file.
    pub(crate) number: u64,
    /// Bytes of it that are good.
    pub(crate) offset: u64,
}

/// A manifest as read.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    pub(crate) state: Arc<State>,
    pub(crate) position: Position,
    pub(crate) checkpoint_bytes: u64,
    /// Where the last commit begins: each is durable before the next is written,
    /// but nobody knows of the last one.
    pub(crate) last_commit: u64,
}

/// Reads the newest manifest in `dir`; `None` where there is none.
///
/// A reading process passes what it read `before` and pays only for the
/// commits that are new.
pub(crate) fn load(fs: &dyn Fs, dir: &Path, before: Option<&Loaded>) -> Result<Option<Loaded>> {
    // A roll may remove the file between the listing and the read.
    for _ in 0..16 {
        let Some((number, path, len)) = numbered::list(fs, dir, EXTENSION)?.pop() else {
            return Ok(None);
        };
        let known = before.filter(|b| b.position.number == number);
        if let Some(known) = known
            && known.position.offset == len
        {
            return Ok(Some(known.clone()));
        }
        let from = known.map_or(0, |k| k.position.offset);
        match fs.read(&path, from) {
            Ok(bytes) => return replay(&path, number, &bytes, known).map(Some),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => return Err(Error::io(&path, "read", e)),
        }
    }
    Err(Error::new(
        ErrorKind::Expired,
        format!(
            "`{}` changes faster than it can be read; try again",
            dir.display()
        ),
    ))
}

fn replay(
    path: &Path,
    number: u64,
    bytes: &bytes::Bytes,
    known: Option<&Loaded>,
) -> Result<Loaded> {
    let name = path.display();
    let base = known.map_or(0, |k| k.position.offset);
    let mut checkpoint_bytes = known.map_or(0, |k| k.checkpoint_bytes);
    let mut state = known.map(|k| State::clone(&k.state));
    let mut frames = FrameReader::new(bytes.clone());
    let mut end = 0;
    let mut last_commit = known.map_or(0, |k| k.last_commit);
    loop {
        match frames.next_frame() {
            Ok(None) => break,
            Ok(Some(frame)) => {
                end = frame.end;
                last_commit = base + frame.offset;
                match &mut state {
                    None => {
                        state = Some(checkpoint(&name, &frame)?);
                        checkpoint_bytes = frame.end;
                    }
                    Some(state) => commit(&name, state, &frame)?,
                }
            }
            Err(damage) => {
                let version = state.as_ref().map_or(0, |s| s.version);
                let acknowledged = find_acknowledged_after(bytes, damage.offset, version).is_some();
                // A checkpoint is renamed into place whole, so a torn one is damage.
                if acknowledged || state.is_none() || damage.is_newer_version() {
                    return Err(damage_error(&name, &damage));
                }
                break;
            }
        }
    }
    let state = state.ok_or_else(|| Error::corrupt(&name, "it is empty"))?;
    // Names become folders.
    for table in state.tables.values() {
        name::check(&table.name).map_err(|e| Error::corrupt(&name, e))?;
    }
    let position = Position {
        number,
        offset: base + end,
    };
    Ok(Loaded {
        state: Arc::new(state),
        position,
        checkpoint_bytes,
        last_commit,
    })
}

fn checkpoint(name: &impl std::fmt::Display, frame: &Frame) -> Result<State> {
    if frame.kind != CHECKPOINT {
        return Err(Error::corrupt(name, "it does not start with a checkpoint"));
    }
    let state: State = rmp_serde::from_slice(&frame.payload)
        .map_err(|e| Error::corrupt(name, format!("its checkpoint cannot be read: {e}")))?;
    let ours = FORMAT;
    if state.format < ours {
        return Err(Error::new(
            ErrorKind::Unsupported,
            format!(
                "`{name}` belongs to a store of format {}, and this version knows format {ours}; \
                 export its tables with the version that wrote it, and ingest them anew",
                state.format
            ),
        ));
    }
    if state.format > ours {
        return Err(Error::new(
            ErrorKind::NewerVersion,
            format!(
                "`{name}` belongs to a store of format {}, and this version knows format {ours}; upgrade Thermocline",
                state.format
            ),
        ));
    }
    Ok(state)
}

fn commit(name: &impl std::fmt::Display, state: &mut State, frame: &Frame) -> Result<()> {
    if frame.kind != COMMIT || frame.lsn != state.version + 1 {
        return Err(Error::corrupt(
            name,
            format!("commit {} does not follow {}", frame.lsn, state.version),
        ));
    }
    let edits: Vec<Edit> = rmp_serde::from_slice(&frame.payload)
        .map_err(|e| Error::corrupt(name, format!("commit {} cannot be read: {e}", frame.lsn)))?;
    state.apply(&edits)
}

fn damage_error(name: &impl std::fmt::Display, damage: &thermocline_formats::Damage) -> Error {
    if damage.is_newer_version() {
        return Error::new(
            ErrorKind::NewerVersion,
            format!("`{name}` was written by a newer version: {damage}; upgrade Thermocline"),
        );
    }
    Error::corrupt(name, damage)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::Env;
    use crate::manifest::{ManifestWriter, fresh_store_id};

    #[test]
    fn stores_of_other_formats_are_refused_by_name() {
        let env = Env::real();
        for (format, kind) in [
            (FORMAT - 1, ErrorKind::Unsupported),
            (FORMAT + 1, ErrorKind::NewerVersion),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let mut state = State::new(fresh_store_id(&env), Default::default());
            state.format = format;
            let path = dir.path().to_owned();
            drop(ManifestWriter::create(&env, path.clone(), 1 << 20, state).unwrap());
            let error = load(env.fs.as_ref(), &path, None).unwrap_err();
            assert_eq!(error.kind(), kind, "{error}");
            assert!(
                error.to_string().contains(&format!("format {format}")),
                "{error}"
            );
        }
    }
}
