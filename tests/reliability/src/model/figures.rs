//! How much there is.

use super::Model;

impl Model {
    /// How many rows some tables must have now at least, and may have at most. Rows of calls
    /// that have not returned, or have failed, may be there.
    pub fn rows_now(&self, of: impl Fn(usize) -> bool) -> (u64, u64) {
        let (mut least, mut most) = (0, 0);
        for (number, batch) in self.batches.iter().enumerate() {
            let Some(table) = self.tables.get(batch.table).filter(|_| of(batch.table)) else {
                continue;
            };
            let gone = table.dropped.is_some_and(|dropped| dropped.done.is_some());
            if batch.lost.is_some() || table.never || gone {
                continue;
            }
            let rows = batch.rows.unsigned_abs();
            most += rows;
            if batch.lsn.is_some() && table.created.done.is_some() && table.dropped.is_none() {
                least += self.lasting(number, batch, usize::MAX) as u64;
            }
        }
        (least, most)
    }
}
