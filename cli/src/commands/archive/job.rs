//! The name of a job: the same for the same files, and for no others.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use twox_hash::XxHash3_64;

use crate::failure::Outcome;
use crate::files;

/// How much of a file's name is kept, for people.
const SHOWN: usize = 40;

/// Names the job of these files into this table: by the files' places, sizes and times of change.
pub(super) fn name(table: &str, inputs: &[PathBuf]) -> Outcome<String> {
    let mut text = format!("{table}\n");
    for input in inputs {
        let facts = files::facts(input)?;
        let changed = facts
            .changed
            .and_then(|at| at.duration_since(UNIX_EPOCH).ok())
            .map_or(0, |since| since.as_nanos());
        text.push_str(&format!(
            "{}\n{}\n{changed}\n",
            facts.path.display(),
            facts.bytes
        ));
    }
    let digits = |seed| XxHash3_64::oneshot_with_seed(seed, text.as_bytes());
    let shown = shown(inputs.first().map_or(Path::new(""), PathBuf::as_path));
    Ok(format!("{shown}-{:016x}{:016x}", digits(0), digits(1)))
}

/// The file's name, as far as a job's name may have it.
fn shown(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let name: String = name.chars().filter(|c| plain(*c)).take(SHOWN).collect();
    let name = name.trim_start_matches(['.', '_', '-']);
    if name.is_empty() {
        "rows".to_owned()
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test's own files")]
    fn a_job_is_named_by_its_files_as_they_are() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("größe a.csv");
        let other = dir.path().join("b.csv");
        std::fs::write(&file, "x\n1\n").unwrap();
        std::fs::write(&other, "x\n1\n").unwrap();
        let job = |table: &str, files: &[&PathBuf]| {
            let files: Vec<_> = files.iter().map(|file| (*file).clone()).collect();
            name(table, &files).unwrap()
        };
        let first = job("t", &[&file]);
        assert!(
            first.starts_with("gre") || first.starts_with("gr"),
            "{first}"
        );
        assert_eq!(first, job("t", &[&file]));
        let mut seen = vec![
            first.clone(),
            job("u", &[&file]),
            job("t", &[&other]),
            job("t", &[&file, &other]),
            job("t", &[&other, &file]),
        ];
        std::fs::write(&file, "x\n1\n2\n").unwrap();
        seen.push(job("t", &[&file]));
        let all = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), all, "{seen:?}");
        assert!(name("t", &[dir.path().join("missing")]).is_err());
    }
}
