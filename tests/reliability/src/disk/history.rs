//! Everything that was done to a disk, and what a power cut may leave of it.
//!
//! What was synced is kept. Of the rest, any part may be kept, in any order:
//!
//! - written bytes, in sectors of 512, each kept or not; where a later part is
//!   kept and an earlier one is not, there are zeros
//! - the length of a file without its bytes, which are then zeros
//! - names that were created, moved or removed, each directory by itself
//! - an object that was deleted may still be there
//!
//! The rules are those of POSIX, and of file systems that keep no more than
//! they must: `fsync` of a file says nothing about its name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use thermocline_testing::Random;

use super::contents::Contents;
use super::op::{FileId, ObjectKey, Op};

/// Bytes that a disk writes whole or not at all.
const SECTOR: u64 = 512;

/// A disk at rest, and what was done to it since.
#[derive(Debug, Clone, Default)]
pub struct History {
    base: Contents,
    ops: Vec<Op>,
}

/// What becomes of steps that were not synced.
#[derive(Debug, Clone, Copy)]
enum Fate {
    All,
    None,
    /// The first so many, and a part of the next.
    Prefix(usize),
    /// Each with this chance of eight.
    Any(usize),
}

impl Fate {
    fn draw(random: &mut Random, steps: usize) -> Self {
        match random.below(8) {
            0 => Self::All,
            1 | 2 => Self::None,
            3 | 4 => Self::Prefix(random.below(steps + 1)),
            _ => Self::Any(1 + random.below(7)),
        }
    }

    fn of(self, index: usize, random: &mut Random) -> Extent {
        match self {
            Self::All => Extent::Whole,
            Self::None => Extent::Nothing,
            Self::Prefix(whole) if index < whole => Extent::Whole,
            Self::Prefix(whole) if index == whole => Extent::Part,
            Self::Prefix(_) => Extent::Nothing,
            Self::Any(of_eight) if random.below(8) >= of_eight => Extent::Nothing,
            Self::Any(_) if random.one_in(2) => Extent::Part,
            Self::Any(_) => Extent::Whole,
        }
    }
}

/// How much of one step is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Nothing,
    /// Some of its sectors.
    Part,
    Whole,
}

/// What one file is on the disk so far.
#[derive(Debug, Default)]
struct FileState {
    durable: Vec<u8>,
    /// Not synced; the flag says that a sync was tried and failed.
    pending: Vec<(Change, bool)>,
}

#[derive(Debug, Clone)]
enum Change {
    Write(u64, Bytes),
    SetLen(u64),
}

#[derive(Debug, Clone)]
enum Name {
    Dir,
    File(FileId),
}

impl History {
    /// A disk to which nothing was done.
    #[must_use]
    pub fn new(base: Contents) -> Self {
        Self {
            base,
            ops: Vec::new(),
        }
    }

    /// What was done.
    #[must_use]
    pub fn ops(&self) -> &[Op] {
        &self.ops
    }

    pub(super) fn push(&mut self, op: Op) {
        self.ops.push(op);
    }

    /// One of the states in which a power cut after the first `steps` steps may
    /// leave the disk.
    #[must_use]
    pub fn power_cut(&self, steps: usize, random: &mut Random) -> Contents {
        let mut image = Image::of(&self.base);
        for op in self.ops.iter().take(steps) {
            image.step(op, random);
        }
        image.settle(random)
    }
}

/// A disk on its way through a history.
struct Image {
    names: BTreeMap<PathBuf, Name>,
    pending_names: BTreeMap<PathBuf, Vec<Op>>,
    files: BTreeMap<FileId, FileState>,
    objects: BTreeMap<ObjectKey, Bytes>,
    deleted: Vec<(ObjectKey, Bytes)>,
}

impl Image {
    fn of(base: &Contents) -> Self {
        let mut names: BTreeMap<PathBuf, Name> = BTreeMap::new();
        for dir in &base.dirs {
            names.insert(dir.clone(), Name::Dir);
        }
        let mut files = BTreeMap::new();
        for (number, (path, bytes)) in base.files.iter().enumerate() {
            names.insert(path.clone(), Name::File(FileId(number)));
            let state = FileState {
                durable: bytes.to_vec(),
                pending: Vec::new(),
            };
            files.insert(FileId(number), state);
        }
        Self {
            names,
            pending_names: BTreeMap::new(),
            files,
            objects: base.objects.clone(),
            deleted: Vec::new(),
        }
    }

    fn step(&mut self, op: &Op, random: &mut Random) {
        match op {
            Op::MakeDir(path) | Op::Remove(path) => self.pend_name(path, op),
            Op::Create(path, file) => {
                self.files.entry(*file).or_default();
                self.pend_name(path, op);
            }
            Op::Rename { to, .. } => self.pend_name(to, op),
            Op::SyncDir(dir) => {
                for op in self.pending_names.remove(dir).unwrap_or_default() {
                    self.apply_name(&op);
                }
            }
            Op::Write { file, at, bytes } => {
                self.pend(*file, Change::Write(*at, bytes.clone()));
            }
            Op::SetLen(file, len) => self.pend(*file, Change::SetLen(*len)),
            Op::SyncFile(file) => self.files.entry(*file).or_default().sync(random),
            Op::SyncFailed(file) => {
                for (_, failed) in &mut self.files.entry(*file).or_default().pending {
                    *failed = true;
                }
            }
            Op::PutObject(key, bytes) => {
                self.deleted.retain(|(gone, _)| gone != key);
                self.objects.insert(key.clone(), bytes.clone());
            }
            Op::DeleteObject(key) => {
                if let Some(bytes) = self.objects.remove(key) {
                    self.deleted.push((key.clone(), bytes));
                }
            }
        }
    }

    fn pend(&mut self, file: FileId, change: Change) {
        let state = self.files.entry(file).or_default();
        state.pending.push((change, false));
    }

    fn pend_name(&mut self, path: &Path, op: &Op) {
        let dir = path.parent().unwrap_or(path).to_path_buf();
        self.pending_names.entry(dir).or_default().push(op.clone());
    }

    fn apply_name(&mut self, op: &Op) {
        match op {
            Op::MakeDir(path) => {
                self.names.insert(path.clone(), Name::Dir);
            }
            Op::Create(path, file) => {
                self.names.insert(path.clone(), Name::File(*file));
            }
            Op::Rename { from, to } => {
                if let Some(name) = self.names.remove(from) {
                    self.names.insert(to.clone(), name);
                }
            }
            Op::Remove(path) => {
                self.names.remove(path);
            }
            _ => {}
        }
    }

    /// Decides what is kept of all that was not synced.
    fn settle(mut self, random: &mut Random) -> Contents {
        for (_, ops) in std::mem::take(&mut self.pending_names) {
            let fate = Fate::draw(random, ops.len());
            // A name that was not kept may still be moved: what counts is where
            // the move puts it.
            let mut lost: BTreeMap<PathBuf, FileId> = BTreeMap::new();
            for (index, op) in ops.iter().enumerate() {
                if fate.of(index, random) == Extent::Whole {
                    if let Op::Rename { from, to } = op
                        && let Some(file) = lost.remove(from)
                    {
                        self.names.insert(to.clone(), Name::File(file));
                    } else {
                        self.apply_name(op);
                    }
                } else if let Op::Create(path, file) = op {
                    lost.insert(path.clone(), *file);
                }
            }
        }
        let mut contents = Contents::default();
        let mut settled: BTreeMap<FileId, Bytes> = BTreeMap::new();
        for (file, state) in std::mem::take(&mut self.files) {
            settled.insert(file, state.settle(random).into());
        }
        // In the order of paths a directory comes before what is in it.
        for (path, name) in &self.names {
            let reachable = path
                .parent()
                .is_none_or(|parent| contents.dirs.contains(parent));
            if !reachable {
                continue;
            }
            match name {
                Name::Dir => {
                    contents.dirs.insert(path.clone());
                }
                Name::File(file) => {
                    let bytes = settled.get(file).cloned().unwrap_or_default();
                    contents.files.insert(path.clone(), bytes);
                }
            }
        }
        contents.objects = self.objects;
        for (key, bytes) in self.deleted {
            if random.one_in(4) {
                contents.objects.insert(key, bytes);
            }
        }
        contents
    }
}

impl FileState {
    fn sync(&mut self, random: &mut Random) {
        for (change, failed) in std::mem::take(&mut self.pending) {
            let extent = match failed {
                false => Extent::Whole,
                true if random.one_in(2) => Extent::Nothing,
                true => Extent::Part,
            };
            change.apply(&mut self.durable, extent, random);
        }
    }

    fn settle(mut self, random: &mut Random) -> Vec<u8> {
        let fate = Fate::draw(random, self.pending.len());
        for (index, (change, _)) in self.pending.iter().enumerate() {
            let extent = fate.of(index, random);
            change.apply(&mut self.durable, extent, random);
        }
        self.durable
    }
}

impl Change {
    fn apply(&self, file: &mut Vec<u8>, extent: Extent, random: &mut Random) {
        match (self, extent) {
            (_, Extent::Nothing) => {}
            (Self::SetLen(len), _) => file.resize(to_usize(*len), 0),
            (Self::Write(at, bytes), Extent::Whole) => put(file, *at, bytes),
            (Self::Write(at, bytes), Extent::Part) => {
                if random.one_in(4) {
                    // The length is kept, the bytes are not.
                    let end = to_usize(*at).saturating_add(bytes.len());
                    if file.len() < end {
                        file.resize(end, 0);
                    }
                }
                let mut start = 0;
                while start < bytes.len() {
                    let place = at + start as u64;
                    let room = to_usize(SECTOR - place % SECTOR);
                    let end = bytes.len().min(start + room);
                    if random.one_in(2) {
                        put(file, place, bytes.get(start..end).unwrap_or_default());
                    }
                    start = end;
                }
            }
        }
    }
}

/// Writes into a file in memory; a gap is filled with zeros.
pub(super) fn put(file: &mut Vec<u8>, at: u64, bytes: &[u8]) {
    let start = to_usize(at);
    let end = start.saturating_add(bytes.len());
    if file.len() < end {
        file.resize(end, 0);
    }
    if let Some(place) = file.get_mut(start..end) {
        place.copy_from_slice(bytes);
    }
}

pub(super) fn to_usize(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
