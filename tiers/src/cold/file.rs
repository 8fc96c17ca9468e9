//! One cold object.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use thermocline_formats::{ParquetSegment, Predicate, SegmentStats};

use super::ColdStore;
use super::store::Used;
use crate::error::{Error, Result};
use crate::garbage::{Doomed, Garbage, Retired};
use crate::manifest::FileMeta;

/// What the list of files says of one, where nothing else does.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    /// Columns with one value in all rows, which are not in the file.
    pub(crate) constants: Vec<(String, ArrayRef)>,
    /// The columns of which something is known, and what. `None` where the segment's own
    /// statistics tell of all of them.
    pub(crate) known: Option<(SchemaRef, SegmentStats)>,
}

/// A cold object; nothing of it is read before it is needed.
#[derive(Debug)]
pub(crate) struct ColdFile {
    pub(crate) meta: FileMeta,
    store: ColdStore,
    retired: Retired,
    listed: Listed,
    _used: Used,
}

impl ColdFile {
    pub(crate) fn new(store: &ColdStore, garbage: Option<Arc<Garbage>>, meta: FileMeta) -> Self {
        let retired = Retired::new(garbage, Doomed::Cold(meta.path.clone()));
        let used = store.used(&meta.path);
        Self {
            meta,
            store: store.clone(),
            retired,
            listed: Listed::default(),
            _used: used,
        }
    }

    /// The same file with what a list of files says of it.
    pub(crate) fn listed_as(mut self, listed: Listed) -> Self {
        self.listed = listed;
        self
    }

    pub(crate) fn listed(&self) -> &Listed {
        &self.listed
    }

    /// The manifest no longer lists the object.
    pub(crate) fn retire(&self) {
        self.retired.retire();
    }

    /// Where it is, as users are told: below the store's directory or, if the cold
    /// tier is elsewhere, below its root.
    pub(crate) fn shown_path(&self) -> String {
        format!("cold/{}", self.meta.path)
    }

    /// Its footer.
    pub(crate) async fn footer(&self) -> Result<ParquetSegment> {
        self.store.footer(&self.meta).await
    }

    /// The rows of one row group, as a stream; rows that cannot match
    /// `predicate` may be left out.
    pub(crate) async fn read(
        &self,
        row_group: usize,
        columns: Option<&[usize]>,
        predicate: Option<&Predicate>,
    ) -> Result<BoxStream<'static, Result<RecordBatch>>> {
        self.open(row_group, columns, predicate, true).await
    }

    /// All rows of one row group, for somebody who puts them elsewhere: what is read of a
    /// remote object is not kept.
    pub(crate) async fn read_once(
        &self,
        row_group: usize,
    ) -> Result<BoxStream<'static, Result<RecordBatch>>> {
        self.open(row_group, None, None, false).await
    }

    async fn open(
        &self,
        row_group: usize,
        columns: Option<&[usize]>,
        predicate: Option<&Predicate>,
        keep: bool,
    ) -> Result<BoxStream<'static, Result<RecordBatch>>> {
        let footer = self.footer().await?;
        let reader = self.store.reader(&self.meta, keep)?;
        let store = self.store.clone();
        let meta = self.meta.clone();
        let stream = match footer.read(reader, row_group, columns, predicate) {
            Ok(stream) => stream,
            Err(error) => return Err(self.store.explain(&self.meta, error).await),
        };
        let named = stream.then(move |batch| {
            let (store, meta) = (store.clone(), meta.clone());
            async move {
                match batch {
                    Ok(batch) => Ok(batch),
                    Err(error) => Err(store.explain(&meta, error).await),
                }
            }
        });
        Ok(named.boxed())
    }

    /// Waits on a plain thread.
    pub(crate) fn wait<F: Future>(&self, future: F) -> F::Output {
        self.store.wait(future)
    }

    /// Reads every byte anew and compares it with what the manifest says.
    pub(crate) async fn verify(&self, rows: u64) -> Result<()> {
        let bytes: Bytes = self.store.get(&self.meta.path).await?;
        let name = self.shown_path();
        let crc = crc32c::crc32c(&bytes);
        if bytes.len() as u64 != self.meta.bytes || crc != self.meta.crc {
            return Err(Error::corrupt(
                name,
                format!(
                    "its {} bytes have checksum {crc:08x}, written were {} with {:08x}",
                    bytes.len(),
                    self.meta.bytes,
                    self.meta.crc
                ),
            ));
        }
        let found = self.footer().await?.rows();
        if found != rows {
            return Err(Error::corrupt(
                name,
                format!("it has {found} rows instead of {rows}"),
            ));
        }
        Ok(())
    }
}
