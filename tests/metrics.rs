//! What a monitor sees agrees with the store's own figures.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may panic"
)]

#[cfg(test)]
mod kit;

use std::collections::HashMap;
use std::sync::OnceLock;

use kit::{TIERS, builder, options, rows};
use metrics_util::MetricKind;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use thermocline::{Selection, Store, Tier};

/// The program's recorder; there can be only one, and so one test.
fn recorder() -> &'static Snapshotter {
    static RECORDER: OnceLock<Snapshotter> = OnceLock::new();
    RECORDER.get_or_init(|| {
        let recorder = DebuggingRecorder::new();
        let snapshotter = recorder.snapshotter();
        recorder.install().unwrap();
        snapshotter
    })
}

/// What was recorded since the last call, each metric as `name{label=value}`.
/// A histogram counts its records.
fn recorded() -> HashMap<String, f64> {
    let metrics = recorder().snapshot().into_vec();
    metrics
        .into_iter()
        .map(|(key, _, _, value)| {
            let (_kind, key): (MetricKind, _) = key.into_parts();
            let labels: Vec<_> = key
                .labels()
                .map(|label| format!("{}={}", label.key(), label.value()))
                .collect();
            let name = format!("{}{{{}}}", key.name(), labels.join(","));
            let value = match value {
                DebugValue::Counter(count) => count as f64,
                DebugValue::Gauge(value) => value.into_inner(),
                DebugValue::Histogram(values) => values.len() as f64,
            };
            (name, value)
        })
        .collect()
}

fn check_gauges(store: &Store, place: &str) -> HashMap<String, f64> {
    let recorded = recorded();
    let stats = store.stats();
    for tier in TIERS {
        let figures = &stats.tiers[&tier];
        for (gauge, value) in [
            ("thermocline_segments", figures.segments),
            ("thermocline_rows", figures.rows),
            ("thermocline_bytes", figures.bytes),
        ] {
            let name = format!("{gauge}{{tier={tier}}}");
            assert_eq!(
                recorded.get(&name),
                Some(&(value as f64)),
                "{name}, {place}"
            );
        }
    }
    assert_eq!(
        recorded["thermocline_log_bytes{}"], stats.log_bytes as f64,
        "{place}"
    );
    recorded
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gauges_and_counters_agree_with_the_figures_of_the_store() {
    recorder();
    let dir = tempfile::tempdir().unwrap();
    let store = builder(&dir).open().await.unwrap();
    let table = store.create_table("events", options()).await.unwrap();
    for start in (0..10_000).step_by(1_000) {
        table.append(rows(start..start + 1_000)).await.unwrap();
    }
    store.step().await.unwrap();
    let seen = check_gauges(&store, "open");
    assert_eq!(seen["thermocline_appended_rows_total{}"], 10_000.0);
    let raw = store.snapshot().table("events").unwrap().bytes();
    assert_eq!(seen["thermocline_appended_bytes_total{}"], raw as f64);
    assert_eq!(seen["thermocline_log_frames_total{}"], 10.0);
    let groups = seen["thermocline_log_groups_total{}"];
    assert!((1.0..=10.0).contains(&groups), "{groups} groups");
    assert_eq!(
        seen["thermocline_log_group_seconds{}"], groups,
        "each group is timed"
    );
    assert_eq!(seen["thermocline_rows{tier=hot}"], 10_000.0);
    assert!(seen["thermocline_log_bytes{}"] > 10_000.0 * 16.0);

    table.seal().await.unwrap();
    assert_eq!(recorded()["thermocline_segments_sealed_total{}"], 4.0);

    // Four segments go down, one comes back as a copy, and the copy goes again.
    let january = Selection::Partition("at_month=2013-01".into());
    for (selection, to, kind, moves) in [
        (&Selection::All, Tier::Warm, "demote", 4.0),
        (&Selection::All, Tier::Cold, "demote", 4.0),
        (&january, Tier::Warm, "promote", 1.0),
        (&january, Tier::Cold, "drop_copy", 1.0),
    ] {
        table.move_to(selection, to).await.unwrap();
        let seen = check_gauges(&store, &format!("{kind} to {to}"));
        assert_eq!(
            seen[&format!("thermocline_moves_total{{kind={kind}}}")],
            moves,
            "to {to}"
        );
        assert_eq!(
            seen[&format!("thermocline_move_seconds{{kind={kind}}}")],
            moves
        );
        assert!(seen["thermocline_manifest_commits_total{}"] >= 1.0);
    }

    #[cfg(feature = "sql")]
    {
        let query = "SELECT count(carrier) FROM events WHERE id < 50";
        assert_eq!(kit::oracle::numbers(&store, query).await, [[50]]);
        let seen = recorded();
        assert_eq!(
            seen["thermocline_sql_queries_total{outcome=ok}"], 1.0,
            "{seen:?}"
        );
        assert_eq!(
            seen["thermocline_sql_segments_pruned_total{}"], 3.0,
            "{seen:?}"
        );
        assert!(
            seen["thermocline_cold_bytes_total{op=get}"] > 0.0,
            "{seen:?}"
        );
    }
    assert!(
        recorded()
            .iter()
            .all(|(name, count)| !name.contains("errors") || *count == 0.0)
    );
}
