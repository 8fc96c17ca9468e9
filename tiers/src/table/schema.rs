//! A table gets another column.

use std::sync::Arc;

use arrow::datatypes::{Field, Schema};
use futures::future::BoxFuture;
use thermocline_formats::{encode_schema, evolve};

use super::being_dropped;
use crate::cold::delta::partition_columns;
use crate::error::{Error, Result};
use crate::layout::TableId;
use crate::manifest::{Edit, EncodedSchema, TableMeta};
use crate::store::Core;

impl Core {
    pub(crate) fn add_column<'a>(
        self: &'a Arc<Self>,
        id: TableId,
        name: &'a str,
        field: Field,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let table = name.to_owned();
            let evolved = Arc::new(parking_lot::Mutex::new(None));
            let shown = Arc::clone(&evolved);
            self.commit(
                move |state| {
                    let Some(meta) = state.tables.get(&id) else {
                        return Err(Error::not_found(format!("table `{table}` was dropped")));
                    };
                    if meta.cold.drops_table() {
                        return Err(being_dropped(&table));
                    }
                    let (schema, version) = meta.schema()?;
                    refuse_partition_name(meta, &schema, &field, &table)?;
                    let schema = evolve(&schema, field).map_err(|e| Error::format(&table, e))?;
                    let encoded = EncodedSchema(encode_schema(&schema)?);
                    *evolved.lock() = Some((Arc::new(schema), version + 1));
                    Ok(vec![Edit::AddSchema {
                        id,
                        schema: encoded,
                    }])
                },
                move |view, _| {
                    if let Some(table) = view.table_mut(id)
                        && let Some((schema, version)) = shown.lock().take()
                    {
                        table.schema = schema;
                        table.schema_version = version;
                    }
                },
            )
            .await
        })
    }
}

/// Partitions have columns of their own in the Delta table, which stay what they are.
fn refuse_partition_name(
    meta: &TableMeta,
    schema: &Schema,
    field: &Field,
    table: &str,
) -> Result<()> {
    let taken = partition_columns(schema, &meta.partition_by);
    let same = |name: &String| name.to_lowercase() == field.name().to_lowercase();
    if taken.iter().any(same) {
        return Err(Error::invalid(format!(
            "table `{table}` has its partitions under the name `{}` already; choose another",
            field.name()
        ))
        .on_column(field.name()));
    }
    Ok(())
}
