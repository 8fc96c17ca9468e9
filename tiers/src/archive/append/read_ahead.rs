//! Rows that are read while others are archived.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::RecordBatch;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::held::Held;
use crate::env::block_on;
use crate::error::{Error, ErrorKind, Result};

/// Bytes of one permit.
const UNIT: u64 = 1024;

/// Reads batches on a thread of its own, so that the next ones are there when an
/// [`Archiver`](crate::Archiver) has encoded and sent its chunk.
///
/// At most so many bytes wait, beside the one batch that is being read; a batch that is larger
/// waits alone. The thread ends behind the last batch, behind the first error, and soon after
/// this is dropped.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # let dir = tempfile::tempdir().unwrap();
/// # let url = dir.path().to_str().unwrap();
/// use std::sync::Arc;
/// use arrow::array::{ArrayRef, Int64Array, RecordBatch};
/// use thermocline_tiers::{Archive, ArchiveOptions, Error, ReadAhead};
///
/// let batch = |from: i64| {
///     let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(from..from + 1_000));
///     RecordBatch::try_from_iter([("id", ids)]).unwrap()
/// };
/// let archive = Archive::builder(url).create_if_missing().open().await?;
/// let options = ArchiveOptions::new(batch(0).schema()).chunk_bytes(32 << 20);
/// let mut archiver = archive.append("events", "first-job", options).await?;
///
/// // What a reader of a file gives.
/// let source = (0..5).map(move |number| Ok::<_, Error>(batch(number * 1_000)));
/// let mut rows = ReadAhead::start(source, 8 << 20)?;
/// while let Some(batch) = rows.next().await {
///     archiver.append(batch?).await?;
/// }
/// assert_eq!(archiver.finish().await?.rows, 5_000);
/// # Ok::<_, Error>(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct ReadAhead<E = Error> {
    batches: UnboundedReceiver<Waiting<E>>,
    room: Arc<Semaphore>,
}

/// A batch, and the room that it takes while it waits.
type Waiting<E> = (Result<RecordBatch, E>, Option<OwnedSemaphorePermit>);

impl<E: From<Error> + Send + 'static> ReadAhead<E> {
    /// Starts to read; at most `bytes` bytes of batches wait.
    ///
    /// # Errors
    /// [`Io`](ErrorKind::Io) when the system gives no thread.
    pub fn start<I>(rows: I, bytes: u64) -> Result<Self>
    where
        I: Iterator<Item = Result<RecordBatch, E>> + Send + 'static,
    {
        let most = (bytes / UNIT).clamp(1, Semaphore::MAX_PERMITS as u64);
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        let room = Arc::new(Semaphore::new(most as usize));
        let (send, batches) = unbounded_channel();
        let reader = Reader {
            send,
            room: Arc::clone(&room),
            most,
        };
        std::thread::Builder::new()
            .name("thermocline-read".to_owned())
            .spawn(move || reader.run(rows))
            .map_err(|error| {
                Error::new(
                    ErrorKind::Io,
                    "the rows cannot be read ahead: the system gives no thread",
                )
                .because(error)
            })?;
        Ok(Self { batches, room })
    }

    /// The next batch, or why there is none; `None` behind the last one, and behind an error.
    ///
    /// It may be dropped before it is ready, and nothing is lost.
    ///
    /// # Errors
    /// What the iterator gave; [`InvalidInput`](ErrorKind::InvalidInput) as an `E` when it
    /// panicked.
    pub async fn next(&mut self) -> Option<Result<RecordBatch, E>> {
        let (batch, _room) = self.batches.recv().await?;
        Some(batch)
    }
}

impl<E> Drop for ReadAhead<E> {
    fn drop(&mut self) {
        // A reader that waits for room is let go.
        self.room.close();
    }
}

/// What the thread has.
struct Reader<E> {
    send: UnboundedSender<Waiting<E>>,
    room: Arc<Semaphore>,
    most: u32,
}

impl<E: From<Error>> Reader<E> {
    fn run(self, mut rows: impl Iterator<Item = Result<RecordBatch, E>>) {
        loop {
            // After a panic the iterator is not asked again.
            let next = catch_unwind(AssertUnwindSafe(|| rows.next()));
            let next = next.unwrap_or_else(|_| Some(Err(panicked().into())));
            let going_on = match next {
                None => false,
                Some(Ok(batch)) => {
                    let room = Arc::clone(&self.room).acquire_many_owned(self.units(&batch));
                    let room = block_on(None, room).ok();
                    room.is_some() && self.send.send((Ok(batch), room)).is_ok()
                }
                Some(error) => {
                    // Whoever is gone does not want to know.
                    let _ = self.send.send((error, None));
                    false
                }
            };
            if !going_on {
                return;
            }
        }
    }

    fn units(&self, batch: &RecordBatch) -> u32 {
        let mut held = Held::default();
        held.add(batch.clone());
        let units = u32::try_from(held.bytes().div_ceil(UNIT)).unwrap_or(u32::MAX);
        units.clamp(1, self.most)
    }
}

fn panicked() -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        "the reader of the rows broke down; their source may be damaged in a way that it does not \
         foresee",
    )
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::channel;

    use arrow::array::{ArrayRef, AsArray, Int64Array};
    use arrow::datatypes::Int64Type;

    use super::*;

    /// Eight KiB.
    fn batch(number: usize) -> RecordBatch {
        let values = Int64Array::from(vec![i64::try_from(number).unwrap(); 1_024]);
        RecordBatch::try_from_iter([("n", Arc::new(values) as ArrayRef)]).unwrap()
    }

    fn number(batch: &RecordBatch) -> usize {
        let values = batch.column(0).as_primitive::<Int64Type>();
        usize::try_from(values.value(0)).unwrap()
    }

    #[tokio::test]
    async fn batches_come_in_order_and_no_more_are_read_than_may_wait() {
        // A batch that is too large for the bytes waits alone.
        for (bytes, waiting) in [(32 << 10, 4), (100, 1), (0, 1)] {
            let taken = Arc::new(AtomicUsize::new(0));
            let seen = Arc::clone(&taken);
            let (asked, news) = channel();
            let rows = (0..300_usize).map(move |number| {
                // What was read before and not taken waits, the last of it perhaps for room.
                let ahead = number.saturating_sub(seen.load(Ordering::SeqCst));
                asked.send(ahead).unwrap();
                Ok::<_, Error>(batch(number))
            });
            let mut rows = ReadAhead::start(rows, bytes).unwrap();
            // Before anything is taken, it reads as far as it may.
            for ahead in 0..=waiting {
                assert_eq!(news.recv().unwrap(), ahead);
            }
            for expected in 0..300 {
                taken.fetch_add(1, Ordering::SeqCst);
                let next = rows.next().await.unwrap().unwrap();
                assert_eq!(number(&next), expected);
            }
            assert!(rows.next().await.is_none());
            let furthest = news.iter().max().unwrap();
            assert!(furthest <= waiting, "{furthest} within {bytes} bytes");
        }
    }

    #[tokio::test]
    async fn an_error_comes_in_its_place_and_is_the_last() {
        let rows = (0..10).map(|number| {
            assert!(number < 4, "it is asked again");
            if number == 3 {
                return Err(Error::not_found("gone"));
            }
            Ok(batch(number))
        });
        let mut rows = ReadAhead::start(rows, 1 << 20).unwrap();
        for expected in 0..3 {
            assert_eq!(number(&rows.next().await.unwrap().unwrap()), expected);
        }
        assert_eq!(rows.next().await.unwrap().unwrap_err().to_string(), "gone");
        assert!(rows.next().await.is_none());
    }

    #[tokio::test]
    async fn a_panic_is_an_error_behind_the_rows_before_it() {
        let rows = (0..3).map(|number| {
            assert_ne!(number, 1, "on purpose");
            Ok::<_, Error>(batch(number))
        });
        let mut rows = ReadAhead::start(rows, 1 << 20).unwrap();
        assert_eq!(number(&rows.next().await.unwrap().unwrap()), 0);
        let error = rows.next().await.unwrap().unwrap_err();
        assert!(error.to_string().contains("broke down"), "{error}");
        assert!(rows.next().await.is_none());
    }

    #[tokio::test]
    async fn the_thread_lets_go_of_the_rows_when_nobody_wants_them() {
        // While it waits for room, and while it is busy.
        for bytes in [1, u64::MAX] {
            let (asked, news) = channel();
            let rows = (0..).map(move |number| {
                asked.send(()).unwrap();
                Ok::<_, Error>(batch(number % 7))
            });
            let mut rows = ReadAhead::start(rows, bytes).unwrap();
            rows.next().await.unwrap().unwrap();
            drop(rows);
            // Until the iterator is gone, and its sender with it.
            while news.recv().is_ok() {}
        }
    }
}
