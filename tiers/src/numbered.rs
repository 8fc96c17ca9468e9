//! Files that carry a number in their name, so that a listing gives their order.

use std::path::{Path, PathBuf};

use crate::env::Fs;
use crate::error::{Error, Result};

/// `dir/<twenty digits>.<extension>`.
pub(crate) fn path(dir: &Path, number: u64, extension: &str) -> PathBuf {
    dir.join(format!("{number:020}.{extension}"))
}

/// All files of that form, in the order of their numbers.
pub(crate) fn list(fs: &dyn Fs, dir: &Path, extension: &str) -> Result<Vec<(u64, PathBuf, u64)>> {
    let entries = fs.list(dir).map_err(|e| Error::io(dir, "list", e))?;
    let mut files: Vec<_> = entries
        .into_iter()
        .filter(|entry| !entry.is_dir)
        .filter_map(|entry| {
            let (stem, rest) = entry.name.split_once('.')?;
            let number = (rest == extension).then(|| stem.parse().ok())??;
            Some((number, entry.path, entry.len))
        })
        .collect();
    files.sort_unstable();
    Ok(files)
}
