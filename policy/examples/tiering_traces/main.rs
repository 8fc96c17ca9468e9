//! Writes the tiering traces that policies are measured with.
//!
//! ```sh
//! cargo run -p thermocline-policy --example tiering_traces -- policy/tests/traces
//! ```
//!
//! Each trace models the segment accesses of a store: which segments there are, when they come, and
//! which of them each query reads after pruning. Seeds are fixed, so the same bytes come out always.

#![expect(clippy::disallowed_methods, reason = "it writes files")]

mod model;

use std::{env, error::Error, fs, path::PathBuf};

use thermocline_policy::trace::TraceEncoder;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = env::args_os().nth(1).map(PathBuf::from);
    let directory = directory.ok_or("say in which directory the traces shall be written")?;
    fs::create_dir_all(&directory)?;
    for (name, generate) in model::TRACES {
        let mut encoder = TraceEncoder::new();
        let mut bytes = Vec::new();
        let requests = generate();
        for request in &requests {
            encoder.write(request, &mut bytes);
        }
        encoder.finish(&mut bytes);
        let path = directory.join(format!("{name}.tctr"));
        fs::write(&path, &bytes)?;
        println!("{}: {} requests", path.display(), requests.len());
    }
    Ok(())
}
