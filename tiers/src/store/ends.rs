//! How far manifest and log reached when the store was closed.
//!
//! The last frame of either looks the same when it is damaged as when it was
//! torn by a crash, and a crash is answered by cutting it off. So an orderly
//! close writes down where both end. They only ever grow: whoever finds them
//! shorter has found damage.

use std::io;

use serde::{Deserialize, Serialize};
use thermocline_formats::{Compression, FrameReader, PreparedFrame};
use thermocline_policy::SegmentId;

use crate::env::{Env, Fs};
use crate::error::{Error, Result};
use crate::layout::Layout;
use crate::lsn::Lsn;
use crate::manifest::State;

/// Frame kind of the only frame in the file.
const ENDS: u8 = 4;

/// The least that manifest and log must reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ends {
    /// Whose ends they are.
    pub(crate) store: SegmentId,
    /// A manifest version that is durable.
    pub(crate) version: u64,
    /// A write that is durable.
    pub(crate) last: Lsn,
}

impl Ends {
    /// What was written down last. A file that cannot be understood says nothing:
    /// it is a second witness, and nothing is lost with it.
    pub(crate) fn load(fs: &dyn Fs, layout: &Layout) -> Result<Option<Self>> {
        let path = layout.ends();
        let bytes = match fs.read(&path, 0) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Error::io(&path, "read", e)),
        };
        let ends = match FrameReader::new(bytes).next_frame() {
            Ok(Some(frame)) if frame.kind == ENDS => rmp_serde::from_slice(&frame.payload).ok(),
            _ => None,
        };
        if ends.is_none() {
            tracing::warn!(path = %path.display(), "this file is damaged, and is left out");
        }
        Ok(ends)
    }

    /// Writes them down, durably.
    pub(crate) fn store(&self, env: &Env, layout: &Layout) -> Result<()> {
        let path = layout.ends();
        let payload = rmp_serde::to_vec_named(self).map_err(Error::bug)?;
        let frame =
            PreparedFrame::new(ENDS, payload, Compression::None)?.seal(self.last.0, self.last.0);
        env.write_atomically(&path, |mut file| {
            frame
                .write_to(&mut file)
                .map_err(|e| Error::io(&path, "write", e))
        })
    }

    /// Refuses a manifest that ends before it did.
    pub(crate) fn check_manifest(&self, layout: &Layout, state: &State) -> Result<()> {
        let what = if state.store != self.store {
            "it is the manifest of another store".to_owned()
        } else if state.version < self.version {
            format!(
                "it ends with version {}, and had version {} when the store was closed",
                state.version, self.version
            )
        } else {
            return Ok(());
        };
        Err(Error::corrupt(layout.manifest().display(), what))
    }

    /// Refuses a log whose last write is before the one that it had.
    pub(crate) fn check_log(&self, layout: &Layout, last: Lsn) -> Result<()> {
        if last >= self.last {
            return Ok(());
        }
        Err(Error::corrupt(
            layout.log().display(),
            format!(
                "it ends with write {last}, and had write {} when the store was closed",
                self.last
            ),
        ))
    }
}
