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
