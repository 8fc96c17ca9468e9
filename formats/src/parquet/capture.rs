//! Getting at the pages of a column while the Parquet library writes it.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use parquet::arrow::arrow_writer::{PageKey, PageStore, PageStoreArgs, PageStoreFactory};
use parquet::errors::{ParquetError, Result};

/// The pages of one column chunk as the library hands them over: each page's header, then its
/// data; a dictionary page comes last.
pub(super) type Pages = Arc<Mutex<Vec<Bytes>>>;

/// Makes a place for the pages of every column of a row group, and keeps hold of them.
#[derive(Debug, Default)]
pub(super) struct Capture {
    columns: Mutex<Vec<Pages>>,
}

impl Capture {
    /// The places that were made since the last call, one for each leaf column in order.
    pub(super) fn take(&self) -> Vec<Pages> {
        std::mem::take(&mut *self.columns.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl PageStoreFactory for Capture {
    fn create(&self, _: &PageStoreArgs<'_>) -> Result<Box<dyn PageStore>> {
        let pages = Pages::default();
        let mut columns = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
        columns.push(Arc::clone(&pages));
        Ok(Box::new(Store(pages)))
    }
}

struct Store(Pages);

impl PageStore for Store {
    fn put(&mut self, bytes: Bytes) -> Result<PageKey> {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pages.push(bytes);
        Ok(PageKey::new(pages.len() as u64 - 1))
    }

    fn take(&mut self, key: PageKey) -> Result<Bytes> {
        let pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let page = usize::try_from(key.get())
            .ok()
            .and_then(|index| pages.get(index));
        page.cloned()
            .ok_or_else(|| ParquetError::General(format!("there is no page {key:?}")))
    }

    fn memory_size(&self) -> usize {
        let pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pages.iter().map(Bytes::len).sum()
    }
}
