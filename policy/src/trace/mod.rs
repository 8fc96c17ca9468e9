//! Traces: which objects were asked for, one after the other.
//!
//! A [`TraceDecoder`] is fed with the bytes of a file in pieces of any size and hands out
//! [`Request`]s; it keeps no more than one line, record or block. Three formats are read:
//!
//! | name | what it is |
//! | --- | --- |
//! | `csv` | `time,object,size` lines, as libCacheSim reads them |
//! | `oracle-general` | libCacheSim's binary records of 24 bytes |
//! | `thermocline` | our own: compact, with checksums, written by a [`TraceEncoder`]; see `docs/formats.md` |
//!
//! ```
//! use thermocline_policy::trace::{Request, TraceDecoder, TraceFormat};
//!
//! let mut requests = Vec::new();
//! let mut decoder = TraceDecoder::new(TraceFormat::Csv);
//! decoder.feed(b"time,object,size\n0.5,7,40", &mut |request| requests.push(request))?;
//! decoder.feed(b"96\n1,july.parquet,10\n", &mut |request| requests.push(request))?;
//! decoder.finish(&mut |request| requests.push(request))?;
//! assert_eq!(requests.len(), 2);
//! assert_eq!((requests[0].object, requests[0].bytes, requests[0].time.0), (7, 4_096, 500_000));
//!
//! let mut decoder = TraceDecoder::new(TraceFormat::Csv);
//! let error = decoder.feed(b"1,7,40\n2,7,many\n", &mut |_| ()).unwrap_err();
//! assert_eq!(error.to_string(), "line 2: `many` is not a size; write bytes as a whole number");
//! # Ok::<(), thermocline_policy::Error>(())
//! ```

mod compact;
mod csv;
mod decoder;
mod encoder;
mod format;
mod oracle_general;
mod request;
mod varint;

#[cfg(test)]
mod tests;

pub use decoder::TraceDecoder;
pub use encoder::TraceEncoder;
pub use format::TraceFormat;
pub use request::Request;
