//! nycflights13, carried in the executable: the tour needs neither network nor repository.

use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::failure::Outcome;

/// One of the five tables.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dataset {
    pub(super) name: &'static str,
    /// Grouped by the month of this column, which is the event time too.
    pub(super) event_time: Option<&'static str>,
    parquet: &'static [u8],
}

pub(super) const FLIGHTS: Dataset = Dataset {
    name: "flights",
    event_time: Some("time_hour"),
    parquet: include_bytes!("../../../examples/data/nycflights13/flights.parquet"),
};

/// Flights last: what came first looks oldest to the policy where there is no event time.
pub(super) const ALL: [Dataset; 5] = [
    Dataset {
        name: "airlines",
        event_time: None,
        parquet: include_bytes!("../../../examples/data/nycflights13/airlines.parquet"),
    },
    Dataset {
        name: "airports",
        event_time: None,
        parquet: include_bytes!("../../../examples/data/nycflights13/airports.parquet"),
    },
    Dataset {
        name: "planes",
        event_time: None,
        parquet: include_bytes!("../../../examples/data/nycflights13/planes.parquet"),
    },
    Dataset {
        name: "weather",
        event_time: Some("time_hour"),
        parquet: include_bytes!("../../../examples/data/nycflights13/weather.parquet"),
    },
    FLIGHTS,
];

impl Dataset {
    /// The rows, in batches of at most `rows`.
    pub(super) fn batches(&self, rows: usize) -> Outcome<Vec<RecordBatch>> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(Bytes::from_static(self.parquet))?;
        Ok(builder
            .with_batch_size(rows)
            .build()?
            .collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_executable_carries_all_rows() {
        let rows = ALL.map(|set| {
            let batches = set.batches(8192).unwrap();
            (
                set.name,
                batches.iter().map(RecordBatch::num_rows).sum::<usize>(),
            )
        });
        let expected = [
            ("airlines", 16),
            ("airports", 1_458),
            ("planes", 3_322),
            ("weather", 26_115),
            ("flights", 336_776),
        ];
        assert_eq!(rows, expected);
    }
}
