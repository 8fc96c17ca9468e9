//! Damage is an error that names the file, and strangers' files are none of ours.

use std::fs;

use tempfile::TempDir;
use thermocline_tiers::ErrorKind;
use thermocline_tiers::persistence::{ParquetPersistence, SoAPersistence};

use crate::kit::{Sales, parquet_files};

async fn saved(dir: &TempDir) -> ParquetPersistence<Sales> {
    let mut sales = ParquetPersistence::<Sales>::new(dir.path());
    sales.save(&Sales::of(0..500)).await.unwrap();
    sales
}

#[tokio::test]
async fn a_truncated_or_missing_file_is_named() {
    let dir = TempDir::new().unwrap();
    let sales = saved(&dir).await;
    let file = parquet_files(dir.path()).remove(0);
    let bytes = fs::read(&file).unwrap();
    let name = file.file_name().unwrap().to_str().unwrap();
    for len in [0, 1, 4, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&file, &bytes[..len]).unwrap();
        let error = sales.load().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{len} bytes: {error}");
        assert!(error.to_string().contains(name), "{error}");
        assert!(error.to_string().contains("restore it"), "{error}");
    }
    fs::remove_file(&file).unwrap();
    let error = sales.load().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    assert!(error.to_string().contains(name), "{error}");
    fs::write(&file, &bytes).unwrap();
    assert_eq!(sales.load().await.unwrap(), Some(Sales::of(0..500)));
}

#[tokio::test]
async fn a_flipped_bit_is_found_or_harmless() {
    let dir = TempDir::new().unwrap();
    let sales = saved(&dir).await;
    let mut files = parquet_files(dir.path());
    files.push(dir.path().join("_thermocline"));
    for file in files {
        let good = fs::read(&file).unwrap();
        let mut found = 0;
        // A step that is prime to eight reaches every place in a byte.
        for bit in (0..good.len() * 8).step_by(131) {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            fs::write(&file, &bad).unwrap();
            match sales.load().await {
                Err(error) => {
                    assert!(
                        matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::NewerVersion),
                        "bit {bit}: {error}"
                    );
                    found += 1;
                }
                Ok(loaded) => assert_eq!(loaded, Some(Sales::of(0..500)), "bit {bit}"),
            }
        }
        assert!(found > 0, "{}", file.display());
        fs::write(&file, &good).unwrap();
    }
    assert_eq!(sales.load().await.unwrap(), Some(Sales::of(0..500)));
}

#[tokio::test]
async fn files_of_others_are_neither_read_nor_removed() {
    let dir = TempDir::new().unwrap();
    let foreign = [
        "notes.txt",
        "part-00000.parquet",
        "shop=Ulm/other.parquet",
        "_SUCCESS",
    ];
    fs::create_dir(dir.path().join("shop=Ulm")).unwrap();
    // A whole set of somebody else's lies inside, too.
    let inner = dir.path().join("shop=Gera");
    let mut theirs = ParquetPersistence::<Sales>::new(&inner);
    theirs.save(&Sales::of(0..3)).await.unwrap();
    for name in foreign {
        fs::write(dir.path().join(name), name).unwrap();
    }
    let mut ours =
        ParquetPersistence::<Sales>::new(dir.path()).with_partition_by("shop".parse().unwrap());
    assert_eq!(ours.load().await.unwrap(), None);
    ours.save(&Sales::of(0..30)).await.unwrap();
    ours.append(&Sales::of(30..33)).await.unwrap();
    ours.compact().await.unwrap();
    assert_eq!(
        ours.load().await.unwrap().unwrap().sorted(),
        Sales::of(0..33)
    );
    ours.clear().await.unwrap();
    for name in foreign {
        assert_eq!(fs::read_to_string(dir.path().join(name)).unwrap(), name);
    }
    assert_eq!(theirs.load().await.unwrap(), Some(Sales::of(0..3)));
}

#[tokio::test]
async fn what_is_no_directory_of_ours_is_refused_by_name() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "text").unwrap();
    let mut sales = ParquetPersistence::<Sales>::new(&file);
    let error = sales.save(&Sales::of(0..1)).await.unwrap_err();
    assert!(error.to_string().contains("file"), "{error}");

    fs::write(dir.path().join("_thermocline"), "something else").unwrap();
    let mut sales = ParquetPersistence::<Sales>::new(dir.path());
    for error in [
        sales.load().await.unwrap_err(),
        sales.save(&Sales::of(0..1)).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        assert!(error.to_string().contains("_thermocline"), "{error}");
    }
}
