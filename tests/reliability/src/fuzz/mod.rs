//! Any bytes where files are expected: nothing panics, nothing loops, and what is
//! accepted keeps its promises.
//!
//! [`hunt`] mutates a corpus for a while, with any compiler. `fuzz/` has the same
//! targets for cargo-fuzz, which knows which code an input reaches, and the
//! corpus. An input that once broke something stays there.

mod memory;
mod mutate;
mod targets;

use std::path::Path;
use std::time::Duration;

use thermocline_testing::Random;

use crate::campaign::caught;
use crate::failure::{Failure, Outcome};
pub use targets::{TARGETS, Target, target};

/// Runs every input of a target's corpus, in the directory of its name below
/// `corpora`. Returns how many there were.
///
/// # Errors
/// When an input breaks something, or the corpus cannot be read.
pub fn replay(target: &Target, corpora: &Path) -> Outcome<usize> {
    let corpus = read(&corpora.join(target.name))?;
    for (name, input) in &corpus {
        caught(|| (target.run)(input)).map_err(|f| f.at(format!("{}/{name}", target.name)))?;
    }
    Ok(corpus.len())
}

/// Runs mutations of the corpus for a while. Returns how many.
///
/// # Errors
/// When an input breaks something. It is stored beside the corpus, and named.
pub fn hunt(target: &Target, corpora: &Path, seed: u64, length: Duration) -> Outcome<u64> {
    let dir = corpora.join(target.name);
    let corpus: Vec<Vec<u8>> = read(&dir)?.into_iter().map(|(_, input)| input).collect();
    let mut random = Random::new(seed);
    let started = now();
    let mut runs = 0;
    while started.elapsed() < length {
        let input = mutate::next(&corpus, &mut random);
        caught(|| (target.run)(&input)).map_err(|failure| {
            let name = format!("found-{:016x}", random.bits());
            let kept = match write(&dir.join(&name), &input) {
                Ok(()) => format!("{}/{name}", target.name),
                Err(error) => format!("{} ({error}): {input:02x?}", target.name),
            };
            failure.at(kept)
        })?;
        runs += 1;
    }
    Ok(runs)
}

/// Writes the first inputs of a target's corpus.
///
/// # Errors
/// When they cannot be made or written.
pub fn sow(target: &Target, corpora: &Path) -> Outcome<usize> {
    let dir = corpora.join(target.name);
    let seeds = (target.seeds)()?;
    for (number, seed) in seeds.iter().enumerate() {
        write(&dir.join(format!("seed-{number:02}")), seed)?;
    }
    Ok(seeds.len())
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long to look is no part of what is found"
)]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "the corpus is no store")]
fn read(dir: &Path) -> Outcome<Vec<(String, Vec<u8>)>> {
    let failed = |e| {
        Failure::new(format!(
            "the corpus in {} cannot be read: {e}",
            dir.display()
        ))
    };
    let mut corpus = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        corpus.push((name, std::fs::read(entry.path()).map_err(failed)?));
    }
    corpus.sort_unstable();
    Ok(corpus)
}

#[expect(clippy::disallowed_methods, reason = "the corpus is no store")]
fn write(path: &Path, bytes: &[u8]) -> Outcome {
    let failed = |e| Failure::new(format!("{} cannot be written: {e}", path.display()));
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir).map_err(failed)?;
    }
    std::fs::write(path, bytes).map_err(failed)
}
