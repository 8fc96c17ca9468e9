//! Rows come in.

use std::sync::Arc;

use arrow::array::RecordBatch;
use futures::future::BoxFuture;
use thermocline_formats::check_batch;

use super::{Table, being_dropped};
use crate::error::{Error, Result};
use crate::hot::batch_bytes;
use crate::log::{Durability, Receipt, encode_append};
use crate::lsn::Lsn;

impl Table {
    pub(super) fn append_batch(
        &self,
        batch: RecordBatch,
        durability: Durability,
    ) -> BoxFuture<'_, Result<Receipt>> {
        Box::pin(async move {
            let core = &self.core;
            core.check_open()?;
            core.log.admit(core.next_lsn()).await?;
            core.make_room().await?;
            let lsn = self.enqueue(&batch)?;
            let queue_is_long = core.log.queued_bytes() > core.settings.log_queue_bytes;
            if durability >= Durability::Disk || queue_is_long {
                core.log.wait(lsn).await?;
            }
            metrics::counter!("thermocline_appended_rows_total").increment(batch.num_rows() as u64);
            metrics::counter!("thermocline_appended_bytes_total").increment(batch_bytes(&batch));
            let receipt = Receipt {
                lsn,
                durability: durability.min(Durability::Disk),
                table: self.id,
                core: Arc::downgrade(core),
            };
            receipt.wait(durability).await?;
            Ok(Receipt {
                durability,
                ..receipt
            })
        })
    }

    /// Gives the batch its number, queues its frame and shows its rows, all at
    /// once. The costly part, encoding, comes before the lock.
    fn enqueue(&self, batch: &RecordBatch) -> Result<Lsn> {
        let core = &self.core;
        loop {
            let view = self.view()?;
            let named = |e| Error::format(format_args!("table {}", view.name), e);
            let checked = check_batch(batch, &view.schema).map_err(named)?;
            let frame = encode_append(
                self.id,
                view.schema_version,
                &checked,
                core.settings.log_compression,
            )?;
            let now = core.env.clock.now();
            let done = core.publish(|published| {
                core.check_open()?;
                let Some(table) = published.view.table_by_id(self.id) else {
                    return Err(self.dropped());
                };
                if table.dropping {
                    return Err(being_dropped(&table.name));
                }
                // A column was added meanwhile: look at the batch again.
                if table.schema_version != view.schema_version {
                    return Ok(None);
                }
                let open = table
                    .open
                    .last()
                    .ok_or_else(|| Error::bug("a table without open rows"))?;
                let lsn = published.next;
                open.push(lsn, view.schema_version, checked.clone(), now);
                core.log.push(lsn, frame);
                published.next = lsn.next();
                Ok(Some((lsn, open.rows(), open.bytes())))
            })?;
            if let Some((lsn, rows, bytes)) = done {
                if rows >= core.settings.seal_rows || bytes >= core.settings.seal_bytes {
                    core.wake.notify_one();
                }
                return Ok(lsn);
            }
        }
    }
}
