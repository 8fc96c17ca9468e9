//! A table gets another column.

use std::sync::Arc;

use arrow::datatypes::Field;
use thermocline_formats::{encode_schema, evolve};

use crate::error::{Error, Result};
use crate::layout::TableId;
use crate::manifest::{Edit, EncodedSchema};
use crate::store::Core;

impl Core {
    pub(crate) async fn add_column(
        self: &Arc<Self>,
        id: TableId,
        name: &str,
        field: Field,
    ) -> Result<()> {
        let table = name.to_owned();
        let evolved = Arc::new(parking_lot::Mutex::new(None));
        let shown = Arc::clone(&evolved);
        self.commit(
            move |state| {
                let Some(meta) = state.tables.get(&id) else {
                    return Err(Error::not_found(format!("table `{table}` was dropped")));
                };
                let (schema, version) = meta.schema()?;
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
    }
}
