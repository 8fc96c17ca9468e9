//! The directory: what is in it, how it changes, who else reads it.

use std::fs;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tempfile::TempDir;
use thermocline_tiers::persistence::{BatchPersistence, ParquetPersistence, SoAPersistence};
use thermocline_tiers::soa::{ArrowSchemaGen, ToArrow};
use thermocline_tiers::{Codec, ErrorKind, ParquetOptions, Predicate};

use crate::kit::{
    Sales, WithNote, WithRequired, WithRequiredAmount, WithTextId, WithoutShop, all_files, one_row,
    parquet_files, with_note,
};

#[tokio::test]
async fn a_set_survives_its_handle() {
    let dir = TempDir::new().unwrap();
    ParquetPersistence::<Sales>::new(dir.path())
        .save(&Sales::of(0..100))
        .await
        .unwrap();
    ParquetPersistence::<Sales>::new(dir.path())
        .append(&Sales::of(100..120))
        .await
        .unwrap();
    let again = ParquetPersistence::<Sales>::new(dir.path());
    assert_eq!(again.load().await.unwrap(), Some(Sales::of(0..120)));
}

#[tokio::test]
async fn nothing_is_created_by_looking() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("not/there");
    let mut sales = ParquetPersistence::<Sales>::new(&path);
    assert_eq!(sales.load().await.unwrap(), None);
    assert_eq!(sales.count().await.unwrap(), 0);
    sales.clear().await.unwrap();
    assert!(!path.exists());
}

/// Rows of each file, and what is in it.
fn written(dir: &TempDir) -> std::collections::BTreeMap<std::path::PathBuf, (usize, Vec<u8>)> {
    let rows = |path: &std::path::Path| -> usize {
        let file = fs::File::open(path).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        usize::try_from(reader.metadata().file_metadata().num_rows()).unwrap()
    };
    parquet_files(dir.path())
        .into_iter()
        .map(|path| (path.clone(), (rows(&path), fs::read(&path).unwrap())))
        .collect()
}

#[tokio::test]
async fn each_row_is_written_once() {
    let dir = TempDir::new().unwrap();
    let mut sales = ParquetPersistence::<Sales>::new(dir.path());
    sales.save(&Sales::of(0..1000)).await.unwrap();
    let mut before = written(&dir);
    assert_eq!(before.values().map(|(rows, _)| rows).sum::<usize>(), 1000);
    for end in (1100..2000).step_by(100) {
        sales.append(&Sales::of(end - 100..end)).await.unwrap();
        let after = written(&dir);
        for (path, file) in &before {
            assert_eq!(after.get(path), Some(file), "{} changed", path.display());
        }
        let new: usize = after
            .iter()
            .filter(|(path, _)| !before.contains_key(*path))
            .map(|(_, (rows, _))| rows)
            .sum();
        assert_eq!(new, 100);
        before = after;
    }
}

#[tokio::test]
async fn a_save_leaves_its_own_files_and_no_others() {
    let dir = TempDir::new().unwrap();
    let mut sales = ParquetPersistence::<Sales>::new(dir.path());
    sales.save(&Sales::of(0..10)).await.unwrap();
    let first = parquet_files(dir.path());
    sales.append(&Sales::of(10..20)).await.unwrap();
    sales.append(&Sales::of(20..30)).await.unwrap();
    assert_eq!(parquet_files(dir.path()).len(), 3);
    sales.compact().await.unwrap();
    let compacted = parquet_files(dir.path());
    assert_eq!(compacted.len(), 1);
    assert_ne!(compacted, first);
    assert_eq!(sales.load().await.unwrap(), Some(Sales::of(0..30)));
    sales.save(&Sales::of(5..6)).await.unwrap();
    assert_eq!(parquet_files(dir.path()).len(), 1);
    sales.clear().await.unwrap();
    let left: Vec<_> = all_files(dir.path())
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(left, ["_thermocline", "_thermocline.lock"]);
}

#[tokio::test]
async fn settings_compose_in_any_order() {
    let dir = TempDir::new().unwrap();
    let by = || "shop".parse().unwrap();
    let one = ParquetPersistence::<Sales>::new(dir.path())
        .with_compression(Codec::Gzip)
        .with_page_size(4096)
        .with_row_group_rows(7)
        .with_partition_by(by());
    let other = ParquetPersistence::<Sales>::new(dir.path())
        .with_partition_by(by())
        .with_row_group_rows(7)
        .with_page_size(4096)
        .with_compression(Codec::Gzip);
    assert_eq!(format!("{one:?}"), format!("{other:?}"));
    let whole = ParquetPersistence::<Sales>::new(dir.path())
        .with_partition_by(by())
        .with_options(
            ParquetOptions::default()
                .with_codec(Codec::Gzip)
                .with_page_bytes(4096)
                .with_row_group_rows(7),
        );
    assert_eq!(format!("{one:?}"), format!("{whole:?}"));
}

#[tokio::test]
async fn files_are_what_the_settings_say() {
    let dir = TempDir::new().unwrap();
    let mut sales = ParquetPersistence::<Sales>::new(dir.path())
        .with_compression(Codec::Gzip)
        .with_row_group_rows(7);
    sales.save(&Sales::of(0..20)).await.unwrap();
    let file = fs::File::open(&parquet_files(dir.path())[0]).unwrap();
    // By the Parquet library alone, without anything of ours.
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let footer = reader.metadata().clone();
    assert_eq!(footer.num_row_groups(), 3);
    let compression = footer.row_group(0).column(0).compression();
    assert!(
        matches!(compression, parquet::basic::Compression::GZIP(_)),
        "{compression:?}"
    );
    let rows: usize = reader
        .build()
        .unwrap()
        .map(|batch| batch.unwrap().num_rows())
        .sum();
    assert_eq!(rows, 20);
}

#[tokio::test]
async fn folders_are_named_as_hive_names_them() {
    let dir = TempDir::new().unwrap();
    let mut sales = ParquetPersistence::<Sales>::new(dir.path())
        .with_partition_by("shop, truncate(10, id)".parse().unwrap());
    sales.save(&Sales::of(0..30)).await.unwrap();
    let folders: Vec<String> = parquet_files(dir.path())
        .iter()
        .map(|path| {
            let folder = path.parent().unwrap().strip_prefix(dir.path()).unwrap();
            folder.to_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(
        folders,
        [
            "shop=Gera/id_trunc=0",
            "shop=Gera/id_trunc=10",
            "shop=Gera/id_trunc=20",
            "shop=Ulm/id_trunc=0",
            "shop=Ulm/id_trunc=10",
            "shop=Ulm/id_trunc=20",
            "shop=a%2Fb%3Dc%20%25ü/id_trunc=0",
            "shop=a%2Fb%3Dc%20%25ü/id_trunc=10",
            "shop=a%2Fb%3Dc%20%25ü/id_trunc=20",
        ]
    );
    // The column of the folder's name is not in the file, the truncated one is.
    let file = fs::File::open(&parquet_files(dir.path())[0]).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let names: Vec<_> = reader
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    assert_eq!(names, ["id", "amount"]);
}

#[tokio::test]
async fn conditions_leave_files_unopened() {
    let dir = TempDir::new().unwrap();
    let mut sales =
        ParquetPersistence::<Sales>::new(dir.path()).with_partition_by("shop".parse().unwrap());
    sales.save(&Sales::of(0..60)).await.unwrap();
    for file in parquet_files(dir.path()) {
        if file.to_str().unwrap().contains("Gera") {
            fs::remove_file(file).unwrap();
        }
    }
    let ulm = sales.scan(&Predicate::eq("shop", "Ulm")).await.unwrap();
    assert_eq!(ulm.unwrap().id.len(), 20);
    let error = sales.scan(&Predicate::True).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
}

#[tokio::test]
async fn a_set_in_folders_of_all_its_columns_is_refused() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("set");
    let mut sales =
        ParquetPersistence::<WithoutShop>::new(&path).with_partition_by("id".parse().unwrap());
    sales
        .save(&WithoutShop(one_row(&WithoutShop::arrow_schema())))
        .await
        .unwrap();
    let by = "nothing_like_it".parse().unwrap();
    let mut sales =
        ParquetPersistence::<Sales>::new(dir.path().join("other")).with_partition_by(by);
    let error = sales.save(&Sales::of(0..1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(!dir.path().join("other").exists());
}

#[tokio::test]
async fn another_partitioning_takes_a_save_and_not_an_append() {
    let dir = TempDir::new().unwrap();
    let mut plain = ParquetPersistence::<Sales>::new(dir.path());
    plain.save(&Sales::of(0..9)).await.unwrap();
    let mut by_shop =
        ParquetPersistence::<Sales>::new(dir.path()).with_partition_by("shop".parse().unwrap());
    let error = by_shop.append(&Sales::of(9..12)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    for word in ["partitioned by nothing", "`shop`", "compact"] {
        assert!(error.to_string().contains(word), "{error}");
    }
    by_shop.compact().await.unwrap();
    by_shop.append(&Sales::of(9..12)).await.unwrap();
    // Whoever reads need not know how.
    let all = plain.load().await.unwrap().unwrap();
    assert_eq!(all.sorted(), Sales::of(0..12));
}

#[tokio::test]
async fn a_new_optional_column_is_null_in_older_rows() {
    let dir = TempDir::new().unwrap();
    let old = Sales::of(0..3);
    ParquetPersistence::<Sales>::new(dir.path())
        .save(&old)
        .await
        .unwrap();
    let mut new = ParquetPersistence::<WithNote>::new(dir.path());
    let loaded = new.load().await.unwrap().unwrap();
    assert_eq!(loaded.0.column_by_name("note").unwrap().null_count(), 3);
    assert_eq!(loaded.0.num_rows(), 3);

    new.append(&with_note(&Sales::of(3..5))).await.unwrap();
    let found = new.scan(&Predicate::is_not_null("note")).await.unwrap();
    assert_eq!(found, Some(with_note(&Sales::of(3..5))));
    // The older type does not know the column, and says so.
    let mut old = ParquetPersistence::<Sales>::new(dir.path());
    for error in [
        old.load().await.unwrap_err(),
        old.append(&Sales::of(5..6)).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::SchemaMismatch, "{error}");
        assert_eq!(error.column(), Some("note"), "{error}");
    }
    assert_eq!(new.count().await.unwrap(), 5);
}

async fn differs<T: ToArrow + Send + Sync>(dir: &TempDir, column: &str) {
    let mut set = ParquetPersistence::<T>::new(dir.path());
    let error = match set.load().await {
        Err(error) => error,
        Ok(_) => panic!("rows without a fitting `{column}` were loaded"),
    };
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch, "{error}");
    assert_eq!(error.column(), Some(column), "{error}");
    assert!(
        error.to_string().contains(&format!("`{column}`")),
        "{error}"
    );
    let row = one_row(&T::arrow_schema());
    for error in [
        set.append_batches(vec![row.clone()]).await.unwrap_err(),
        set.save_batches(vec![row]).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::SchemaMismatch, "{error}");
        assert_eq!(error.column(), Some(column), "{error}");
        assert!(error.to_string().contains("clear it"), "{error}");
    }
}

#[tokio::test]
async fn a_column_that_is_missing_unknown_or_of_another_type_is_named() {
    let dir = TempDir::new().unwrap();
    let mut sales = ParquetPersistence::<Sales>::new(dir.path());
    sales.save(&Sales::of(0..6)).await.unwrap();
    differs::<WithRequired>(&dir, "paid").await;
    differs::<WithoutShop>(&dir, "shop").await;
    differs::<WithTextId>(&dir, "id").await;
    // Null in the rows that are there, and required by the type.
    differs::<WithRequiredAmount>(&dir, "amount").await;
    assert_eq!(sales.load().await.unwrap(), Some(Sales::of(0..6)));
    // Whoever means it clears the directory first.
    sales.clear().await.unwrap();
    let row = WithoutShop(one_row(&WithoutShop::arrow_schema()));
    let mut other = ParquetPersistence::<WithoutShop>::new(dir.path());
    other.save(&row).await.unwrap();
    assert_eq!(other.load().await.unwrap(), Some(row));
}
