//! How much room a set of rows takes.

use std::fmt;

use thermocline_policy::HumanBytes;

/// How much room a set of rows takes where it is kept: memory for rows in
/// memory, disk for rows in files.
///
/// ```
/// use thermocline_tiers::persistence::MemoryStats;
///
/// let stats = MemoryStats::new(3 << 20, 50_000, 2);
/// assert_eq!(stats.average_batch_size, 3 << 19);
/// assert_eq!(stats.to_string(), "50000 rows in 3 MiB: 2 batches of 1.5 MiB, 62.9 B a row");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryStats {
    /// Bytes in all.
    pub total_bytes: usize,
    /// Rows in all.
    pub total_rows: usize,
    /// Pieces that the rows are kept in: batches in memory, files of a
    /// directory, row groups of a DuckDB table.
    pub num_batches: usize,
    /// Bytes of a piece on average, rounded down; 0 when there is none.
    pub average_batch_size: usize,
}

impl MemoryStats {
    /// The figures of so many bytes and rows in so many pieces.
    #[must_use]
    pub fn new(total_bytes: usize, total_rows: usize, num_batches: usize) -> Self {
        Self {
            total_bytes,
            total_rows,
            num_batches,
            average_batch_size: total_bytes.checked_div(num_batches).unwrap_or(0),
        }
    }
}

impl fmt::Display for MemoryStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        write!(
            f,
            "{} row{} in {}",
            self.total_rows,
            plural(self.total_rows),
            bytes(self.total_bytes),
        )?;
        if self.num_batches > 0 {
            let pieces = if self.num_batches == 1 {
                "batch"
            } else {
                "batches"
            };
            let average = bytes(self.average_batch_size);
            write!(f, ": {} {pieces} of {average}", self.num_batches)?;
        }
        if self.total_rows > 0 {
            let each = self.total_bytes as f64 / self.total_rows as f64;
            write!(f, ", {each:.1} B a row")?;
        }
        Ok(())
    }
}

fn bytes(bytes: usize) -> HumanBytes {
    HumanBytes(bytes as u64)
}

#[cfg(test)]
mod tests {
    use super::MemoryStats;

    #[test]
    fn no_rows_and_no_batches_divide_by_nothing() {
        let none = MemoryStats::new(0, 0, 0);
        assert_eq!(none, MemoryStats::default());
        assert_eq!(none.to_string(), "0 rows in 0 B");
        let empty = MemoryStats::new(120, 0, 1);
        assert_eq!(empty.to_string(), "0 rows in 120 B: 1 batch of 120 B");
        let one = MemoryStats::new(62, 1, 1);
        assert_eq!(
            one.to_string(),
            "1 row in 62 B: 1 batch of 62 B, 62.0 B a row"
        );
    }
}
