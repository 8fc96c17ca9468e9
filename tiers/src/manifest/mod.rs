//! The manifest: the store's durable record of tables, segments and policy.
//!
//! It is a sequence of numbered files. Each starts with a checkpoint, the
//! whole [`State`], and goes on with commits, each a list of [`Edit`]s that
//! become true together. A commit is one frame and one sync; it counts when
//! its frame is whole. When the commits outgrow the checkpoint, a new file is
//! written aside with a new checkpoint and renamed into place.

mod cold;
mod edit;
mod file;
mod load;
mod marks;
mod state;

pub(crate) use cold::{ColdMeta, Intent};
pub(crate) use edit::Edit;
pub(crate) use file::ManifestWriter;
pub(crate) use load::{Loaded, load};
pub(crate) use marks::{Marked, Marks};
pub(crate) use state::{
    Covered, EncodedSchema, FileMeta, Home, Seal, SegmentMeta, State, TableMeta, fresh_store_id,
};

/// The format of a store: what its directory holds and means. In 0, before the first
/// release, cold files stood in no Delta table.
const FORMAT: u32 = 1;

/// Frame kind of a checkpoint: a whole [`State`].
const CHECKPOINT: u8 = 1;
/// Frame kind of a commit: a list of [`Edit`]s.
const COMMIT: u8 = 2;
/// Extension of manifest files.
const EXTENSION: &str = "manifest";
