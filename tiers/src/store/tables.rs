//! Creating and dropping tables.

use std::sync::Arc;

use futures::future::BoxFuture;
use thermocline_formats::{encode_schema, with_field_ids};
use thermocline_policy::Policy;

use super::Core;
use crate::error::{Error, ErrorKind, Result};
use crate::hot::OpenRows;
use crate::layout::TableId;
use crate::manifest::{ColdMeta, Edit, EncodedSchema, Marks, State, TableMeta};
use crate::snapshot::{TableLayout, TableView};
use crate::table::{Table, TableOptions, name};

impl Core {
    pub(crate) fn create_table<'a>(
        self: &'a Arc<Self>,
        name: &'a str,
        options: TableOptions,
    ) -> BoxFuture<'a, Result<Table>> {
        Box::pin(async move {
            name::check(name)?;
            options.check().map_err(|e| {
                let kind = e.kind();
                Error::invalid(format!("table `{name}`: {e}")).with_kind(kind)
            })?;
            if let Some(rules) = options.rules {
                let policy = Policy::default().with_table(name, rules);
                policy.check().map_err(|e| Error::invalid(e.to_string()))?;
            }
            let name = name.to_owned();
            let schema = Arc::new(with_field_ids(&options.schema));
            let meta = TableMeta {
                name: name.clone(),
                partition_by: options.partition_by.clone(),
                sort_by: options.sort_by.clone(),
                event_time: options.event_time.clone(),
                schemas: vec![EncodedSchema(encode_schema(&schema)?)],
                segments: std::collections::BTreeMap::new(),
                covered: Vec::new(),
                cold: ColdMeta::default(),
                marks: Marks::default(),
            };
            let rules = options.rules;
            let created = Arc::clone(self);
            let for_edit = name.clone();
            let view = self
                .commit(
                    move |state| {
                        refuse_twin(state, &for_edit)?;
                        let id = TableId(state.next_table);
                        let mut edits = vec![Edit::CreateTable { id, table: meta }];
                        if let Some(rules) = rules {
                            let policy = state.policy.clone().with_table(for_edit, rules);
                            let policy = Box::new(policy);
                            edits.push(Edit::SetPolicy { policy });
                        }
                        Ok(edits)
                    },
                    move |view, state| {
                        // Each table raises the number for the next.
                        let id = TableId(state.next_table.saturating_sub(1));
                        let layout = TableLayout {
                            partition_by: options.partition_by,
                            sort_by: options.sort_by,
                            event_time: options.event_time,
                        };
                        let table = Arc::new(TableView {
                            id,
                            name: name.clone(),
                            schema,
                            schema_version: 0,
                            layout: Arc::new(layout),
                            segments: Vec::new(),
                            open: vec![Arc::new(OpenRows::default())],
                            dropping: false,
                        });
                        view.tables.insert(name, Arc::clone(&table));
                        table
                    },
                )
                .await?;
            Ok(Table::new(&created, &view))
        })
    }

    pub(crate) fn drop_table<'a>(self: &'a Arc<Self>, name: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let missing = || Error::not_found(format!("there is no table `{name}` to drop"));
            let id = self.view().tables.get(name).ok_or_else(missing)?.id;
            let dropped = self.drop_warm_table(id, name).await?;
            let dropped = match dropped {
                Dropped::Done => true,
                Dropped::Gone => false,
                Dropped::IsCold => self.drop_cold_table(id).await?,
            };
            self.seals.lock().remove(&id);
            dropped.then_some(()).ok_or_else(missing)
        })
    }

    /// Drops a table that has no cold part.
    async fn drop_warm_table(self: &Arc<Self>, id: TableId, name: &str) -> Result<Dropped> {
        let name = name.to_owned();
        self.commit(
            move |state| {
                let table = state.tables.get(&id);
                let is_warm = table.is_some_and(|table| !table.cold.exists());
                let drop = Edit::DropTable { id };
                Ok(is_warm.then_some(drop).into_iter().collect())
            },
            move |view, state| {
                if state.tables.contains_key(&id) {
                    return Dropped::IsCold;
                }
                // By now another table may have its name.
                match view.tables.get(&name).filter(|table| table.id == id) {
                    Some(table) => {
                        table.segments.iter().for_each(|s| s.retire_files());
                        view.tables.remove(&name);
                        Dropped::Done
                    }
                    None => Dropped::Gone,
                }
            },
        )
        .await
    }
}

/// What became of a table that was to be dropped.
enum Dropped {
    Done,
    /// Somebody else did it.
    Gone,
    /// It has a Delta table, which has to be told.
    IsCold,
}

/// Names that differ only in case would be one table in SQL and in some file
/// systems.
fn refuse_twin(state: &State, name: &str) -> Result<()> {
    let folded = name.to_lowercase();
    match state
        .tables
        .values()
        .find(|table| table.name.to_lowercase() == folded)
    {
        None => Ok(()),
        Some(twin) => Err(Error::new(
            ErrorKind::AlreadyExists,
            format!(
                "there is a table `{}` already; open it, drop it, or take another name",
                twin.name
            ),
        )),
    }
}
