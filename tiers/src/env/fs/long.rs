//! Reading a long file into memory, such as one of the log.
//!
//! What takes the time is not the disk but the memory: the system clears each new page, and copies
//! into it. So the pages are huge, where the system has them, and a few threads share the work.

use std::fs::File;
use std::io;
use std::num::NonZero;
use std::os::unix::fs::FileExt;
use std::thread::{self, Builder};

use bytes::Bytes;
use memmap2::{MmapMut, MmapOptions};

/// The least number of bytes for which that is worth it.
pub(super) const LEAST: u64 = 8 << 20;

/// More threads would wait for the memory.
const MOST_THREADS: usize = 4;

/// `len` bytes of a file from `from` on; fewer when it ends before.
pub(super) fn read(file: &File, from: u64, len: u64) -> io::Result<Bytes> {
    let len = usize::try_from(len).map_err(io::Error::other)?;
    let mut memory = MmapOptions::new().len(len).map_anon()?;
    prefer_huge_pages(&memory);
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let part = len.div_ceil(threads.clamp(1, MOST_THREADS));
    let there = thread::scope(|scope| {
        let parts: Vec<_> = (from..)
            .step_by(part)
            .zip(memory.chunks_mut(part))
            .map(|(at, part)| {
                let len = part.len();
                // Unlike `scope.spawn`, which panics where the system gives no thread.
                let thread = Builder::new().spawn_scoped(scope, move || read_part(file, at, part));
                Ok((len, thread?))
            })
            .collect::<io::Result<_>>()?;
        let mut there = 0;
        let mut is_whole = true;
        for (len, reading) in parts {
            let read = reading
                .join()
                .map_err(|_| io::Error::other("a thread that read a file panicked"))??;
            // Behind an early end nothing follows.
            if is_whole {
                there += read;
            }
            is_whole &= read == len;
        }
        Ok::<_, io::Error>(there)
    })?;
    Ok(Bytes::from_owner(memory).slice(..there))
}

/// Fills a part from a place in the file on. Says how much of it there was.
fn read_part(file: &File, from: u64, part: &mut [u8]) -> io::Result<usize> {
    let mut there = 0;
    while let Some(rest) = part.get_mut(there..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, from + there as u64) {
            Ok(0) => break,
            Ok(read) => there += read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(there)
}

/// A system that has none, or gives them to nobody, is no reason not to read.
fn prefer_huge_pages(memory: &MmapMut) {
    #[cfg(target_os = "linux")]
    if let Err(error) = memory.advise(memmap2::Advice::HugePage) {
        tracing::debug!(%error, "no huge pages");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = memory;
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const BLOCK: usize = 1 << 20;

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    #[test]
    fn every_byte_is_where_it_was() {
        let bytes: Vec<u8> = (0..5 * BLOCK / 2 + 7)
            .map(|n| u8::try_from(n.wrapping_mul(2_654_435_761) >> 7 & 255).unwrap())
            .collect();
        let file = file(&bytes);
        for from in [0, 1, BLOCK + 3, bytes.len() - 1] {
            let expected = &bytes[from..];
            let found = read(&file, from as u64, expected.len() as u64).unwrap();
            assert!(found == expected, "from {from}");
        }
    }

    #[test]
    fn a_file_that_ends_early_is_read_to_its_end() {
        let bytes = vec![7; BLOCK + 5];
        let file = file(&bytes);
        for more in [1, BLOCK, 9 * BLOCK] {
            let found = read(&file, 3, (bytes.len() + more) as u64).unwrap();
            assert!(found == bytes[3..], "{more} more");
        }
    }
}
