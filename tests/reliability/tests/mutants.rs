//! Planted bugs are patches, which have to be kept up with the tree. `mutants/run` plants them.
#![expect(clippy::disallowed_methods, reason = "patches are no store")]

use std::path::Path;
use std::process::Command;

#[test]
fn every_planted_bug_can_be_planted() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let patches = std::fs::read_dir(root.join("tests/reliability/mutants")).unwrap();
    let patches = patches.map(|entry| entry.unwrap().path());
    let mut bugs = 0;
    for patch in patches.filter(|path| path.extension().is_some_and(|e| e == "patch")) {
        bugs += 1;
        let mut git = Command::new("git");
        let git = git
            .args(["apply", "--check"])
            .arg(&patch)
            .current_dir(&root);
        let told = git.output().unwrap();
        let error = String::from_utf8_lossy(&told.stderr);
        assert!(told.status.success(), "{}: {error}", patch.display());
    }
    assert!(bugs >= 28, "{bugs}");
}
