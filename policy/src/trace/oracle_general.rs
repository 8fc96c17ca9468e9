//! libCacheSim's oracleGeneral.

use super::{
    Request,
    decoder::{Sink, fault},
};
use crate::{Result, Timestamp};

/// Bytes of a record.
const RECORD: usize = 24;

/// Reads records, and counts them.
#[derive(Debug, Default)]
pub(super) struct OracleGeneral {
    record: u64,
}

impl OracleGeneral {
    /// Reads one record; returns how many bytes it had, or 0 if its end has not come yet.
    pub(super) fn parse(&mut self, bytes: &[u8], at_end: bool, each: Sink<'_>) -> Result<usize> {
        let Some((record, _)) = bytes.split_first_chunk::<RECORD>() else {
            if at_end {
                return Err(fault(
                    format!("record {}", self.record + 1),
                    format!(
                        "the file ends after {} of its {RECORD} bytes; it was cut off, or is in \
                         another format",
                        bytes.len()
                    ),
                ));
            }
            return Ok(0);
        };
        self.record += 1;
        let [
            t0,
            t1,
            t2,
            t3,
            o0,
            o1,
            o2,
            o3,
            o4,
            o5,
            o6,
            o7,
            b0,
            b1,
            b2,
            b3,
            ..,
        ] = *record;
        let seconds = u32::from_le_bytes([t0, t1, t2, t3]);
        each(Request {
            time: Timestamp(i64::from(seconds) * 1_000_000),
            object: u64::from_le_bytes([o0, o1, o2, o3, o4, o5, o6, o7]),
            bytes: u64::from(u32::from_le_bytes([b0, b1, b2, b3])),
        });
        Ok(RECORD)
    }
}
