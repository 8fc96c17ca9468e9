//! Checkpoints, so that a reader of a long log reads little of it.

use delta_kernel::snapshot::Snapshot;

use super::engine::ROOT;
use super::snapshot::explain;
use super::table::DeltaTable;
use crate::error::Result;

impl DeltaTable {
    /// Writes a checkpoint of the newest version, and returns its number. Blocks.
    ///
    /// # Errors
    /// When the table cannot be read or the checkpoint not written; the table is whole
    /// all the same.
    pub(crate) fn checkpoint(&self) -> Result<u64> {
        let version = self.by_kernel(|engine| {
            let failed = |error| explain(self.name(), &error);
            let snapshot = Snapshot::builder_for(ROOT).build(engine).map_err(failed)?;
            let version = snapshot.version();
            snapshot.checkpoint(engine, None).map_err(failed)?;
            Ok(version)
        })?;
        metrics::counter!("thermocline_cold_checkpoints_total").increment(1);
        Ok(version)
    }
}
