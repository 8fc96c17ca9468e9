//! What `docs/distributed.md` says about other engines, run as it stands there.

use std::path::Path;
use std::process::Command;

use thermocline_testing::extras;
use thermocline_tiers::{Selection, Store, Tier};

use crate::kit;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn snippets_of_the_documentation_count_the_flights_of_january() {
    let Some(python) = extras::python() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let store = Store::builder(dir.path().join("store"))
        .create_if_missing()
        .background(false)
        .open()
        .await
        .unwrap();
    let table = store.create_table("flights", kit::options()).await.unwrap();
    // A hundred a day, from the first of January on.
    table.append(kit::rows(0..4_000)).await.unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let ran = Command::new(python)
        .arg(project.join("scripts/run_snippets.py"))
        .arg(project.join("docs/distributed.md"))
        .args(["Run in the tests", "3100"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&ran.stdout);
    let errors = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{printed}{errors}");
    assert!(printed.contains("5 snippets"), "{printed}");
}
