//! Any text read as a partitioning or a partition path: what is accepted is
//! printed so that it reads the same.

use thermocline_formats::{PartitionBy, PartitionKey};

use super::Target;
use crate::failure::{Outcome, ensure};

pub(super) const TARGET: Target = Target {
    name: "partition",
    run,
    seeds,
};

fn run(data: &[u8]) -> Outcome {
    let Ok(text) = std::str::from_utf8(data) else {
        return Ok(());
    };
    if let Ok(by) = text.parse::<PartitionBy>() {
        let shown = by.to_string();
        ensure(shown.parse().ok() == Some(by), || {
            format!("`{text}` is printed as `{shown}`, which is another")
        })?;
    }
    if let Ok(key) = text.parse::<PartitionKey>() {
        let shown = key.to_string();
        ensure(shown.parse().ok() == Some(key), || {
            format!("the path `{text}` is printed as `{shown}`, which is another")
        })?;
    }
    Ok(())
}

fn seeds() -> Outcome<Vec<Vec<u8>>> {
    let texts = [
        "",
        "carrier, month(time_hour), bucket(16, id)",
        "\"a \"\"b\"\"\", truncate(4, name), year(at), day(at), hour(at)",
        "month=2013-01/carrier=UA",
        "a=__HIVE_DEFAULT_PARTITION__/b=%5F%2F/c_bucket=7",
    ];
    Ok(texts.iter().map(|text| text.as_bytes().to_vec()).collect())
}
