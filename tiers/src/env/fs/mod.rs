//! Local files as a seam.

mod local;
mod long;

use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::buffer::Buffer;
use bytes::Bytes;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;

pub use local::LocalFs;
use thermocline_policy::Timestamp;

/// What the engine asks of a local file system.
///
/// The calls block. Their errors are plain [`io::Error`]s; the engine adds the
/// path. An implementation may lose whatever was not synced: file contents
/// until [`WriteFile::sync`], names until [`Fs::sync_dir`].
pub trait Fs: Debug + Send + Sync {
    /// Creates a new empty file for appending; an existing one is an error.
    ///
    /// # Errors
    /// Whatever the file system says.
    fn create(&self, path: &Path) -> io::Result<Box<dyn WriteFile>>;

    /// Opens an existing file for appending at `len`, cutting off what is behind it.
    ///
    /// # Errors
    /// Whatever the file system says.
    fn append(&self, path: &Path, len: u64) -> io::Result<Box<dyn WriteFile>>;

    /// Writes the bytes of a file from `from` on again, the same and in place, and
    /// syncs it. A sync that failed may never be made up for otherwise, because
    /// the system takes the bytes for written from then on
    /// ([LWN, 2018](https://lwn.net/Articles/752063/)).
    ///
    /// # Errors
    /// Whatever the file system says.
    fn rewrite(&self, path: &Path, from: u64) -> io::Result<()>;

    /// Reads a file from byte `from` to its end.
    ///
    /// # Errors
    /// Whatever the file system says.
    fn read(&self, path: &Path, from: u64) -> io::Result<Bytes>;

    /// Maps a whole file for reading. The mapping stays readable after the
    /// file's name is removed.
    ///
    /// # Errors
    /// Whatever the file system says.
    fn map(&self, path: &Path) -> io::Result<Buffer>;

    /// Length of a file in bytes.
    ///
    /// # Errors
    /// Whatever the file system says.
    fn len(&self, path: &Path) -> io::Result<u64>;

    /// Moves a file onto another name, replacing what was there, atomically.
    ///
    /// # Errors
    /// Whatever the file system says.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// Whatever the file system says.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Lists a directory, in no particular order; a missing one is empty.
    ///
    /// # Errors
    /// Whatever the file system says.
    fn list(&self, dir: &Path) -> io::Result<Vec<DirEntry>>;

    /// Creates a directory and its parents, and makes their names durable.
    ///
    /// # Errors
    /// Whatever the file system says.
    fn create_dir_all(&self, dir: &Path) -> io::Result<()>;

    /// Makes the names in a directory durable.
    ///
    /// # Errors
    /// Whatever the file system says.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;

    /// Takes an exclusive lock that ends with this process, creating the file
    /// and writing `note` into it. A lock held elsewhere is
    /// [`io::ErrorKind::WouldBlock`].
    ///
    /// # Errors
    /// Whatever the file system says.
    fn lock(&self, path: &Path, note: &str) -> io::Result<Box<dyn FileLock>>;

    /// An object store in the directory `dir`, which is there: the cold tier of
    /// a store that was given no other. What it has taken is durable.
    ///
    /// # Errors
    /// Whatever the file system says.
    fn objects(&self, dir: &Path) -> io::Result<Arc<dyn ObjectStore>> {
        Ok(Arc::new(
            LocalFileSystem::new_with_prefix(dir)
                .map_err(io::Error::other)?
                .with_fsync(true),
        ))
    }
}

/// A file open for appending.
pub trait WriteFile: io::Write + Debug + Send {
    /// Makes everything written so far durable.
    ///
    /// # Errors
    /// Whatever the file system says; what is on the disk is then unknown.
    fn sync(&mut self) -> io::Result<()>;
}

/// A held lock; dropping it lets go.
pub trait FileLock: Debug + Send + Sync {}

/// One name in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirEntry {
    /// The full path.
    pub path: PathBuf,
    /// The last part of the path; names that are not UTF-8 are not listed.
    pub name: String,
    /// Whether this is a directory.
    pub is_dir: bool,
    /// Length in bytes; 0 for a directory.
    pub len: u64,
    /// When it was last changed, if the file system knows.
    pub modified: Option<Timestamp>,
}
