//! Reading a trace from its file.

use std::io::Read;
use std::path::Path;

use thermocline::policy::trace::{Request, TraceDecoder, TraceFormat};

use crate::failure::{Failure, Outcome};
use crate::files;

/// Gives every request of the file to `each`.
pub(super) fn each(path: &Path, format: TraceFormat, each: &mut dyn FnMut(Request)) -> Outcome {
    let mut file = files::open(path)?;
    let failed = |e: std::io::Error| Failure::file("read", path, &e);
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(Failure::new(format!(
            "cannot read {}: it is no ordinary file",
            path.display()
        ))
        .hint("the trace is read twice, so save it first"));
    }
    let wrong = |e: thermocline::policy::Error| Failure::new(e.to_string()).within(path.display());
    let mut decoder = TraceDecoder::new(format);
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let n = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(failed(e)),
        };
        decoder
            .feed(buffer.get(..n).unwrap_or_default(), each)
            .map_err(wrong)?;
    }
    decoder.finish(each).map_err(wrong)
}
