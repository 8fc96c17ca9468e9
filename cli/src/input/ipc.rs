//! Arrow IPC files and streams.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileReader, StreamReader};
use arrow::record_batch::RecordBatch;

use super::conform::Conform;
use super::{Progress, Source, length, row_count};
use crate::failure::{Failure, Outcome};
use crate::files::Counted;

/// How a file of the file format begins; a stream has no such mark.
const MAGIC: &[u8; 6] = b"ARROW1";

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>;

/// Opens an Arrow IPC file or stream.
pub(super) fn open(path: &Path, mut file: File, table: Option<&SchemaRef>) -> Outcome<Source> {
    let unreadable = |e: &std::io::Error| Failure::file("read", path, e);
    let progress = Progress::new(length(&mut file).map_err(|e| unreadable(&e))?);
    let mut start = Vec::new();
    (&file)
        .take(6)
        .read_to_end(&mut start)
        .map_err(|e| unreadable(&e))?;
    file.rewind().map_err(|e| unreadable(&e))?;

    let input = BufReader::with_capacity(256 * 1024, Counted::new(file, progress.counter()));
    let (file_schema, reader): (_, Batches) = if start == MAGIC {
        let reader = FileReader::try_new(input, None).map_err(not_arrow)?;
        (reader.schema(), Box::new(reader))
    } else {
        let reader = StreamReader::try_new(input, None).map_err(not_arrow)?;
        (reader.schema(), Box::new(reader))
    };
    let conform = Conform::new(&file_schema, table)?;
    let schema = SchemaRef::clone(conform.schema());
    let path = path.to_path_buf();
    let mut row = 0;
    let batches = reader.map(move |batch| {
        let batch = batch.map_err(damaged).and_then(|batch| {
            let conformed = conform.apply(&batch, row);
            row += row_count(&batch);
            conformed
        });
        batch.map_err(|failure| failure.within(path.display()))
    });
    Ok(Source {
        schema,
        batches: Box::new(batches),
        progress,
    })
}

fn not_arrow(error: ArrowError) -> Failure {
    Failure::new(format!(
        "this is not a readable Arrow IPC file: {}",
        plain(error)
    ))
    .hint("name its format with --input-format if it is another one")
}

fn damaged(error: ArrowError) -> Failure {
    Failure::new(format!("the Arrow IPC file is damaged: {}", plain(error)))
}

/// The message without the library's own prefix.
fn plain(error: ArrowError) -> String {
    match error {
        ArrowError::IpcError(text) | ArrowError::ParseError(text) => text,
        other => other.to_string(),
    }
}
