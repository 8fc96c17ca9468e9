//! Telling a torn tail from a log that lost acknowledged rows.

use bytes::Bytes;

use super::header::{HEADER_LEN, Header, MAGIC};

/// A later header which shows that rows were acknowledged that can't be read any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledged {
    /// Where that header stands in the data, in bytes.
    pub offset: u64,
    /// Its sequence number.
    pub lsn: u64,
    /// The highest sequence number that was on disk when it was written.
    pub durable: u64,
}

/// Looks behind damage at byte `from` for proof that acknowledged frames were destroyed there.
///
/// The proof is a header with a right checksum that says that frames after `last_good_lsn`, the
/// last one that was read, had reached the disk. Without one, the frames from `from` on belong to
/// a group whose sync never finished: nobody was told that they are safe, and the tail may be cut.
/// (Such a group may well have left complete frames behind the hole. They were written before its
/// sync, so what they call durable ends at `last_good_lsn`.)
///
/// Headers alone are looked at: one whose payload is damaged too is proof all the same. Bytes
/// that look like a header but lie inside a user's value can at worst make a log be refused that
/// could have been cut, never the other way round.
#[must_use]
pub fn find_acknowledged_after(
    data: &Bytes,
    from: u64,
    last_good_lsn: u64,
) -> Option<Acknowledged> {
    let mut at = usize::try_from(from).ok()?;
    loop {
        let rest = data.get(at..)?;
        if rest.len() < HEADER_LEN {
            return None;
        }
        at += rest
            .windows(MAGIC.len())
            .position(|window| window == MAGIC)?;
        if let Ok(header) = Header::decode(data.get(at..)?)
            && header.durable > last_good_lsn
        {
            let offset = u64::try_from(at).ok()?;
            return Some(Acknowledged {
                offset,
                lsn: header.lsn,
                durable: header.durable,
            });
        }
        at += 1;
    }
}
