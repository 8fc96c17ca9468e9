#![expect(
    clippy::disallowed_methods,
    reason = "what is broken is broken behind the store"
)]

use std::path::Path;

use tempfile::TempDir;

use super::*;

const SIZE: u64 = 100_000;

fn cache(dir: &Path, budget: u64) -> RangeCache {
    RangeCache::new(&Env::real(), dir.join("cache"), budget)
}

fn key(name: &str) -> ObjectKey {
    ObjectKey::new(name, SIZE, 7)
}

/// What the object has there.
fn part(range: Range<u64>) -> Part {
    let bytes = range.clone().map(|at| u8::try_from(at % 251).unwrap());
    Part {
        bytes: bytes.collect(),
        range,
    }
}

async fn keep(cache: &RangeCache, name: &str, range: Range<u64>) {
    cache.keep(&key(name), vec![part(range)]).await;
}

async fn look(cache: &RangeCache, name: &str, range: Range<u64>) -> Vec<Part> {
    cache.look(&key(name), &[range]).await.remove(0)
}

fn files(dir: &TempDir) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir.path().join("cache"));
    let Ok(entries) = entries else {
        return Vec::new();
    };
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn bytes(dir: &TempDir) -> u64 {
    files(dir)
        .iter()
        .map(|file| file.metadata().unwrap().len())
        .sum()
}

#[tokio::test]
async fn parts_of_what_was_kept_are_found_after_a_restart_too() {
    let dir = tempfile::tempdir().unwrap();
    let first = cache(dir.path(), 1 << 20);
    assert!(look(&first, "a", 0..100).await.is_empty());
    keep(&first, "a", 1_000..2_000).await;
    keep(&first, "a", 3_000..4_000).await;
    for cache in [first, cache(dir.path(), 1 << 20)] {
        assert_eq!(look(&cache, "a", 1_000..2_000).await, [part(1_000..2_000)]);
        assert_eq!(look(&cache, "a", 1_500..1_600).await, [part(1_500..1_600)]);
        assert_eq!(
            look(&cache, "a", 500..5_000).await,
            [part(1_000..2_000), part(3_000..4_000)]
        );
        assert!(look(&cache, "a", 2_000..3_000).await.is_empty());
        assert!(look(&cache, "b", 1_000..2_000).await.is_empty());
        // The same name with another content.
        let other = ObjectKey::new("a", SIZE, 8);
        let wanted = 5_000..6_000;
        let found = cache.look(&other, std::slice::from_ref(&wanted)).await;
        assert_eq!(found, [vec![]]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_while_the_folder_is_listed_finds_what_is_there_too() {
    let dir = tempfile::tempdir().unwrap();
    let first = cache(dir.path(), 1 << 20);
    for name in 0..200 {
        keep(&first, &name.to_string(), 0..100).await;
    }
    for round in 0..20 {
        let again = cache(dir.path(), 1 << 20);
        let looks = (0..8).map(|name| {
            let again = again.clone();
            tokio::spawn(async move { look(&again, &name.to_string(), 0..100).await })
        });
        for found in futures::future::join_all(looks).await {
            assert_eq!(found.unwrap(), [part(0..100)], "round {round}");
        }
    }
}

#[tokio::test]
async fn long_ranges_are_kept_in_pieces() {
    let dir = tempfile::tempdir().unwrap();
    let cache = cache(dir.path(), 16 << 20);
    let long = 5..5 + 2 * PIECE + 9;
    keep(&cache, "a", long.clone()).await;
    assert_eq!(files(&dir).len(), 3);
    let found = look(&cache, "a", long.clone()).await;
    let joined: Vec<u8> = found.iter().flat_map(|part| part.bytes.to_vec()).collect();
    assert_eq!(joined, part(long).bytes);
    let within = PIECE + 100..PIECE + 200;
    assert_eq!(look(&cache, "a", within.clone()).await, [part(within)]);
}

#[tokio::test]
async fn the_budget_holds_and_what_is_used_stays() {
    let dir = tempfile::tempdir().unwrap();
    let budget = 10_000;
    let cache = self::cache(dir.path(), budget);
    keep(&cache, "used", 0..1_000).await;
    for start in 0..50 {
        let range = start * 1_000..start * 1_000 + 1_000;
        keep(&cache, "new", range.clone()).await;
        assert_eq!(look(&cache, "new", range.clone()).await, [part(range)]);
        assert_eq!(look(&cache, "used", 0..1_000).await, [part(0..1_000)]);
        assert!(bytes(&dir) <= budget, "{}", bytes(&dir));
    }
    assert_eq!(cache.stats().bytes, bytes(&dir));
    assert!(cache.stats().evicted >= 40);
    assert!(look(&cache, "new", 0..1_000).await.is_empty());
    // What does not fit at all is not kept, and costs nobody a place.
    keep(&cache, "new", 0..20_000).await;
    assert_eq!(look(&cache, "used", 0..1_000).await, [part(0..1_000)]);
    // A smaller budget counts from the next opening on; none is none.
    let small = self::cache(dir.path(), 3_000);
    look(&small, "used", 0..1).await;
    assert!(bytes(&dir) <= 3_000);
    let none = self::cache(dir.path(), 0);
    look(&none, "used", 0..1).await;
    keep(&none, "used", 0..1_000).await;
    assert_eq!(bytes(&dir), 0);
}

#[tokio::test]
async fn damage_and_a_missing_file_are_misses() {
    let dir = tempfile::tempdir().unwrap();
    let cache = cache(dir.path(), 1 << 20);
    for (round, damage) in [
        |path: &Path| {
            let mut file = std::fs::read(path).unwrap();
            let middle = file.len() / 2;
            file[middle] ^= 1;
            std::fs::write(path, file).unwrap();
        },
        |path: &Path| {
            let file = std::fs::read(path).unwrap();
            std::fs::write(path, &file[..file.len() - 1]).unwrap();
        },
        |path: &Path| std::fs::write(path, []).unwrap(),
    ]
    .into_iter()
    .enumerate()
    {
        keep(&cache, "a", 0..1_000).await;
        assert_eq!(look(&cache, "a", 0..1_000).await, [part(0..1_000)]);
        damage(&files(&dir)[0]);
        assert!(look(&cache, "a", 0..1_000).await.is_empty());
        assert_eq!(cache.stats().damaged, round as u64 + 1);
        assert!(files(&dir).is_empty());
    }
    keep(&cache, "a", 0..1_000).await;
    std::fs::remove_dir_all(dir.path().join("cache")).unwrap();
    assert!(look(&cache, "a", 0..1_000).await.is_empty());
    assert_eq!(cache.stats().damaged, 3);
    // The folder is made again.
    keep(&cache, "a", 0..1_000).await;
    assert_eq!(look(&cache, "a", 0..1_000).await, [part(0..1_000)]);
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_costs_nothing_but_the_cache() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("cache"), "a file").unwrap();
    let cache = cache(dir.path(), 1 << 20);
    keep(&cache, "a", 0..1_000).await;
    assert!(look(&cache, "a", 0..1_000).await.is_empty());
}

#[tokio::test]
async fn an_object_that_is_gone_is_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let first = cache(dir.path(), 1 << 20);
    keep(&first, "a", 0..1_000).await;
    keep(&first, "b", 0..1_000).await;
    let second = cache(dir.path(), 1 << 20);
    second.forget("a").await;
    for cache in [first, second] {
        assert!(look(&cache, "a", 0..1_000).await.is_empty());
        assert_eq!(look(&cache, "b", 0..1_000).await, [part(0..1_000)]);
        assert_eq!(cache.stats().damaged, 0);
    }
}

/// Two processes, which know nothing of each other but the folder.
#[tokio::test]
async fn several_processes_share_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    let budget = 64_000;
    let caches = [cache(dir.path(), budget), cache(dir.path(), budget)];
    for start in 0..200 {
        let range = start * 700..start * 700 + 1_000;
        for cache in &caches {
            for found in look(cache, "a", range.clone()).await {
                assert_eq!(found, part(found.range.clone()));
            }
            keep(cache, "a", range.clone()).await;
        }
    }
    // Each looks at what the other did when it has written an eighth of the budget.
    assert!(
        bytes(&dir) <= budget + budget / 4 + 4_000,
        "{}",
        bytes(&dir)
    );
    assert!(files(&dir).iter().all(|f| !f.ends_with(".tmp")));
    for cache in &caches {
        assert_eq!(cache.stats().damaged, 0);
    }
    // Strangers' files are left alone.
    let stranger = dir.path().join("cache").join("README");
    std::fs::write(&stranger, "keep").unwrap();
    let empty = cache(dir.path(), 0);
    look(&empty, "a", 0..1).await;
    assert_eq!(files(&dir), [stranger]);
}
