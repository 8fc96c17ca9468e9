//! How many warm files are mapped at a time.

use std::path::Path;

use thermocline_tiers::{Predicate, Selection, Settings, Store, Tier};

use crate::kit::{self, ids, ids_where, range, rows};

/// The warm files below `dir` that this process has mapped.
fn mapped(dir: &Path) -> usize {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let warm = dir.join("warm").display().to_string();
    let files = maps.lines().filter_map(|line| line.split_once('/'));
    let files = files.map(|(_, path)| format!("/{path}"));
    let files: std::collections::BTreeSet<_> =
        files.filter(|path| path.starts_with(&warm)).collect();
    files.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_warm_files_are_mapped_than_the_settings_say() {
    const FILES: i64 = 20;
    let dir = tempfile::tempdir().unwrap();
    let open = |warm_maps: u64| {
        let settings = Settings::default().with_warm_maps(warm_maps);
        kit::builder(&dir).settings(settings).open()
    };
    let store: Store = open(4).await.unwrap();
    let table = store.create_table("flights", kit::options()).await.unwrap();
    for file in 0..FILES {
        table.append(rows(file * 10..file * 10 + 10)).await.unwrap();
        table.move_to(&Selection::All, Tier::Warm).await.unwrap();
    }
    for _ in 0..3 {
        assert_eq!(
            ids(&store.snapshot(), "flights").await,
            range(0..FILES * 10)
        );
        assert!(
            (1..=4).contains(&mapped(dir.path())),
            "{}",
            mapped(dir.path())
        );
    }
    // A snapshot reads on although what it read before is not mapped any more.
    let snapshot = store.snapshot();
    for file in 0..FILES {
        let id = file * 10 + 3;
        let one = ids_where(&snapshot, "flights", Predicate::eq("id", id)).await;
        assert_eq!(one, [id]);
    }
    drop((snapshot, table));
    store.close().await.unwrap();
    assert_eq!(mapped(dir.path()), 0, "files are let go of with the store");

    let store = open(1_000).await.unwrap();
    assert_eq!(
        ids(&store.snapshot(), "flights").await,
        range(0..FILES * 10)
    );
    assert_eq!(mapped(dir.path()), usize::try_from(FILES).unwrap());
}
