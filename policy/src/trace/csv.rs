//! `time,object,size` lines.

use std::collections::HashMap;

use super::{
    Request,
    decoder::{Sink, fault},
};
use crate::{Result, Timestamp};

/// The longest line that can be one of a trace.
const MAX_LINE: usize = 64 * 1024;
/// Objects with names are numbered from here on; numbers that objects have themselves are below.
const FIRST_NAMED: u64 = u64::MAX - u32::MAX as u64;

/// Reads lines, and remembers the names of objects.
#[derive(Debug, Default)]
pub(super) struct Csv {
    line: u64,
    names: HashMap<String, u64>,
}

impl Csv {
    /// Reads one line; returns how many bytes it had, or 0 if its end has not come yet.
    pub(super) fn parse(&mut self, bytes: &[u8], at_end: bool, each: Sink<'_>) -> Result<usize> {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let (line, used) = match end.and_then(|end| bytes.get(..end).zip(Some(end + 1))) {
            Some((line, used)) => (line, used),
            None if at_end => (bytes, bytes.len()),
            None if bytes.len() > MAX_LINE => (bytes, bytes.len()),
            None => return Ok(0),
        };
        self.line += 1;
        if line.len() > MAX_LINE {
            return Err(self.fault("the line is longer than 64 KiB; this is no trace in CSV"));
        }
        let line = std::str::from_utf8(line)
            .map_err(|_| self.fault("the line is not UTF-8; is the trace really in CSV?"))?
            .trim();
        if !line.is_empty() {
            let mut fields = line.split(',').map(str::trim);
            let (Some(time), Some(object), Some(size), None) =
                (fields.next(), fields.next(), fields.next(), fields.next())
            else {
                return Err(self.fault("three fields are expected: time,object,size"));
            };
            match seconds(time) {
                Some(time) => {
                    let bytes = size.parse().map_err(|_| {
                        self.fault(format!(
                            "`{size}` is not a size; write bytes as a whole number"
                        ))
                    })?;
                    let object = self.object(object)?;
                    each(Request {
                        time,
                        object,
                        bytes,
                    });
                }
                None if self.line == 1 && !time.starts_with(|c: char| c.is_ascii_digit()) => {}
                None => {
                    return Err(
                        self.fault(format!("`{time}` is not a time; write seconds as a number"))
                    );
                }
            }
        }
        Ok(used)
    }

    /// The number of an object: its own, or one for its name.
    fn object(&mut self, text: &str) -> Result<u64> {
        if text.is_empty() {
            return Err(self.fault("the object is missing"));
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return match text.parse() {
                Ok(number) if number < FIRST_NAMED => Ok(number),
                _ => Err(self.fault(format!(
                    "the object {text} is too large a number; they must be below {FIRST_NAMED}"
                ))),
            };
        }
        if let Some(number) = self.names.get(text) {
            return Ok(*number);
        }
        let number = FIRST_NAMED
            .checked_add(self.names.len() as u64)
            .ok_or_else(|| self.fault("there are more names of objects than can be told apart"))?;
        self.names.insert(text.to_owned(), number);
        Ok(number)
    }

    fn fault(&self, why: impl Into<String>) -> crate::Error {
        fault(format!("line {}", self.line), why)
    }
}

/// Seconds with an optional fraction; digits beyond microseconds are cut off.
fn seconds(text: &str) -> Option<Timestamp> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !number(whole) || !number(fraction) {
        return None;
    }
    let fraction: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let micros = whole
        .parse::<i64>()
        .ok()?
        .checked_mul(1_000_000)?
        .checked_add(fraction.parse().ok()?)?;
    Some(Timestamp(if negative { -micros } else { micros }))
}
