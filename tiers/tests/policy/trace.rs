//! Recorded accesses.

use thermocline_tiers::{ErrorKind, Policy};

use crate::world::{DAY, HOUR, START, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recording_has_every_scan_of_every_segment_across_restarts() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = World::new(dir.path(), Policy::default()).await;
    let month = 31 * DAY;
    let mut expected = Vec::new();
    for n in 0..2 {
        world.ingest(START + month * n, 1_000).await;
    }
    let table = world.table().await;
    table
        .move_to(
            &thermocline_tiers::Selection::All,
            thermocline_tiers::Tier::Warm,
        )
        .await
        .unwrap();
    world.report(START, START + 2 * month).await;
    assert!(
        world.store.recorded_accesses().await.unwrap().is_empty(),
        "not yet started"
    );
    assert_eq!(
        world.store.stop_trace().await.unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
    world.store.start_trace().await.unwrap();
    assert_eq!(
        world.store.start_trace().await.unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
    for (from, to, segments) in [(0, 1, 1), (0, 2, 2), (1, 2, 1), (5, 6, 0)] {
        world.pass(HOUR);
        world.report(START + from * month, START + to * month).await;
        expected.extend(std::iter::repeat_n(world.now(), segments));
        world = world.reopened().await;
        assert!(world.store.is_tracing());
        world.store.step().await.unwrap();
    }
    let recorded = world.store.recorded_accesses().await.unwrap();
    let times: Vec<_> = recorded.iter().map(|request| request.time.0).collect();
    assert_eq!(times, expected);
    let bytes = world.segments().await[0].hot_bytes;
    assert!(recorded.iter().all(|request| request.bytes == bytes));
    // January, January and February, February.
    let objects: Vec<_> = recorded.iter().map(|request| request.object).collect();
    assert_ne!(objects[0], objects[3]);
    assert!(objects[1..3].contains(&objects[0]) && objects[1..3].contains(&objects[3]));

    world.store.stop_trace().await.unwrap();
    world.report(START, START + month).await;
    let world = world.reopened().await;
    assert!(!world.store.is_tracing());
    assert_eq!(world.store.recorded_accesses().await.unwrap(), recorded);
    world.store.start_trace().await.unwrap();
    assert!(
        world.store.recorded_accesses().await.unwrap().is_empty(),
        "begun anew"
    );
}

/// What a power cut leaves of bytes that were never synced is no damage; a changed bit is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_torn_end_of_a_recording_is_left_out_and_damage_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::new(dir.path(), Policy::default()).await;
    world.ingest(START, 1_000).await;
    world.store.start_trace().await.unwrap();
    let mut ends = Vec::new();
    let mut recorded = Vec::new();
    let path = dir.path().join("traces/00000000000000000001.trace");
    for _ in 0..2 {
        for _ in 0..300 {
            world.report(START, START + DAY).await;
        }
        recorded = world.store.recorded_accesses().await.unwrap();
        ends.push(std::fs::read(&path).unwrap().len());
    }
    assert_eq!(recorded.len(), 600);
    world.store.stop_trace().await.unwrap();
    let whole = std::fs::read(&path).unwrap();
    let first = ends[0];
    let sector = first.next_multiple_of(512);
    assert!(sector + 100 < whole.len(), "{first} of {}", whole.len());

    // The second block lost what it shares with the sector of the first one, or only what follows, or
    // all but the length of the file.
    for lost in [first..sector, sector..whole.len(), first..whole.len()] {
        let mut torn = whole.clone();
        torn[lost].fill(0);
        std::fs::write(&path, torn).unwrap();
        assert_eq!(
            world.store.recorded_accesses().await.unwrap(),
            recorded[..300]
        );
    }
    std::fs::write(&path, vec![0; whole.len()]).unwrap();
    assert_eq!(world.store.recorded_accesses().await.unwrap(), []);

    for at in [0, 9, 20, first - 1, first, first + 20, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        std::fs::write(&path, damaged).unwrap();
        match world.store.recorded_accesses().await {
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Corrupt, "byte {at}");
                assert!(error.to_string().contains("0001.trace"), "{error}");
            }
            // A length that reaches beyond the end is a torn end, too.
            Ok(rest) => assert!(rest.len() < 600 && recorded.starts_with(&rest), "byte {at}"),
        }
    }
    std::fs::write(&path, whole).unwrap();
    assert_eq!(world.store.recorded_accesses().await.unwrap(), recorded);
}
