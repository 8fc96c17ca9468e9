//! Bytes in, requests out.

use super::{Request, TraceFormat, compact::Compact, csv::Csv, oracle_general::OracleGeneral};
use crate::error::{Cause, Error, Result};

/// Reads a trace from its bytes, in pieces of any size.
///
/// After an error it is of no more use: what comes behind the damage is not read.
#[derive(Debug)]
pub struct TraceDecoder {
    parser: Parser,
    /// The start of a line, record or block whose end has not come yet.
    rest: Vec<u8>,
    started: bool,
    /// Bytes of all that was whole.
    read: u64,
}

#[derive(Debug)]
enum Parser {
    Csv(Csv),
    OracleGeneral(OracleGeneral),
    Compact(Compact),
}

/// Who gets the requests.
pub(super) type Sink<'a> = &'a mut dyn FnMut(Request);

impl TraceDecoder {
    /// For a trace in this format.
    #[must_use]
    pub fn new(format: TraceFormat) -> Self {
        Self {
            parser: match format {
                TraceFormat::Csv => Parser::Csv(Csv::default()),
                TraceFormat::OracleGeneral => Parser::OracleGeneral(OracleGeneral::default()),
                TraceFormat::Thermocline => Parser::Compact(Compact::default()),
            },
            rest: Vec::new(),
            started: false,
            read: 0,
        }
    }

    /// How many bytes of the trace were read as whole parts: lines, records or blocks, and what stands
    /// before them. After an error, that is where what could not be read begins.
    #[must_use]
    pub fn read_bytes(&self) -> u64 {
        self.read
    }

    /// Reads the next piece, and gives each request that is whole to `each`.
    ///
    /// # Errors
    ///
    /// At what is not of the format; the line, record or block is named.
    pub fn feed(&mut self, bytes: &[u8], each: &mut dyn FnMut(Request)) -> Result<()> {
        self.rest.extend_from_slice(bytes);
        self.parse(false, each)
    }

    /// The trace is over: reads what is left.
    ///
    /// # Errors
    ///
    /// If the trace ends within a record or block, or its last line is wrong.
    pub fn finish(mut self, each: &mut dyn FnMut(Request)) -> Result<()> {
        self.parse(true, each)
    }

    fn parse(&mut self, at_end: bool, each: Sink<'_>) -> Result<()> {
        const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
        if !self.started && self.rest.len() >= ZSTD.len() {
            self.started = true;
            if self.rest.starts_with(&ZSTD) {
                return Err(fault(
                    "the first bytes",
                    "the file is compressed by zstd; decompress it first, for example by `unzstd`",
                ));
            }
        }
        let mut done = 0;
        while let Some(bytes) = self.rest.get(done..).filter(|bytes| !bytes.is_empty()) {
            let used = match &mut self.parser {
                Parser::Csv(csv) => csv.parse(bytes, at_end, each)?,
                Parser::OracleGeneral(oracle) => oracle.parse(bytes, at_end, each)?,
                Parser::Compact(compact) => compact.parse(bytes, at_end, each)?,
            };
            if used == 0 {
                break;
            }
            done += used;
            self.read += used as u64;
        }
        self.rest.drain(..done.min(self.rest.len()));
        Ok(())
    }
}

/// An error at a place in a trace.
pub(super) fn fault(place: impl Into<String>, why: impl Into<String>) -> Error {
    Error::from(Cause::Trace {
        place: place.into(),
        why: why.into(),
    })
}
