//! Reading the Delta table as another program would: through the kernel and its own
//! Parquet reader.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use delta_kernel::engine::arrow_data::ArrowEngineData;
use delta_kernel::snapshot::Snapshot;
use delta_kernel_default_engine::DefaultEngineBuilder;
use delta_kernel_default_engine::executor::tokio::TokioMultiThreadExecutor;
use object_store::ObjectStore;

/// The ids that the table `dir` has in its newest version, sorted; none if there is no
/// table.
pub(crate) async fn ids(objects: &Arc<dyn ObjectStore>, dir: &str) -> Vec<i64> {
    let (objects, url) = (Arc::clone(objects), format!("memory:///{dir}/"));
    tokio::task::spawn_blocking(move || {
        let handle = tokio::runtime::Handle::current();
        let engine = DefaultEngineBuilder::new(objects)
            .with_task_executor(Arc::new(TokioMultiThreadExecutor::new(handle)))
            .build();
        let Ok(snapshot) = Snapshot::builder_for(url).build(&engine) else {
            return Vec::new();
        };
        let scan = snapshot.scan_builder().build().unwrap();
        let mut ids = Vec::new();
        for part in scan.execute(Arc::new(engine)).unwrap() {
            let data = ArrowEngineData::try_from_engine_data(part.unwrap()).unwrap();
            let column = data.record_batch().column_by_name("id").unwrap();
            ids.extend(column.as_primitive::<Int64Type>().values());
        }
        ids.sort_unstable();
        ids
    })
    .await
    .unwrap()
}

/// Rows and nulls of each column of the table `dir` in its newest version.
pub(crate) async fn columns(
    objects: &Arc<dyn ObjectStore>,
    dir: &str,
) -> BTreeMap<String, (usize, usize)> {
    let (objects, url) = (Arc::clone(objects), format!("memory:///{dir}/"));
    tokio::task::spawn_blocking(move || {
        let handle = tokio::runtime::Handle::current();
        let engine = DefaultEngineBuilder::new(objects)
            .with_task_executor(Arc::new(TokioMultiThreadExecutor::new(handle)))
            .build();
        let snapshot = Snapshot::builder_for(url).build(&engine).unwrap();
        let scan = snapshot.scan_builder().build().unwrap();
        let mut columns = BTreeMap::new();
        for part in scan.execute(Arc::new(engine)).unwrap() {
            let data = ArrowEngineData::try_from_engine_data(part.unwrap()).unwrap();
            let batch = data.record_batch();
            for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
                let seen: &mut (usize, usize) = columns.entry(field.name().clone()).or_default();
                seen.0 += column.len();
                seen.1 += column.null_count();
            }
        }
        columns
    })
    .await
    .unwrap()
}
