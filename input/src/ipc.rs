//! Arrow IPC files and streams.

use std::io::Read;

use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileReader, StreamReader};
use arrow::record_batch::RecordBatch;

use crate::conform::Conform;
use crate::error::{Error, Result};
use crate::reader::Input;
use crate::source::{Opened, row_count};

/// How a file of the file format begins; a stream has no such mark.
const MAGIC: &[u8; 6] = b"ARROW1";

type Decoded = Box<dyn Iterator<Item = std::result::Result<RecordBatch, ArrowError>> + Send>;

/// Opens an Arrow IPC file or stream.
pub(crate) fn open(mut input: Input, table: Option<&SchemaRef>) -> Result<Opened> {
    let progress = input.progress()?;
    let mut start = Vec::new();
    let begun = input.rewound()?.take(6).read_to_end(&mut start);
    begun.map_err(|e| input.unreadable(&e))?;

    let contents = input.counted(&progress)?;
    let (file_schema, reader): (_, Decoded) = if start == MAGIC {
        let reader = FileReader::try_new(contents, None).map_err(not_arrow)?;
        (reader.schema(), Box::new(reader))
    } else {
        let reader = StreamReader::try_new(contents, None).map_err(not_arrow)?;
        (reader.schema(), Box::new(reader))
    };
    let conform = Conform::new(&file_schema, table)?;
    let schema = SchemaRef::clone(conform.schema());
    let mut row = 0;
    let batches = reader.map(move |batch| {
        batch.map_err(damaged).and_then(|batch| {
            let conformed = conform.apply(&batch, row);
            row += row_count(&batch);
            conformed
        })
    });
    Ok(Opened {
        schema,
        batches: Box::new(batches),
        progress,
    })
}

fn not_arrow(error: ArrowError) -> Error {
    Error::new(format!(
        "this is not a readable Arrow IPC file: {}",
        plain(error)
    ))
    .with_hint("name its format with --input-format if it is another one")
}

fn damaged(error: ArrowError) -> Error {
    Error::new(format!("the Arrow IPC file is damaged: {}", plain(error)))
}

/// The message without the library's own prefix.
fn plain(error: ArrowError) -> String {
    match error {
        ArrowError::IpcError(text) | ArrowError::ParseError(text) => text,
        other => other.to_string(),
    }
}
