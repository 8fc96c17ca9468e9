//! The log lets go of what has a file.

use std::sync::Arc;

use futures::future::BoxFuture;

use crate::error::Result;
use crate::lsn::Lsn;
use crate::manifest::Edit;
use crate::store::Core;

impl Core {
    /// Trims the log to the first write that only it has.
    pub(crate) fn trim_log(self: &Arc<Self>) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let Ok(no_backup) = Arc::clone(&self.trim).try_write_owned() else {
                return Ok(());
            };
            let start = self.first_needed();
            if start <= self.state().log_start {
                return Ok(());
            }
            // The manifest first: a log without these files must look right.
            self.commit(move |_| Ok(vec![Edit::TrimLog { start }]), |_, _| ())
                .await?;
            self.log.trim(start, no_backup).await
        })
    }

    /// The first write that only the log has. Writes without rows, or of dropped
    /// tables, need nothing.
    fn first_needed(&self) -> Lsn {
        self.publish(|published| {
            let first = published
                .view
                .tables
                .values()
                .filter_map(|table| table.first_in_log())
                .min();
            // A queued frame is not in the log yet, and must get there.
            first
                .unwrap_or(published.next)
                .min(self.log.durable().next())
        })
    }
}
