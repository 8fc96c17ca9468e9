//! One warm file.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use thermocline_formats::IpcSegment;

use super::maps::{Mapping, Maps};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::garbage::{Doomed, Garbage, Retired};
use crate::layout::Layout;
use crate::manifest::FileMeta;

/// A warm file, mapped when it is first read.
#[derive(Debug)]
pub(crate) struct WarmFile {
    pub(crate) meta: FileMeta,
    path: PathBuf,
    env: Env,
    mapping: Mapping,
    /// Set once the file was read as a promoted copy: all readers must agree on
    /// whether it is usable.
    usable: OnceLock<bool>,
    retired: Retired,
}

impl WarmFile {
    pub(crate) fn new(
        env: &Env,
        layout: &Layout,
        maps: &Arc<Maps>,
        garbage: Option<Arc<Garbage>>,
        meta: FileMeta,
    ) -> Self {
        Self {
            path: layout.at(&meta.path),
            env: env.clone(),
            mapping: Mapping::new(maps),
            usable: OnceLock::new(),
            retired: Retired::new(garbage, Doomed::Local(meta.path.clone())),
            meta,
        }
    }

    /// The manifest no longer lists the file.
    pub(crate) fn retire(&self) {
        self.retired.retire();
    }

    /// The mapped file; only its footer was read and checked.
    pub(crate) fn segment(&self) -> Result<Arc<IpcSegment>> {
        self.mapping.get(|| self.map())
    }

    /// The mapped file, where it is a copy of a home elsewhere; `None` if it cannot
    /// be used, now and from now on.
    pub(crate) fn as_copy(&self) -> Option<Arc<IpcSegment>> {
        let segment = || {
            self.segment()
                .inspect_err(|error| self.note_damage(error))
                .ok()
        };
        let usable = self.usable.get_or_init(|| segment().is_some());
        usable.then(segment).flatten()
    }

    /// Tells that the home is read instead of this copy.
    pub(crate) fn note_damage(&self, error: &Error) {
        metrics::counter!("thermocline_errors_total", "where" => "copy").increment(1);
        tracing::warn!(%error, "a promoted copy cannot be read; its home is read instead");
    }

    fn map(&self) -> Result<IpcSegment> {
        let buffer = self
            .env
            .fs
            .map(&self.path)
            .map_err(|e| Error::io(&self.path, "map", e))?;
        if buffer.len() as u64 != self.meta.bytes {
            return Err(Error::corrupt(
                self.path.display(),
                format!(
                    "it has {} bytes instead of {}",
                    buffer.len(),
                    self.meta.bytes
                ),
            ));
        }
        metrics::counter!("thermocline_warm_maps_total").increment(1);
        IpcSegment::open(buffer, Some(self.meta.seal.crc))
            .map_err(|e| Error::format(self.path.display(), e))
    }

    /// The error of reading a block, with the file's name.
    pub(crate) fn error(&self, source: thermocline_formats::Error) -> Error {
        Error::format(self.path.display(), source)
    }

    /// Reads every byte anew and compares it with what the manifest says.
    pub(crate) fn verify(&self, rows: u64) -> Result<()> {
        let bytes = self
            .env
            .fs
            .read(&self.path, 0)
            .map_err(|e| Error::io(&self.path, "read", e))?;
        let crc = crc32c::crc32c(&bytes);
        if bytes.len() as u64 != self.meta.bytes || crc != self.meta.crc {
            return Err(Error::corrupt(
                self.path.display(),
                format!(
                    "its {} bytes have checksum {crc:08x}, written were {} with {:08x}",
                    bytes.len(),
                    self.meta.bytes,
                    self.meta.crc
                ),
            ));
        }
        let segment =
            IpcSegment::open(bytes.into(), Some(self.meta.seal.crc)).map_err(|e| self.error(e))?;
        segment.verify().map_err(|e| self.error(e))?;
        if segment.rows() != rows {
            return Err(Error::corrupt(
                self.path.display(),
                format!("it has {} rows instead of {rows}", segment.rows()),
            ));
        }
        Ok(())
    }
}
