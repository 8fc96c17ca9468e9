//! Writing a trace in our own format.

use std::collections::HashMap;

use super::{
    Request,
    compact::{BLOCK_HEADER, HEADER, checksum},
    varint,
};

/// Writes a trace in the format `thermocline`, usually two or three bytes a request.
///
/// ```
/// use thermocline_policy::trace::{Request, TraceDecoder, TraceEncoder, TraceFormat};
///
/// let mut encoder = TraceEncoder::new();
/// let mut bytes = Vec::new();
/// for object in [1, 2, 1] {
///     encoder.write(&Request::new(object, 100), &mut bytes);
/// }
/// encoder.finish(&mut bytes);
///
/// let mut objects = Vec::new();
/// let mut decoder = TraceDecoder::new(TraceFormat::Thermocline);
/// decoder.feed(&bytes, &mut |request| objects.push(request.object))?;
/// decoder.finish(&mut |_| ())?;
/// assert_eq!(objects, [1, 2, 1]);
/// # Ok::<(), thermocline_policy::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct TraceEncoder {
    started: bool,
    /// Of each object, its number in the trace and the size that it was last defined with.
    objects: HashMap<u64, (u64, u64)>,
    defined: u64,
    time: i64,
    block: Vec<u8>,
    requests: u32,
}

impl TraceEncoder {
    /// A block is closed when it has so many bytes. Small ones lose less when a recording is cut
    /// off, and cost more.
    pub const BLOCK_BYTES: usize = 32 * 1024;

    /// A new trace.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes a request; appends to `out` whatever is complete by now.
    pub fn write(&mut self, request: &Request, out: &mut Vec<u8>) {
        self.start(out);
        let time = request.time.0;
        varint::write(
            &mut self.block,
            varint::zigzag(time.wrapping_sub(self.time)),
        );
        self.time = time;
        match self.objects.get(&request.object) {
            Some((number, bytes)) if *bytes == request.bytes => {
                varint::write(&mut self.block, *number);
            }
            _ => {
                self.defined += 1;
                varint::write(&mut self.block, 0);
                self.block.extend_from_slice(&request.object.to_le_bytes());
                varint::write(&mut self.block, request.bytes);
                self.objects
                    .insert(request.object, (self.defined, request.bytes));
            }
        }
        self.requests += 1;
        if self.block.len() >= Self::BLOCK_BYTES {
            self.close(out);
        }
    }

    /// Closes the block that was begun, so that all that was written can be read. More may follow.
    pub fn flush(&mut self, out: &mut Vec<u8>) {
        self.start(out);
        if self.requests > 0 {
            self.close(out);
        }
    }

    /// Ends the trace.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        self.flush(out);
    }

    fn start(&mut self, out: &mut Vec<u8>) {
        if !self.started {
            self.started = true;
            out.extend_from_slice(&HEADER);
        }
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        // A block is closed soon after 32 KiB, so its length fits.
        let len = u32::try_from(self.block.len()).unwrap_or(u32::MAX);
        let mut header = [0; BLOCK_HEADER];
        let (lengths, crc) = header.split_at_mut(8);
        lengths.copy_from_slice(&(u64::from(len) | u64::from(self.requests) << 32).to_le_bytes());
        let sum = checksum(lengths, &self.block);
        crc.copy_from_slice(&sum.to_le_bytes());
        out.extend_from_slice(&header);
        out.append(&mut self.block);
        self.requests = 0;
    }
}
