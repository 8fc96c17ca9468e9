//! Any text read as a partitioning or a partition path: no panic, and what is accepted is printed
//! so that it reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use thermocline_formats::{PartitionBy, PartitionKey};

fuzz_target!(|text: &str| {
    if let Ok(by) = text.parse::<PartitionBy>() {
        assert_eq!(by.to_string().parse::<PartitionBy>().ok(), Some(by));
    }
    if let Ok(key) = text.parse::<PartitionKey>() {
        assert_eq!(key.to_string().parse::<PartitionKey>().ok(), Some(key));
    }
});
