//! Where the reads of a whole store are noted.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use thermocline_policy::trace::{Request, TraceEncoder};
use thermocline_policy::{Policy, SegmentId, Timestamp};

use crate::env::WriteFile;

/// What all meters of a store share: the half-life, and the trace that is recorded.
#[derive(Debug)]
pub(crate) struct Recorder {
    half_life_micros: AtomicU64,
    /// Reads since the store was opened.
    reads: AtomicU64,
    recording: AtomicBool,
    trace: Mutex<Option<Sink>>,
}

impl Default for Recorder {
    fn default() -> Self {
        let recorder = Self {
            half_life_micros: AtomicU64::new(0),
            reads: AtomicU64::new(0),
            recording: AtomicBool::new(false),
            trace: Mutex::default(),
        };
        recorder.follow(&Policy::default());
        recorder
    }
}

/// A trace being recorded.
#[derive(Debug)]
struct Recording {
    encoder: TraceEncoder,
    /// What is encoded and not written yet.
    buffer: Vec<u8>,
    file: Box<dyn WriteFile>,
}

/// Where a recording goes.
#[derive(Debug)]
enum Sink {
    File(Recording),
    /// Of a reader, who has nowhere to write.
    Memory(Vec<Request>),
}

impl Recorder {
    /// Takes the half-life of the policy from now on.
    pub(crate) fn follow(&self, policy: &Policy) {
        let micros = u64::try_from(policy.half_life.as_micros()).unwrap_or(u64::MAX);
        self.half_life_micros.store(micros, Ordering::Relaxed);
    }

    pub(crate) fn half_life(&self) -> Duration {
        Duration::from_micros(self.half_life_micros.load(Ordering::Relaxed))
    }

    /// Notes that a morsel was read.
    pub(crate) fn count(&self) {
        self.reads.fetch_add(1, Ordering::Relaxed);
    }

    /// Morsels read since the store was opened.
    pub(crate) fn reads(&self) -> u64 {
        self.reads.load(Ordering::Relaxed)
    }

    pub(crate) fn is_recording(&self) -> bool {
        self.recording.load(Ordering::Relaxed)
    }

    /// Adds a read of a segment to the trace, if one is recorded. Nothing is written yet.
    pub(crate) fn record(&self, segment: SegmentId, bytes: u64, now: Timestamp) {
        if !self.is_recording() {
            return;
        }
        self.record_request(&Request::new(segment.object(), bytes).at(now));
    }

    pub(crate) fn record_request(&self, request: &Request) {
        match self.trace.lock().as_mut() {
            Some(Sink::File(trace)) => trace.encoder.write(request, &mut trace.buffer),
            Some(Sink::Memory(requests)) => requests.push(*request),
            None => {}
        }
    }

    /// Records in memory, or no more.
    pub(crate) fn record_in_memory(&self, record: bool) {
        let mut trace = self.trace.lock();
        match (record, trace.is_some()) {
            (true, false) => *trace = Some(Sink::Memory(Vec::new())),
            (false, true) => *trace = None,
            _ => {}
        }
        self.recording.store(record, Ordering::Relaxed);
    }

    /// Takes what was recorded in memory.
    pub(crate) fn take(&self) -> Vec<Request> {
        match self.trace.lock().as_mut() {
            Some(Sink::Memory(requests)) => std::mem::take(requests),
            _ => Vec::new(),
        }
    }

    /// Records into this file from now on.
    pub(crate) fn start(&self, file: Box<dyn WriteFile>) {
        *self.trace.lock() = Some(Sink::File(Recording {
            encoder: TraceEncoder::new(),
            buffer: Vec::new(),
            file,
        }));
        self.recording.store(true, Ordering::Relaxed);
    }

    /// Writes what was recorded so far. After a failure nothing more is recorded.
    pub(crate) fn write(&self, to_the_end: bool) -> std::io::Result<()> {
        let mut trace = self.trace.lock();
        let Some(Sink::File(recording)) = trace.as_mut() else {
            return Ok(());
        };
        if to_the_end {
            recording.encoder.flush(&mut recording.buffer);
        }
        let bytes = std::mem::take(&mut recording.buffer);
        let written = recording.file.write_all(&bytes);
        let written = written.and_then(|()| {
            if to_the_end {
                recording.file.sync()
            } else {
                Ok(())
            }
        });
        if written.is_err() {
            *trace = None;
            self.recording.store(false, Ordering::Relaxed);
        }
        written
    }

    /// Ends the trace; what was recorded is written.
    pub(crate) fn stop(&self) -> std::io::Result<()> {
        let written = self.write(true);
        self.recording.store(false, Ordering::Relaxed);
        *self.trace.lock() = None;
        written
    }
}
