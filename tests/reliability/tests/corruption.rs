//! A slice of the flipped bits; `RELIABILITY_BITS=1` flips every one.

mod count;

use thermocline_reliability::corrupt::{self, Kind, Small, Verdict};

#[test]
fn damage_to_any_file_is_found_or_harmless_and_repaired_as_far_as_that_goes() {
    let nth = usize::try_from(count::of("RELIABILITY_BITS", 37)).unwrap();
    let verdicts = corrupt::run(&Small::make(Kind::Closed).unwrap(), nth).unwrap();
    let verdicts: Vec<Verdict> = verdicts.into_keys().collect();
    // Each way out was taken: none of the checks is idle.
    assert_eq!(
        verdicts,
        [Verdict::Refused, Verdict::Unreadable, Verdict::Harmless]
    );
}

#[test]
fn damage_to_the_log_of_a_cold_table_is_found_or_harmless() {
    let nth = usize::try_from(count::of("RELIABILITY_BITS", 37)).unwrap();
    let verdicts = corrupt::run(&Small::make(Kind::Checkpointed).unwrap(), nth).unwrap();
    let verdicts: Vec<Verdict> = verdicts.into_keys().collect();
    assert_eq!(verdicts, [Verdict::Refused, Verdict::Harmless]);
}

#[test]
fn in_a_killed_store_only_the_last_write_may_be_taken_for_torn() {
    let nth = usize::try_from(count::of("RELIABILITY_BITS", 7)).unwrap();
    let verdicts = corrupt::run(&Small::make(Kind::Killed).unwrap(), nth).unwrap();
    let verdicts: Vec<Verdict> = verdicts.into_keys().collect();
    assert_eq!(
        verdicts,
        [Verdict::Refused, Verdict::Torn, Verdict::Harmless]
    );
}

#[test]
fn the_small_store_has_a_file_of_every_kind() {
    let small = Small::make(Kind::Checkpointed).unwrap();
    let names: Vec<String> = small.files().into_iter().map(|(name, _)| name).collect();
    // The list at the beginning of docs/formats.md, but for what is there only if the cold tier is
    // elsewhere, or after a repair.
    for (folder, ending, files) in [
        ("", "/LOCK", 1),
        ("", "/ENDS", 1),
        ("", "/heat", 1),
        ("/accesses/", ".note", 1),
        ("/traces/", ".trace", 1),
        ("/manifest/", ".manifest", 2),
        ("/log/", ".log", 2),
        ("/warm/1/", ".arrow", 2),
        ("/cold/", "/thermocline-store", 1),
        ("/cold/t-1/_delta_log/", ".json", 2),
        ("/cold/t-1/_delta_log/", ".checkpoint.parquet", 1),
        ("/cold/t-1/_delta_log/", "/_last_checkpoint", 1),
        ("/cold/t-1/0", ".parquet", 3),
    ] {
        let found = names
            .iter()
            .filter(|name| name.contains(folder) && name.ends_with(ending));
        assert_eq!(found.count(), files, "{folder}…{ending} of {names:?}");
    }
}
