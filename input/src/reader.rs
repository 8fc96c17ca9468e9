//! What is read: a file, or bytes in memory.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::error::{Error, ErrorKind, Result};
use crate::progress::{Counted, Progress};

/// A buffered reader that counts.
pub(crate) type Counting = BufReader<Counted<Contents>>;

/// Something to read from, and what errors call it.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) contents: Contents,
    path: PathBuf,
}

/// Where the bytes are.
#[derive(Debug)]
pub(crate) enum Contents {
    File(File),
    Memory(Cursor<Bytes>),
}

impl Input {
    #[expect(
        clippy::disallowed_methods,
        reason = "the user's input, not a file of the store"
    )]
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|e| Error::io("open", path, &e))?;
        let meta = file.metadata().map_err(|e| Error::io("read", path, &e))?;
        if meta.is_dir() {
            let message = format!("cannot read {}: it is a directory", path.display());
            return Err(Error::of_kind(ErrorKind::Io, message)
                .with_hint("name the files themselves, for example with a shell pattern"));
        }
        Ok(Self {
            contents: Contents::File(file),
            path: path.to_path_buf(),
        })
    }

    pub(crate) fn in_memory(bytes: Bytes) -> Self {
        Self {
            contents: Contents::Memory(Cursor::new(bytes)),
            path: PathBuf::from("the bytes"),
        }
    }

    /// The error of a read.
    pub(crate) fn unreadable(&self, error: &io::Error) -> Error {
        Error::io("read", &self.path, error)
    }

    /// How much there is to read, in bytes.
    pub(crate) fn progress(&mut self) -> Result<Progress> {
        let end = self.contents.seek(SeekFrom::End(0));
        Ok(Progress::new(end.map_err(|e| self.unreadable(&e))?))
    }

    /// The same contents from the start. Of a file there is one position, so only the newest
    /// reader is good for anything.
    pub(crate) fn rewound(&self) -> Result<Contents> {
        let again = || match &self.contents {
            Contents::File(file) => {
                let mut file = file.try_clone()?;
                file.rewind()?;
                Ok(Contents::File(file))
            }
            Contents::Memory(bytes) => Ok(Contents::Memory(Cursor::new(bytes.get_ref().clone()))),
        };
        again().map_err(|e| self.unreadable(&e))
    }

    /// [`Input::rewound`] with a buffer.
    pub(crate) fn buffered(&self) -> Result<BufReader<Contents>> {
        Ok(BufReader::new(self.rewound()?))
    }

    /// [`Input::rewound`] with a large buffer, telling how far it has come.
    pub(crate) fn counted(&self, progress: &Progress) -> Result<Counting> {
        let counted = Counted::new(self.rewound()?, progress.counter());
        Ok(BufReader::with_capacity(256 * 1024, counted))
    }
}

impl Read for Contents {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(buf),
            Self::Memory(bytes) => bytes.read(buf),
        }
    }
}

impl Seek for Contents {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::File(file) => file.seek(to),
            Self::Memory(bytes) => bytes.seek(to),
        }
    }
}
