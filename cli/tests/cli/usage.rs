//! Help, completions and exit codes.

use crate::support::{Place, run};

#[test]
fn bad_usage_is_exit_code_2() {
    for args in [
        &[][..],
        &["fly"],
        &["sql"],
        &["ingest", "store", "--table", "t"],
        &["move", "store", "--table", "t", "--to", "cold"],
        &["move", "store", "--table", "t", "--all", "--to", "lukewarm"],
        &[
            "move",
            "store",
            "--table",
            "t",
            "--all",
            "--segment",
            "x",
            "--to",
            "cold",
        ],
        &[
            "ingest",
            "store",
            "--table",
            "t",
            "--hot-budget",
            "lots",
            "a.csv",
        ],
        &[
            "ingest",
            "store",
            "--table",
            "t",
            "--partition-by",
            "month(",
            "a.csv",
        ],
        &["sql", "store", "SELECT 1", "--format", "parquet"],
        &["policy", "store", "--table", "t"],
        &["simulate", "--trace", "t", "--format", "csv"],
        &[
            "simulate", "--trace", "t", "--format", "tsv", "--budget", "1",
        ],
        &[
            "simulate", "--trace", "t", "--format", "csv", "--budget", "200%",
        ],
        &[
            "simulate", "--trace", "t", "--format", "csv", "--budget", "1", "--policy", "mru",
        ],
    ] {
        let run = run(args);
        assert_eq!(run.code, 2, "{args:?} {run:?}");
        assert!(!run.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn help_names_every_command_and_hides_the_tours_own() {
    let help = run(["--help"]).ok();
    for command in [
        "tour",
        "ingest",
        "sql",
        "tables",
        "segments",
        "policy",
        "plan",
        "apply",
        "move",
        "simulate",
        "verify",
        "repair",
        "backup",
        "restore",
        "completions",
    ] {
        assert!(
            help.contains(&format!("\n  {command} ")),
            "{command} is not in {help}"
        );
    }
    assert!(!help.contains("tour-writer"));
    assert_eq!(
        run(["--version"]).ok().trim(),
        concat!("thermocline ", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn completions_come_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(
            run(["completions", shell]).ok().contains("segments"),
            "{shell}"
        );
    }
}

#[test]
fn a_directory_without_a_store_is_said_so_by_every_command() {
    let place = Place::new();
    for (command, args) in [
        ("sql", &["SELECT 1"][..]),
        ("tables", &[]),
        ("segments", &[]),
        ("policy", &[]),
        ("plan", &[]),
        ("apply", &[]),
        ("move", &["--table", "t", "--all", "--to", "cold"]),
        ("verify", &[]),
        ("repair", &[]),
        ("backup", &["elsewhere"]),
    ] {
        let run = place.on_store(command, args);
        run.fails_with(&["no store", &place.store()]);
    }
    assert!(
        !place.path("store").exists(),
        "looking must not make a store"
    );
}
