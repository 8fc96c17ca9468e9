//! What a running system sees of a disk: everything, synced or not.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::contents::Contents;
use super::history::{put, to_usize};
use super::op::{FileId, ObjectKey, Op};

#[derive(Debug)]
pub(super) struct Live {
    dirs: BTreeSet<PathBuf>,
    names: BTreeMap<PathBuf, FileId>,
    files: Vec<Vec<u8>>,
    pub(super) objects: BTreeMap<ObjectKey, Bytes>,
    /// Held locks.
    pub(super) locked: BTreeSet<PathBuf>,
}

impl Live {
    pub(super) fn new(contents: &Contents) -> Self {
        let names = contents.files.keys().enumerate();
        Self {
            dirs: contents.dirs.clone(),
            names: names
                .map(|(number, path)| (path.clone(), FileId(number)))
                .collect(),
            files: contents.files.values().map(|b| b.to_vec()).collect(),
            objects: contents.objects.clone(),
            locked: BTreeSet::new(),
        }
    }

    pub(super) fn contents(&self) -> Contents {
        let files = self.names.iter();
        Contents {
            dirs: self.dirs.clone(),
            files: files
                .map(|(path, file)| (path.clone(), self.bytes(*file).to_vec().into()))
                .collect(),
            objects: self.objects.clone(),
        }
    }

    pub(super) fn apply(&mut self, op: &Op) {
        match op {
            Op::MakeDir(path) => {
                self.dirs.insert(path.clone());
            }
            Op::Create(path, file) => {
                self.files.resize(file.0 + 1, Vec::new());
                self.names.insert(path.clone(), *file);
            }
            Op::Write { file, at, bytes } => {
                if let Some(file) = self.files.get_mut(file.0) {
                    put(file, *at, bytes);
                }
            }
            Op::SetLen(file, len) => {
                if let Some(file) = self.files.get_mut(file.0) {
                    file.resize(to_usize(*len), 0);
                }
            }
            Op::Rename { from, to } => {
                if let Some(file) = self.names.remove(from) {
                    self.names.insert(to.clone(), file);
                }
            }
            Op::Remove(path) => {
                self.names.remove(path);
            }
            Op::SyncFile(_) | Op::SyncFailed(_) | Op::SyncDir(_) => {}
            Op::PutObject(key, bytes) => {
                self.objects.insert(key.clone(), bytes.clone());
            }
            Op::DeleteObject(key) => {
                self.objects.remove(key);
            }
        }
    }

    pub(super) fn next_file(&self) -> FileId {
        FileId(self.files.len())
    }

    pub(super) fn file(&self, path: &Path) -> io::Result<FileId> {
        self.names
            .get(path)
            .copied()
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    pub(super) fn bytes(&self, file: FileId) -> &[u8] {
        self.files
            .get(file.0)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    pub(super) fn is_dir(&self, path: &Path) -> bool {
        self.dirs.contains(path)
    }

    /// A file can only be made in a directory that is there.
    pub(super) fn check_parent(&self, path: &Path) -> io::Result<()> {
        match path.parent() {
            Some(parent) if self.is_dir(parent) => Ok(()),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Names in a directory: path, length, and whether it is a directory.
    pub(super) fn list(&self, dir: &Path) -> Vec<(PathBuf, u64, bool)> {
        let inside = |path: &&PathBuf| path.parent() == Some(dir);
        let dirs = self.dirs.iter().filter(inside);
        let files = self.names.iter().filter(|(path, _)| inside(path));
        dirs.map(|path| (path.clone(), 0, true))
            .chain(files.map(|(path, file)| (path.clone(), self.bytes(*file).len() as u64, false)))
            .collect()
    }
}
