//! Any manifest: the store opens or says what is wrong.

use super::Target;
use super::log::{framed, open_with, own};
use crate::failure::Outcome;

pub(super) const TARGET: Target = Target {
    name: "manifest_open",
    run,
    seeds,
};

/// Frame kinds of a checkpoint, which comes first, and of commits.
const KINDS: [u8; 2] = [1, 2];

fn run(data: &[u8]) -> Outcome {
    let Some((form, data)) = data.split_first() else {
        return Ok(());
    };
    let manifest = match form % 2 {
        0 => data.to_vec(),
        _ => framed(".manifest", KINDS, data)?,
    };
    open_with(".manifest", manifest).map(|_| ())
}

fn seeds() -> Outcome<Vec<Vec<u8>>> {
    own(".manifest")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::targets::log::check_payloads;

    #[test]
    fn a_manifest_of_payloads_is_opened() {
        check_payloads(".manifest", KINDS);
    }
}
