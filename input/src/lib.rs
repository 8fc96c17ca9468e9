//! Files as streams of Arrow batches: CSV, TSV, JSON lines, Parquet and Arrow IPC.
//!
//! A [`Source`] chooses the columns' types, or brings a file's columns into the order and types of
//! a table, by name and without loss. It holds one batch at a time, whatever the size of the file.
//! An [`Error`] says on which line or row, and in which column, the file is at fault.
//!
//! Where text is read as numbers or booleans, blanks around it count for nothing. Booleans in CSV are
//! the words that PostgreSQL takes, in any case: `true`, `yes`, `on`, `1`, `false`, `no`, `off`,
//! `0`, and what only one of them begins with, such as `t`.
//!
//! This is what the command `thermocline` ingests with, and the errors' hints name its options.
//!
//! ```
//! use thermocline_input::{InputFormat, ReadOptions, Source};
//!
//! let csv = "id,price,day\n1,9.5,2013-01-02\n2,,2013-01-03\n";
//! let source = Source::from_bytes(csv, InputFormat::Csv, None, &ReadOptions::default())?;
//! let types: Vec<_> = source.schema().fields().iter().map(|f| f.data_type().to_string()).collect();
//! assert_eq!(types, ["Int64", "Float64", "Date32"]);
//!
//! let table = source.schema().clone();
//! let rows: usize = source.map(|batch| Ok(batch?.num_rows())).sum::<Result<_, thermocline_input::Error>>()?;
//! assert_eq!(rows, 2);
//!
//! // The table's types stand: a value that does not fit is an error, never a loss.
//! let csv = "id,price,day\n3,9.5,soon\n";
//! let mut more = Source::from_bytes(csv, InputFormat::Csv, Some(&table), &ReadOptions::default())?;
//! let error = more.next().unwrap().unwrap_err();
//! assert_eq!(error.to_string(), "line 2, column `day`: `soon` is no Date32");
//! # Ok::<(), thermocline_input::Error>(())
//! ```

mod conform;
mod csv;
mod error;
mod format;
mod infer;
mod ipc;
mod json;
mod options;
mod parquet;
mod progress;
mod reader;
mod source;
#[cfg(test)]
mod tests;

pub use error::{Error, ErrorKind};
pub use format::InputFormat;
pub use options::ReadOptions;
pub use progress::Progress;
pub use source::Source;
