//! What a point read of cold rows asks a remote object store for.

use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::UInt64Type;
use futures::TryStreamExt;
use object_store::ObjectStoreExt;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaDataReader};
use thermocline::formats::ParquetOptions;
use thermocline::{ObjectStoreSettings, Predicate, ScanOptions, Selection, Settings, Store, Tier};

use crate::context::Context;
use crate::harness::{Line, Outcome, Target, same};
use crate::orders;
use crate::remote::{Reads, Remote};

/// Rows of a page, as somebody chooses who looks single rows up.
const PAGE_ROWS: usize = 8_192;

/// Orders looked up one by one, footers in memory, against the pages that they are in; and
/// the same once more, when they are on the local disk.
pub(super) fn run(context: &Context) -> Outcome<Vec<Line>> {
    let rows = context.size(150_000, 1_000_000);
    let points = context.size(20, 200);
    let dir = context.fresh_dir()?;
    let remote = Arc::<Remote>::default();
    let form = ParquetOptions::default().with_page_rows(PAGE_ROWS);
    // So small that no page stands in a gap.
    let network = ObjectStoreSettings::default().with_join_bytes(4 << 10);
    let settings = Settings::default()
        .with_cold(form)
        .with_object_store(network);
    context.block_on(async {
        let store = Store::builder(dir.path())
            .create_new()
            .background(false)
            .settings(settings)
            .cold_remote(Arc::<Remote>::clone(&remote))
            .open()
            .await?;
        let table = orders::create_table(&store).await?;
        table.append(orders::batch(0, rows)?).await?;
        table.move_to(&Selection::All, Tier::Cold).await?;
        let mut reads = Vec::new();
        let (mut ours, mut matching, mut again) = (0, 0, 0);
        // The footers.
        point(&store, 0).await?;
        for number in 1..=points {
            let id = orders::mix(number) % rows;
            remote.take();
            point(&store, id).await?;
            let read = remote.take();
            // What is on the disk already is not asked for.
            if read.rounds > 0 {
                ours += read.bytes;
                matching += pages_of(&remote, id).await?;
            }
            reads.push(read.rounds);
            point(&store, id).await?;
            again += remote.take().rounds;
        }
        remote.take();
        for _ in 0..3600 {
            store.step().await?;
        }
        let Reads { rounds: idle, .. } = remote.take();
        store.close().await?;
        reads.sort_unstable();
        let at = |share: usize| reads.get(reads.len() * share / 100).copied();
        let rounds = |share| at(share).map_or(f64::NAN, f64::from);
        Ok(vec![
            Line::ratio("rounds of requests, median", "one", rounds(50))
                .with_target(Target::AtMost(1.0)),
            Line::ratio("rounds of requests, p99", "one", rounds(99))
                .with_target(Target::AtMost(2.0)),
            Line::size(
                "bytes read",
                "the matching pages",
                ours as f64,
                matching as f64,
            )
            .with_target(Target::AtMost(1.2)),
            Line::ratio("rounds of the same reads again", "one", f64::from(again))
                .with_target(Target::AtMost(0.0)),
            Line::ratio("requests of 3,600 idle steps", "one", f64::from(idle))
                .with_target(Target::AtMost(0.0)),
        ])
    })
}

/// One order, all of its columns.
async fn point(store: &Store, id: u64) -> Outcome<()> {
    let snapshot = store.snapshot();
    let table = snapshot.table(orders::TABLE).ok_or("no table")?;
    let options = ScanOptions::new().with_predicate(Predicate::eq("order_id", id));
    let batches: Vec<RecordBatch> = table.scan(options)?.stream().try_collect().await?;
    let ids: Vec<u64> = batches
        .iter()
        .filter_map(|batch| batch.column(0).as_primitive_opt::<UInt64Type>())
        .flat_map(|ids| ids.values().to_vec())
        .collect();
    same("the order", &ids, &vec![id])
}

/// Bytes of the pages that an order is in, by the Parquet library.
async fn pages_of(remote: &Remote, id: u64) -> Outcome<u64> {
    let mut before = 0;
    for object in remote.files().await? {
        let bytes = remote.memory.get(&object).await?.bytes().await?;
        let mut parser =
            ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Required);
        parser.try_parse(&bytes)?;
        let metadata = parser.finish()?;
        let index = metadata.page_index().ok_or("no page index")?;
        for (number, group) in metadata.row_groups().iter().enumerate() {
            let rows = u64::try_from(group.num_rows())?;
            if id < before + rows {
                let row = i64::try_from(id - before)?;
                return (0..group.num_columns())
                    .map(|column| {
                        let index = index.offset_index(number, column).ok_or("no pages")?;
                        let pages = &index.page_locations;
                        let page = pages.iter().rfind(|page| page.first_row_index <= row);
                        let page = u64::try_from(page.ok_or("no page")?.compressed_page_size)?;
                        // Without its dictionary a page says nothing.
                        let chunk = group.column(column);
                        let dictionary = match chunk.dictionary_page_offset() {
                            Some(at) => u64::try_from(chunk.data_page_offset() - at)?,
                            None => 0,
                        };
                        Ok(page + dictionary)
                    })
                    .sum();
            }
            before += rows;
        }
    }
    Err(format!("order {id} is in no file").into())
}
