//! A table with a cold part goes.

use std::sync::Arc;

use super::cold::ColdChange;
use crate::error::Result;
use crate::layout::TableId;
use crate::manifest::Home;
use crate::store::Core;

impl Core {
    /// Whether the table has, or is about to have, a Delta table.
    pub(crate) fn has_cold(&self, id: TableId) -> bool {
        let state = self.state();
        let table = state.tables.get(&id);
        table.is_some_and(|table| table.cold.exists())
    }

    /// Drops the table; for readers of its Delta table it is empty from then on.
    /// Returns whether it was there.
    pub(crate) async fn drop_cold_table(self: &Arc<Self>, id: TableId) -> Result<bool> {
        // An earlier call that failed may have begun it; carrying that out is dropping it.
        let mut begun = false;
        // Others may put together what it takes away.
        loop {
            let state = self.state();
            let Some(table) = state.tables.get(&id) else {
                return Ok(begun);
            };
            let pending = table.cold.intent.as_ref();
            begun |= pending.is_some_and(|pending| pending.drop_table);
            let cold = table.segments.iter();
            let cold = cold.filter(|(_, meta)| matches!(meta.home, Home::Cold(_)));
            let change = ColdChange {
                remove: cold.map(|(id, _)| *id).collect(),
                drop_table: true,
                ..ColdChange::default()
            };
            if self.change_cold(id, change).await? {
                return Ok(true);
            }
        }
    }
}
