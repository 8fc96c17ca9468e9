//! Which files belong to a set: the file `_thermocline`.

use std::path::Path;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use thermocline_formats::{
    Compression, FORMAT_VERSION, FooterSeal, FrameReader, PartitionBy, PreparedFrame, SegmentStats,
};

use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};

/// Name of the list. Programs that read directories of Parquet files leave out
/// names that begin with `_`.
pub(super) const NAME: &str = "_thermocline";

/// The kind of its frame.
const KIND: u8 = 1;

/// A set of rows at one moment.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Listing {
    version: u32,
    /// Grows with every change.
    pub(super) generation: u64,
    /// Whether the set was saved and not removed since.
    pub(super) saved: bool,
    /// How the files are divided.
    pub(super) partition_by: PartitionBy,
    /// Every schema that a file has, as an Arrow schema message; the newest last.
    pub(super) schemas: Vec<Vec<u8>>,
    /// The files, in the order of their rows.
    pub(super) files: Vec<Listed>,
    /// Files of ours that are to be removed: those of a change before, or those
    /// of a change that did not come to its end.
    pub(super) doomed: Vec<String>,
}

/// A file of a set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Listed {
    /// Relative to the directory, with `/`.
    pub(super) path: String,
    /// Length, and what the trailer must be.
    pub(super) seal: FooterSeal,
    /// Index of the schema of its rows.
    pub(super) schema: usize,
    /// The zone map of its rows, columns in the path included.
    pub(super) stats: SegmentStats,
    /// The columns that stand in the path: a batch of one row, or empty.
    pub(super) in_path: Vec<u8>,
}

impl Listing {
    /// Reads the list in `dir`; `None` where there is none.
    pub(super) fn load(env: &Env, dir: &Path) -> Result<Option<Self>> {
        let path = dir.join(NAME);
        let bytes: Bytes = match env.fs.read(&path, 0) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Error::io(&path, "read", e)),
        };
        let damaged = |what: String| Error::corrupt(path.display(), what);
        let len = bytes.len() as u64;
        let frame = FrameReader::new(bytes)
            .next_frame()
            .map_err(|damage| damaged(damage.to_string()))?
            .filter(|frame| frame.kind == KIND && frame.end == len)
            .ok_or_else(|| damaged("it is no list of files".to_owned()))?;
        let listing: Self =
            rmp_serde::from_slice(&frame.payload).map_err(|e| damaged(e.to_string()))?;
        if listing.version > FORMAT_VERSION {
            return Err(Error::new(
                ErrorKind::NewerVersion,
                format!(
                    "`{}` was written by a later version of Thermocline; upgrade to read it",
                    path.display()
                ),
            ));
        }
        Ok(Some(listing))
    }

    /// Makes this the list in `dir`, durably and all at once.
    pub(super) fn store(&mut self, env: &Env, dir: &Path) -> Result<()> {
        self.version = FORMAT_VERSION;
        self.generation += 1;
        let path = dir.join(NAME);
        let payload = rmp_serde::to_vec_named(self).map_err(Error::bug)?;
        let frame = PreparedFrame::new(KIND, payload, Compression::Lz4)?
            .seal(self.generation, self.generation);
        env.write_atomically(&path, |mut file| {
            frame
                .write_to(&mut file)
                .map_err(|e| Error::io(&path, "write", e))
        })
    }
}
