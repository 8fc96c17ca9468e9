//! The file that keeps what is known of reads.
//!
//! It is a hint and no more: whatever is wrong with it, the store opens, and its segments count as
//! never read. So it is outside the manifest, whose commits are dear and must not be lost.

use std::collections::HashMap;
use std::sync::Arc;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use thermocline_formats::{Compression, FrameReader, PreparedFrame, SealedFrame};
use thermocline_policy::trace::Request;
use thermocline_policy::{SegmentId, Timestamp};

use super::Accesses;
use crate::env::Env;
use crate::error::{Error, Result};
use crate::layout::Layout;
use crate::segment::Access;
use crate::snapshot::View;
use crate::store::Core;

/// Frame kind of the only frame in it.
const HEAT: u8 = 1;

/// What is known of reads, as it is stored.
#[derive(Serialize, Deserialize)]
pub(super) struct Saved {
    version: u32,
    segments: Vec<SavedSegment>,
    /// In a note, while accesses are recorded: time, object, bytes.
    #[serde(default)]
    requests: Vec<(i64, u64, u64)>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct SavedSegment {
    segment: SegmentId,
    accesses: Accesses,
}

impl Saved {
    pub(super) fn new(mut segments: Vec<SavedSegment>, requests: &[Request]) -> Self {
        segments.sort_by_key(|saved| saved.segment);
        let requests = requests.iter();
        Self {
            version: 0,
            segments,
            requests: requests.map(|r| (r.time.0, r.object, r.bytes)).collect(),
        }
    }

    /// What is known of each segment of a view, by `look`.
    fn of(view: &View, look: impl Fn(&Access) -> Accesses) -> Vec<SavedSegment> {
        let segments = view.tables.values().flat_map(|table| &table.segments);
        segments
            .map(|segment| SavedSegment {
                segment: segment.id,
                accesses: look(&segment.access),
            })
            .filter(|saved| saved.accesses != Accesses::default())
            .collect()
    }

    /// What was read since this was last asked.
    pub(super) fn take(view: &View) -> Vec<SavedSegment> {
        Self::of(view, Access::take)
    }

    pub(super) fn requests(&self) -> impl Iterator<Item = Request> {
        let request = |(time, object, bytes): &(i64, u64, u64)| {
            Request::new(*object, *bytes).at(Timestamp(*time))
        };
        self.requests.iter().map(request)
    }

    pub(super) fn into_map(self) -> HashMap<SegmentId, Accesses> {
        let segments = self.segments.into_iter();
        segments
            .map(|saved| (saved.segment, saved.accesses))
            .collect()
    }
}

impl Core {
    /// Saves what is known of reads, if there were any since the last time and that is long enough
    /// ago, or at the end of the store. A failure is no failure of the store.
    pub(crate) fn save_heat(self: &Arc<Self>, at_the_end: bool) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let now = self.env.clock.elapsed();
            let last = self.heat_saved.lock().0;
            if !at_the_end && now.saturating_sub(last) < self.settings.heat_interval {
                return;
            }
            if !at_the_end {
                self.take_notes().await;
            }
            let new = {
                let reads = self.recorder.reads();
                let mut saved = self.heat_saved.lock();
                let new = saved.1 != reads;
                *saved = (now, reads);
                new
            };
            if new {
                let core = Arc::clone(self);
                let written = self
                    .env
                    .blocking(move || write(&core.env, &core.layout, &core.view()));
                if let Err(error) = written.await {
                    let what = "could not save how much segments are read";
                    self.note_failure("heat", what, &error);
                }
            }
            self.write_trace(at_the_end).await;
        })
    }
}

fn write(env: &Env, layout: &Layout, view: &View) -> Result<()> {
    let frame = encode(&Saved::new(Saved::of(view, Access::get), &[]))?;
    let path = layout.heat();
    env.write_atomically(&path, |mut file| {
        frame
            .write_to(&mut file)
            .map_err(|e| Error::io(&path, "write", e))
    })
}

pub(super) fn encode(saved: &Saved) -> Result<SealedFrame> {
    let payload = rmp_serde::to_vec_named(saved).map_err(Error::bug)?;
    Ok(PreparedFrame::new(HEAT, payload, Compression::Lz4)?.seal(0, 0))
}

/// Brings what was saved to the segments of a view.
pub(super) fn load(env: &Env, layout: &Layout, view: &View) {
    let path = layout.heat();
    let saved = match env.fs.read(&path, 0) {
        Ok(bytes) => decode(bytes),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return,
        Err(e) => Err(e.to_string()),
    };
    let saved = match saved {
        Ok(saved) => saved,
        Err(why) => {
            tracing::warn!(path = %path.display(), why, "segments count as never read");
            return;
        }
    };
    let saved = saved.into_map();
    for segment in view.tables.values().flat_map(|table| &table.segments) {
        if let Some(accesses) = saved.get(&segment.id) {
            segment.access.restore(*accesses);
        }
    }
}

pub(super) fn decode(bytes: bytes::Bytes) -> std::result::Result<Saved, String> {
    let frame = FrameReader::new(bytes).next_frame();
    let frame = frame.map_err(|damage| damage.to_string())?;
    let frame = frame.ok_or("the file is empty")?;
    let saved: Saved = rmp_serde::from_slice(&frame.payload).map_err(|e| e.to_string())?;
    if saved.version == 0 {
        Ok(saved)
    } else {
        Err(format!("it has version {}", saved.version))
    }
}
