//! The files that commands read rows from, as `thermocline-input` opens them.

pub(crate) use thermocline_input::{ReadOptions, Source};

/// The formats of input files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum InputFormat {
    /// Comma-separated values with a header line
    Csv,
    /// Tab-separated values with a header line
    Tsv,
    /// JSON lines: one object a line
    Json,
    /// Parquet
    Parquet,
    /// Arrow IPC, the file or the stream format
    Arrow,
}

impl From<InputFormat> for thermocline_input::InputFormat {
    fn from(format: InputFormat) -> Self {
        match format {
            InputFormat::Csv => Self::Csv,
            InputFormat::Tsv => Self::Tsv,
            InputFormat::Json => Self::Json,
            InputFormat::Parquet => Self::Parquet,
            InputFormat::Arrow => Self::Arrow,
        }
    }
}
