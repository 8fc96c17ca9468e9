//! Backup and restore.

use crate::support::{Place, check_flights, run};

#[test]
fn a_restored_backup_answers_as_the_store_did() {
    let place = Place::with_flights(&["--warm-budget", "8MiB"]);
    let out = place.on_store("backup", &[&place.text("copy")]).ok();
    assert!(
        out.starts_with("Backed up 336,776 rows of 1 table in "),
        "{out}"
    );

    let other = Place::new();
    run(["restore", &place.text("copy"), &other.store()]).ok();
    check_flights(&other);
    assert_eq!(
        other.on_store("verify", &["--json"]).json()["rows"],
        336_776
    );
    assert_eq!(
        other.on_store("segments", &["--json"]).json(),
        place.on_store("segments", &["--json"]).json()
    );
}

#[test]
fn a_backup_never_overwrites() {
    let place = Place::with_airlines();
    let store = place.store();
    place
        .on_store("backup", &[&store])
        .fails_with(&["not empty"]);
    run(["restore", &place.text("nothing"), &place.text("new")]).fails_with(&["nothing"]);
    run(["restore", &store, &store]).fails_with(&["not empty"]);
}
