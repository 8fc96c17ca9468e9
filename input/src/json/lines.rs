//! A file line by line.

use std::io::{self, BufRead};
use std::ops::Range;

const BATCH_BYTES: usize = 8 << 20;

/// Runs of whole lines.
#[derive(Debug)]
pub(super) struct Lines<R> {
    input: R,
    line: u64,
}

/// Some lines of the file: their bytes, and each one's number and place.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    bytes: Vec<u8>,
    lines: Vec<(u64, Range<usize>)>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, line: 0 }
    }

    /// Up to `rows` lines that are not blank; none at the end of the file.
    pub(super) fn read(&mut self, rows: usize) -> io::Result<Chunk> {
        let mut chunk = Chunk::default();
        while chunk.lines.len() < rows && chunk.bytes.len() < BATCH_BYTES {
            let start = chunk.bytes.len();
            if self.input.read_until(b'\n', &mut chunk.bytes)? == 0 {
                break;
            }
            self.line += 1;
            let range = start..chunk.bytes.len();
            if chunk
                .bytes
                .get(range.clone())
                .is_some_and(|line| line.trim_ascii().is_empty())
            {
                chunk.bytes.truncate(start);
            } else {
                chunk.lines.push((self.line, range));
            }
        }
        Ok(chunk)
    }
}

impl Chunk {
    /// True at the end of the file.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Rows of it.
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &[u8])> {
        self.lines
            .iter()
            .filter_map(|(n, range)| Some((*n, self.bytes.get(range.clone())?)))
    }
}
