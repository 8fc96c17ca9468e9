//! Many writers who share syncs.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use thermocline::{Env, Store, WriteFile};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::context::{Context, ROUNDS};
use crate::harness::{Line, Outcome, Target, interleave, same};
use crate::orders;

const WRITERS: u64 = 64;

/// 64 writers, each of which waits until its row is on the disk before it writes the next.
pub(super) fn run(context: &Context) -> Outcome<Vec<Line>> {
    let rows_each = context.size(10, 200);
    let frame = context.block_on(frame_bytes(context))?;
    let pair = interleave(
        ROUNDS,
        || context.block_on(append(context, rows_each)),
        || context.block_on(bare(context, rows_each, frame)),
    )?;
    let what = format!("64 writers, {rows_each} rows each");
    Ok(vec![
        Line::speed(what, "a bare group commit", &pair).with_target(Target::AtLeast(0.8)),
    ])
}

/// Bytes of one row in the log: the bare loop writes as many.
async fn frame_bytes(context: &Context) -> Outcome<usize> {
    let dir = context.fresh_dir()?;
    let store = Store::builder(dir.path().join("store"))
        .create_new()
        .background(false)
        .open();
    let store = store.await?;
    let table = orders::create_table(&store).await?;
    let before = store.stats().log_bytes;
    table.append(orders::batch(0, 1)?).await?;
    let bytes = store.stats().log_bytes - before;
    store.close().await?;
    Ok(usize::try_from(bytes)?)
}

async fn append(context: &Context, rows_each: u64) -> Outcome<Duration> {
    let dir = context.fresh_dir()?;
    let store = Store::create(dir.path().join("store")).await?;
    let table = orders::create_table(&store).await?;
    let rows = orders::batch(0, WRITERS * rows_each)?;
    let mut writers = JoinSet::new();
    let started = Instant::now();
    for writer in 0..WRITERS {
        let (table, rows) = (table.clone(), rows.clone());
        writers.spawn(async move {
            for row in 0..rows_each {
                let row = usize::try_from(writer * rows_each + row)?;
                table.append(rows.slice(row, 1)).await?;
            }
            Outcome::Ok(())
        });
    }
    while let Some(writer) = writers.join_next().await {
        writer??;
    }
    let took = started.elapsed();
    let (found, expected) = (
        orders::scan(&store.snapshot())?,
        orders::Totals::of([&rows]),
    );
    same(
        "the table",
        &(found.rows, found.integers),
        &(expected.rows, expected.integers),
    )?;
    store.close().await?;
    Ok(took)
}

/// A thread that writes and syncs whatever has gathered, and writers that wait for it.
#[derive(Debug)]
struct Bare {
    gathered: Mutex<Gathered>,
    more: Condvar,
    durable: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Gathered {
    bytes: Vec<u8>,
    last: u64,
    over: bool,
}

async fn bare(context: &Context, rows_each: u64, frame: usize) -> Outcome<Duration> {
    let dir = context.fresh_dir()?;
    let file = Env::real().fs.create(&dir.path().join("raw"))?;
    let bare = Arc::new(Bare {
        gathered: Mutex::default(),
        more: Condvar::new(),
        durable: watch::Sender::new(0),
    });
    let committer = std::thread::spawn({
        let bare = Arc::clone(&bare);
        move || bare.commit(file)
    });
    let mut writers = JoinSet::new();
    let started = Instant::now();
    for _ in 0..WRITERS {
        let bare = Arc::clone(&bare);
        writers.spawn(async move {
            let row = vec![7_u8; frame];
            for _ in 0..rows_each {
                bare.write(&row).await?;
            }
            Outcome::Ok(())
        });
    }
    while let Some(writer) = writers.join_next().await {
        writer??;
    }
    let took = started.elapsed();
    bare.gathered.lock().over = true;
    bare.more.notify_one();
    committer
        .join()
        .map_err(|_| "the committing thread panicked")??;
    same(
        "the number of rows",
        &*bare.durable.borrow(),
        &(WRITERS * rows_each),
    )?;
    Ok(took)
}

impl Bare {
    async fn write(&self, row: &[u8]) -> Outcome<()> {
        let mut durable = self.durable.subscribe();
        let number = {
            let mut gathered = self.gathered.lock();
            gathered.bytes.extend_from_slice(row);
            gathered.last += 1;
            gathered.last
        };
        self.more.notify_one();
        durable.wait_for(|durable| *durable >= number).await?;
        Ok(())
    }

    fn commit(&self, mut file: Box<dyn WriteFile>) -> std::io::Result<()> {
        loop {
            let (bytes, last) = {
                let mut gathered = self.gathered.lock();
                self.more
                    .wait_while(&mut gathered, |g| g.bytes.is_empty() && !g.over);
                if gathered.bytes.is_empty() {
                    return Ok(());
                }
                (std::mem::take(&mut gathered.bytes), gathered.last)
            };
            file.write_all(&bytes)?;
            file.sync()?;
            self.durable.send_replace(last);
        }
    }
}
