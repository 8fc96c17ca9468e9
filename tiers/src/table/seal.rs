//! Open rows of a table become segments.

use std::sync::Arc;

use futures::future::BoxFuture;

use crate::error::Result;
use crate::hot::{OpenRows, SealRequest, seal};
use crate::layout::TableId;
use crate::snapshot::TableView;
use crate::store::Core;

impl Core {
    /// Seals all open rows of a table. A crash undoes it: until its segments
    /// have files, replay makes the rows open again.
    #[tracing::instrument(skip(self), fields(table = id.0))]
    pub(crate) fn seal_table(self: &Arc<Self>, id: TableId) -> BoxFuture<'_, Result<usize>> {
        Box::pin(async move {
            let one = Arc::clone(self.seals.lock().entry(id).or_default());
            let one = one.lock_owned().await;
            let Some(view) = self.close_open_rows(id) else {
                return Ok(0);
            };
            let core = Arc::clone(self);
            let outcome = self
                .env
                .blocking(move || {
                    // Held to the end of the work, which a caller that gives up does
                    // not stop.
                    let _one = one;
                    let segments = core.sealed(&view)?;
                    let count = segments.len();
                    core.publish(|published| {
                        let view_now = Arc::make_mut(&mut published.view);
                        if let Some(table) = view_now.table_mut(id) {
                            // The rows of `view.open` are in the segments now.
                            table
                                .open
                                .retain(|rows| !view.open.iter().any(|old| Arc::ptr_eq(old, rows)));
                            table.segments.extend(segments.into_iter().map(Arc::new));
                        }
                    });
                    metrics::counter!("thermocline_segments_sealed_total").increment(count as u64);
                    Ok(count)
                })
                .await?;
            Ok(outcome)
        })
    }

    /// Gives the table new open rows and returns the view with the old ones;
    /// `None` if there is nothing to seal.
    fn close_open_rows(&self, id: TableId) -> Option<TableView> {
        self.publish(|published| {
            let table = published.view.table_by_id(id)?;
            if table.open.iter().all(|rows| rows.is_empty()) {
                return None;
            }
            let old = TableView::clone(table);
            let table = Arc::make_mut(&mut published.view).table_mut(id)?;
            table.open.push(Arc::new(OpenRows::default()));
            Some(old)
        })
    }

    fn sealed(&self, view: &TableView) -> Result<Vec<crate::segment::Segment>> {
        let now = self.env.clock.now();
        let request = SealRequest {
            rows: view
                .open
                .iter()
                .flat_map(|rows| rows.up_to(crate::Lsn(u64::MAX)))
                .collect(),
            schema: &view.schema,
            schema_version: view.schema_version,
            partition_by: &view.layout.partition_by,
            sort_by: &view.layout.sort_by,
            event_time: view.layout.event_time.as_deref(),
            now,
            recorder: &self.recorder,
        };
        seal(&request, || self.env.ids.segment(now))
    }
}
