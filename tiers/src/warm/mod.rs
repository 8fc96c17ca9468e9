//! The warm tier: memory-mapped Arrow IPC files on the local disk.

mod file;
mod maps;
mod write;

pub(crate) use file::WarmFile;
pub(crate) use maps::Maps;
pub(crate) use write::write;
