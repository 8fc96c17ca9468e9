//! A slice of the failing calls; `RELIABILITY_NTH` of 1 tries every one.

mod count;

use std::collections::BTreeSet;

use thermocline_reliability::disk::{Call, Fault};
use thermocline_reliability::{campaign, inject};

#[test]
fn no_failing_call_loses_a_row_or_makes_an_answer_wrong() {
    let nth = usize::try_from(count::of("RELIABILITY_NTH", 23)).unwrap();
    campaign::seeds(
        &format!("inject --nth {nth}"),
        0..1,
        |seed| inject::run(seed, nth),
        |_, _| {},
    )
    .unwrap();
}

/// With the seed whose calls are failed.
#[test]
fn the_scenario_makes_every_call() {
    let calls = inject::calls(0).unwrap();
    let run: BTreeSet<Call> = calls.iter().map(|(call, _)| *call).collect();
    for call in [
        Call::Create,
        Call::Append,
        Call::Read,
        Call::Map,
        Call::Write,
        Call::Sync,
        Call::Rename,
        Call::Remove,
        Call::List,
        Call::MakeDir,
        Call::SyncDir,
        Call::Lock,
        Call::Put,
        Call::Get,
        Call::Delete,
        Call::ListObjects,
    ] {
        assert!(run.contains(&call), "{call:?} is not in the scenario");
        assert!(Fault::ALL.iter().any(|fault| fault.fits(call)));
    }
    let wanted = [
        (Call::Create, "manifest", ".tmp"),
        (Call::Remove, "manifest", ".manifest"),
        (Call::Create, "log", ".log"),
        (Call::Remove, "log", ".log"),
        (Call::Create, "warm", ".tmp"),
        (Call::Map, "warm", ".arrow"),
        (Call::Remove, "warm", ".arrow"),
        (Call::Put, "cold", ".parquet"),
        (Call::Get, "cold", ".parquet"),
        (Call::Delete, "cold", ".parquet"),
        (Call::Put, "_delta_log", ".json"),
        (Call::Get, "_delta_log", ".json"),
        (Call::Delete, "_delta_log", ".json"),
        (Call::Put, "_delta_log", ".checkpoint.parquet"),
        (Call::Get, "_delta_log", ".checkpoint.parquet"),
        (Call::Put, "_delta_log", "_last_checkpoint"),
        (Call::Get, "_delta_log", "_last_checkpoint"),
        (Call::Put, "cold", "thermocline-store"),
        (Call::Write, "", "heat.tmp"),
        (Call::Read, "", "heat"),
        (Call::Write, "", "ENDS.tmp"),
        (Call::Read, "", "ENDS"),
        (Call::Create, "accesses", ".tmp"),
        (Call::Remove, "accesses", ".note"),
        (Call::Create, "traces", ".trace"),
        (Call::Read, "traces", ".trace"),
        (Call::Lock, "", "LOCK"),
    ];
    let calls = calls.into_iter();
    let calls: Vec<_> = calls
        .map(|(call, path)| (call, path.display().to_string()))
        .collect();
    let missing = wanted.iter().filter(|(call, folder, ending)| {
        let is = |path: &str| path.contains(folder) && path.ends_with(ending);
        !calls.iter().any(|(made, path)| made == call && is(path))
    });
    let missing: Vec<_> = missing.collect();
    assert!(missing.is_empty(), "not in the scenario: {missing:?}");
}
