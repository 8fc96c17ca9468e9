//! How to read.

use crate::format::InputFormat;

/// Values of a batch of text, at most: a file with very many columns has shorter batches.
const MOST_VALUES: usize = 1 << 20;

/// How to read a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOptions {
    /// The format, where the file's name doesn't tell it.
    pub format: Option<InputFormat>,
    /// What else means null in CSV, beside an empty field.
    pub null: Option<String>,
    /// How many rows of CSV or JSON choose the types of a new table's columns; 0 for all of them.
    pub sample_rows: usize,
    /// The most rows of a batch, where the format's own number is not right. 0 is taken for 1.
    pub batch_rows: Option<usize>,
}

impl Default for ReadOptions {
    /// The format by the file's name, null only for empty fields, types by 10,000 rows.
    fn default() -> Self {
        Self {
            format: None,
            null: None,
            sample_rows: 10_000,
            batch_rows: None,
        }
    }
}

impl ReadOptions {
    /// Rows of a batch of so many columns, where the format's own number is `usual`.
    pub(crate) fn rows_of_batch(&self, usual: usize, columns: usize) -> usize {
        let most = MOST_VALUES / columns.max(1);
        self.batch_rows.unwrap_or(usual).min(most).max(1)
    }
}
