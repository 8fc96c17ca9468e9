//! Bytes of cold files.

use thermocline::Env;

use crate::context::Context;
use crate::duck::quoted;
use crate::harness::{Line, Outcome, Target};

/// DuckDB writes the same rows in the same order, with Zstandard and its newest encodings.
pub(super) fn run(context: &Context) -> Outcome<Vec<Line>> {
    let tpch = context.tpch()?;
    let yardstick = "COPY, zstd, v2";
    let mut lines = Vec::new();
    let (mut ours, mut theirs) = (0.0, 0.0);
    for table in tpch.store.snapshot().tables() {
        let name = table.name();
        let bytes: u64 = table.segments().iter().map(|segment| segment.bytes).sum();
        let file = tpch.dir.join(format!("{name}.parquet"));
        tpch.files.execute(&format!(
            "COPY {name} TO {} (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2)",
            quoted(&file)?
        ))?;
        let fs = Env::real().fs;
        let copy = fs.len(&file)?;
        fs.remove(&file)?;
        ours += bytes as f64;
        theirs += copy as f64;
        lines.push(Line::size(name, yardstick, bytes as f64, copy as f64));
    }
    lines.push(Line::size("all tables", yardstick, ours, theirs).with_target(Target::AtMost(0.95)));
    Ok(lines)
}
