//! How much room a set of rows takes.

use std::fmt;

/// How much room a set of rows takes where it is kept: memory for rows in
/// memory, disk for rows in files.
///
/// ```
/// use thermocline_tiers::persistence::MemoryStats;
///
/// let stats = MemoryStats::new(3 << 20, 50_000, 2);
/// assert_eq!(stats.average_batch_size, 3 << 19);
/// assert_eq!(stats.to_string(), "50000 rows in 3.00 MiB: 2 batches of 1.50 MiB, 62.9 B a row");
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
            Bytes(self.total_bytes as f64),
        )?;
        if self.num_batches > 0 {
            let pieces = if self.num_batches == 1 {
                "batch"
            } else {
                "batches"
            };
            let average = Bytes(self.average_batch_size as f64);
            write!(f, ": {} {pieces} of {average}", self.num_batches)?;
        }
        if self.total_rows > 0 {
            let each = Bytes(self.total_bytes as f64 / self.total_rows as f64);
            write!(f, ", {each} a row")?;
        }
        Ok(())
    }
}

/// A number of bytes with three digits and a binary unit.
struct Bytes(f64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut value = self.0;
        let mut unit = "B";
        for larger in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
            if value < 1024.0 {
                break;
            }
            value /= 1024.0;
            unit = larger;
        }
        let decimals = match value {
            _ if value.fract() == 0.0 && unit == "B" => 0,
            v if v < 10.0 => 2,
            v if v < 100.0 => 1,
            _ => 0,
        };
        write!(f, "{value:.decimals$} {unit}")
    }
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
            "1 row in 62 B: 1 batch of 62 B, 62 B a row"
        );
    }
}
