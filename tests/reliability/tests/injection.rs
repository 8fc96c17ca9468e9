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

#[test]
fn the_scenario_makes_every_call() {
    // The seed whose calls are failed.
    let run: BTreeSet<Call> = inject::calls(0).unwrap().into_iter().collect();
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
}
