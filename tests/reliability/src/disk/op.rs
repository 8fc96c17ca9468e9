//! What was done to a disk, one step at a time.

use std::path::PathBuf;

use bytes::Bytes;

/// A file, whatever its name is by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub(super) usize);

/// The object `name` below the directory `root`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// The directory that the object store was opened in.
    pub root: PathBuf,
    /// The object's path.
    pub name: String,
}

/// One step in the history of a disk.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Op {
    /// A new directory.
    MakeDir(PathBuf),
    /// A new empty file.
    Create(PathBuf, FileId),
    /// Bytes were written at a place.
    Write {
        /// The file.
        file: FileId,
        /// The first byte.
        at: u64,
        /// What was written.
        bytes: Bytes,
    },
    /// A file was cut, or made longer with zeros.
    SetLen(FileId, u64),
    /// Everything written to a file before is on the disk.
    SyncFile(FileId),
    /// A sync failed: what it was to write may be on the disk or not, and no
    /// later sync tries again.
    SyncFailed(FileId),
    /// A file got another name in its directory.
    Rename {
        /// The old name.
        from: PathBuf,
        /// The new name.
        to: PathBuf,
    },
    /// A name was removed.
    Remove(PathBuf),
    /// The names in a directory are on the disk.
    SyncDir(PathBuf),
    /// An object was put, at once and durably.
    PutObject(ObjectKey, Bytes),
    /// An object was deleted.
    DeleteObject(ObjectKey),
}
