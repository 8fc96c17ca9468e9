//! The warm tier: memory-mapped Arrow IPC files on the local disk.

mod file;
mod write;

pub(crate) use file::WarmFile;
pub(crate) use write::write;
