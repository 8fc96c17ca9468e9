//! The user's own files: what the commands read, beside `thermocline-input`, and what `-o` writes.
//!
//! Files of a store are never touched here; those belong to the engine.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::failure::{Failure, Outcome};

/// Opens one of the user's files for reading.
#[expect(
    clippy::disallowed_methods,
    reason = "the user's input, not a file of the store"
)]
pub(crate) fn open(path: &Path) -> Outcome<File> {
    let file = File::open(path).map_err(|e| Failure::file("open", path, &e))?;
    let meta = file
        .metadata()
        .map_err(|e| Failure::file("read", path, &e))?;
    if meta.is_dir() {
        return Err(
            Failure::new(format!("cannot read {}: it is a directory", path.display()))
                .hint("name the files themselves, for example with a shell pattern"),
        );
    }
    Ok(file)
}

/// What is known of one of the user's files without reading it.
#[derive(Debug)]
pub(crate) struct Facts {
    /// Its whole path.
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
    /// When it was changed, where that is known.
    pub(crate) changed: Option<SystemTime>,
}

/// What is known of one of the user's files.
pub(crate) fn facts(path: &Path) -> Outcome<Facts> {
    let failed = |e: &io::Error| Failure::file("read", path, e);
    let meta = open(path)?.metadata().map_err(|e| failed(&e))?;
    Ok(Facts {
        path: std::path::absolute(path).map_err(|e| failed(&e))?,
        bytes: meta.len(),
        changed: meta.modified().ok(),
    })
}

/// Gives a finished temporary folder its name, which nobody may have but an empty folder.
#[expect(
    clippy::disallowed_methods,
    reason = "a store that is complete and closed, under a name that it has not had"
)]
pub(crate) fn keep_folder(folder: tempfile::TempDir, path: &Path) -> Outcome {
    std::fs::rename(folder.path(), path).map_err(|e| Failure::file("make", path, &e))?;
    // There is nothing left to remove.
    let _gone = folder.keep();
    Ok(())
}

/// All of one of the user's files, which is text.
pub(crate) fn read_to_string(path: &Path) -> Outcome<String> {
    let mut text = String::new();
    let read = open(path)?.read_to_string(&mut text);
    read.map_err(|e| Failure::file("read", path, &e))?;
    Ok(text)
}

/// A result file that appears under its name only when it is whole.
///
/// The bytes go to a temporary file beside the destination, so a query that fails half-way leaves an
/// older file of that name as it was. A destination that is no ordinary file (`/dev/stdout`, a
/// pipe) is written directly.
#[derive(Debug)]
pub(crate) enum OutputFile {
    /// Written aside, renamed by [`OutputFile::keep`].
    Aside {
        writer: BufWriter<tempfile::NamedTempFile>,
        path: PathBuf,
    },
    /// Written in place.
    Direct {
        writer: BufWriter<File>,
        path: PathBuf,
    },
}

impl OutputFile {
    /// Starts the file.
    pub(crate) fn create(path: &Path) -> Outcome<Self> {
        let failed = |e: &io::Error| Failure::file("write", path, e);
        let path_buf = path.to_path_buf();
        if path.is_dir() {
            return Err(Failure::new(format!(
                "cannot write {}: it is a directory",
                path.display()
            )));
        }
        if path.exists() && !path.is_file() {
            let file = open_for_writing(path).map_err(|e| failed(&e))?;
            return Ok(Self::Direct {
                writer: BufWriter::new(file),
                path: path_buf,
            });
        }
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".thermocline-").suffix(".part");
        // A temporary file is private by default; a result is as readable as any new file.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(folder).map_err(|e| failed(&e))?;
        Ok(Self::Aside {
            writer: BufWriter::new(file),
            path: path_buf,
        })
    }

    /// Gives the finished file its name.
    pub(crate) fn keep(self) -> Outcome {
        match self {
            Self::Aside { writer, path } => {
                let failed = |e: &io::Error| Failure::file("write", &path, e);
                let file = writer.into_inner().map_err(|e| failed(e.error()))?;
                file.persist(&path).map(drop).map_err(|e| failed(&e.error))
            }
            Self::Direct { mut writer, path } => writer
                .flush()
                .map_err(|e| Failure::file("write", &path, &e)),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the user's output, not a file of the store"
)]
fn open_for_writing(path: &Path) -> io::Result<File> {
    File::options().write(true).open(path)
}

impl Write for OutputFile {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match self {
            Self::Aside { writer, .. } => writer.write(buf),
            Self::Direct { writer, .. } => writer.write(buf),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Aside { writer, .. } => writer.flush(),
            Self::Direct { writer, .. } => writer.flush(),
        }
    }
}
