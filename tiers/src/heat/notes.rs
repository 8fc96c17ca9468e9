//! What readers in other processes have read.
//!
//! A reader takes no lock, so it cannot change what the writer keeps. It leaves a note, a file of its
//! own, and the writer takes that up with its next round, or when it next opens.

use std::sync::Arc;

use thermocline_policy::trace::Request;

use super::file::{Saved, decode, encode};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::layout::Layout;
use crate::snapshot::View;
use crate::store::Core;

/// A note is not longer than this many accesses; a longer one counts for its newest.
const LONGEST: usize = 1 << 20;

/// With so many notes that nobody has taken up, no further ones are left.
const MOST: usize = 1_000;

const EXTENSION: &str = ".note";

/// Leaves a note about the reads of a view since the last one; false if there were none, or if too
/// many notes wait already.
pub(crate) fn leave(
    env: &Env,
    layout: &Layout,
    view: &View,
    mut requests: Vec<Request>,
) -> Result<bool> {
    let dir = layout.notes();
    let waiting = env.fs.list(&dir).map_err(|e| Error::io(&dir, "list", e))?;
    let segments = Saved::take(view);
    if segments.is_empty() || waiting.len() >= MOST {
        return Ok(false);
    }
    requests.drain(..requests.len().saturating_sub(LONGEST));
    let saved = Saved::new(segments, &requests);
    let path = dir.join(format!("{}{EXTENSION}", env.ids.segment(env.clock.now())));
    let frame = encode(&saved)?;
    env.write_atomically(&path, |mut file| {
        frame
            .write_to(&mut file)
            .map_err(|e| Error::io(&path, "write", e))
    })?;
    Ok(true)
}

impl Core {
    /// Takes up the notes that are there. What is wrong with one is no failure of the store.
    pub(crate) async fn take_notes(self: &Arc<Self>) {
        let core = Arc::clone(self);
        let taken = self.env.blocking(move || {
            let (fs, dir) = (core.env.fs.as_ref(), core.layout.notes());
            let entries = fs.list(&dir).map_err(|e| Error::io(&dir, "list", e))?;
            for entry in entries
                .into_iter()
                .filter(|entry| entry.name.ends_with(EXTENSION))
            {
                let io = |doing, e| Error::io(&entry.path, doing, e);
                let bytes = fs.read(&entry.path, 0).map_err(|e| io("read", e))?;
                // Gone before it counts: at worst it counts not at all.
                fs.remove(&entry.path).map_err(|e| io("remove", e))?;
                match decode(bytes) {
                    Ok(saved) => core.count(saved),
                    Err(why) => {
                        tracing::warn!(path = %entry.path.display(), why, "a note is damaged");
                    }
                }
            }
            Ok(())
        });
        if let Err(error) = taken.await {
            let what = "could not take up what readers have read";
            self.note_failure("heat", what, &error);
        }
    }

    fn count(&self, saved: Saved) {
        let (now, half_life) = (self.env.clock.now(), self.recorder.half_life());
        for request in saved.requests() {
            self.recorder.record_request(&request);
        }
        let view = self.view();
        let by_id = saved.into_map();
        for segment in view.tables.values().flat_map(|table| &table.segments) {
            if let Some(accesses) = by_id.get(&segment.id) {
                segment.access.add(accesses, now, half_life);
                self.recorder.count();
            }
        }
    }
}
