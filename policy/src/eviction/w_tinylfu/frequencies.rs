//! What W-TinyLFU wants to know of objects: how often each was asked for.

use std::fmt;

/// When an object was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Occasion {
    /// It was asked for and wasn't resident.
    Miss,
    /// It was asked for in the window.
    WindowHit,
    /// It was asked for in the main part.
    MainHit,
    /// It left the window, to the main part or altogether. Nobody asked for it.
    LeftWindow,
}

/// Counts how often each object is seen, also of those that aren't resident.
///
/// The paper leaves open which structure counts, and when old counts fade. The one of
/// [`WTinyLfu::new`](super::WTinyLfu::new) is a count-min sketch with counters up to 15, which counts every
/// request, and halves all counters after ten for each object that was resident.
pub trait Frequencies: fmt::Debug + Send {
    /// An object was seen.
    fn count(&mut self, object: u64, occasion: Occasion);

    /// About how often it was seen lately.
    fn estimate(&self, object: u64) -> u64;

    /// So many objects are resident; what is small may grow.
    fn make_room(&mut self, objects: usize);
}
