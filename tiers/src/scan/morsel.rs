//! The unit of parallel work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use thermocline_formats::Predicate;
use thermocline_policy::{SegmentId, Tier, Timestamp};

use super::{MorselReader, ScanOptions};
use crate::cold::ColdFile;
use crate::env::Env;
use crate::error::{Error, Result};
use crate::hot::HotRows;
use crate::segment::{Sealed, Segment};
use crate::warm::WarmFile;

/// What all morsels of a scan are read for.
#[derive(Debug)]
pub(super) struct Target {
    /// The table's newest columns.
    pub(super) table_schema: SchemaRef,
    /// Columns to return, by index in `table_schema`.
    pub(super) columns: Vec<usize>,
    /// The returned columns.
    pub(super) schema: SchemaRef,
    /// The returned columns, and behind them those that only the predicate needs.
    pub(super) filter_columns: Vec<usize>,
    pub(super) predicate: Predicate,
}

impl Target {
    pub(super) fn new(table_schema: SchemaRef, options: ScanOptions) -> Result<Self> {
        let ScanOptions { columns, predicate } = options;
        let columns = columns.unwrap_or_else(|| (0..table_schema.fields().len()).collect());
        if let Some(wrong) = columns
            .iter()
            .find(|index| **index >= table_schema.fields().len())
        {
            return Err(Error::invalid(format!(
                "there is no column {wrong}; the table has {} columns, counted from 0",
                table_schema.fields().len()
            )));
        }
        let schema = Arc::new(table_schema.project(&columns).map_err(Error::bug)?);
        let mut filter_columns = columns.clone();
        for name in predicate.columns() {
            if let Some((index, _)) = table_schema.column_with_name(name)
                && !filter_columns.contains(&index)
            {
                filter_columns.push(index);
            }
        }
        Ok(Self {
            table_schema,
            columns,
            schema,
            filter_columns,
            predicate,
        })
    }

    pub(super) fn project(&self, columns: &[usize]) -> Result<Schema> {
        self.table_schema.project(columns).map_err(Error::bug)
    }
}

/// Where the rows of a morsel are.
#[derive(Debug, Clone)]
pub(super) enum Part {
    /// Rows without a segment.
    Open(Vec<RecordBatch>),
    /// One run of a segment in memory.
    Hot(Arc<HotRows>, usize),
    /// One block of a warm file.
    Warm(Arc<WarmFile>, usize),
    /// One row group of a cold file.
    Cold(Arc<ColdFile>, usize),
}

/// One scan's reading of one segment.
#[derive(Debug)]
pub(super) struct SegmentRead {
    segment: Arc<Segment>,
    /// A scan is one request of a trace, however many morsels it reads.
    recorded: AtomicBool,
}

impl SegmentRead {
    pub(super) fn of(segment: &Arc<Segment>) -> Arc<Self> {
        Arc::new(Self {
            segment: Arc::clone(segment),
            recorded: AtomicBool::new(false),
        })
    }

    /// Notes that so many rows were read, and so many columns of all. Bytes are counted as in memory,
    /// whatever tier served them, and columns as equally wide.
    fn touch(&self, rows: u64, columns: usize, of: usize, now: Timestamp) {
        let Sealed {
            rows: all,
            hot_bytes,
            ..
        } = &*self.segment.facts;
        let share = |bytes: u128, part: u128, of: u128| bytes * part.min(of) / of.max(1);
        let bytes = share(u128::from(*hot_bytes), rows.into(), u128::from(*all));
        let bytes = share(bytes, columns as u128, of as u128);
        let access = &self.segment.access;
        access.touch(u64::try_from(bytes).unwrap_or(u64::MAX), now);
        if !self.recorded.swap(true, Ordering::Relaxed) {
            access.record(*hot_bytes, now);
        }
    }
}

/// A unit of work of a scan: some open rows, a run of a hot segment, a block of
/// a warm file or a row group of a cold one. It may be read on any thread.
#[derive(Debug, Clone)]
pub struct Morsel {
    env: Env,
    target: Arc<Target>,
    segment: Option<Arc<SegmentRead>>,
    rows: u64,
    part: Part,
}

impl Morsel {
    pub(super) fn new(
        env: &Env,
        target: &Arc<Target>,
        segment: Option<&Arc<SegmentRead>>,
        rows: u64,
        part: Part,
    ) -> Self {
        Self {
            env: env.clone(),
            target: Arc::clone(target),
            segment: segment.map(Arc::clone),
            rows,
            part,
        }
    }

    /// How many rows it has, about: exact for rows in memory, an average of the
    /// segment's for files.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The tier that it is read from.
    #[must_use]
    pub fn tier(&self) -> Tier {
        match self.part {
            Part::Open(_) | Part::Hot(..) => Tier::Hot,
            Part::Warm(..) => Tier::Warm,
            Part::Cold(..) => Tier::Cold,
        }
    }

    /// The segment that it belongs to; open rows have none.
    #[must_use]
    pub fn segment(&self) -> Option<SegmentId> {
        self.segment.as_ref().map(|read| read.segment.id)
    }

    /// Starts to read it. Blocks; to be called on a thread that may.
    ///
    /// The batches have the scan's columns. Rows that cannot match the scan's
    /// predicate may be left out, and rows that don't match may remain: the
    /// caller filters.
    ///
    /// # Errors
    /// [`Expired`](crate::ErrorKind::Expired) when the file was collected, in a
    /// reading process; [`Corrupt`](crate::ErrorKind::Corrupt) when it is damaged.
    pub fn open(&self) -> Result<MorselReader> {
        self.open_columns(&self.target.columns)
    }

    /// Like [`open`](Self::open), with the columns that the predicate needs behind.
    pub(super) fn open_for_filter(&self) -> Result<MorselReader> {
        self.open_columns(&self.target.filter_columns)
    }

    fn open_columns(&self, columns: &[usize]) -> Result<MorselReader> {
        let tier = match self.tier() {
            Tier::Hot => "hot",
            Tier::Warm => "warm",
            Tier::Cold => "cold",
        };
        metrics::counter!("thermocline_scan_morsels_total", "tier" => tier).increment(1);
        let segment = self.segment.as_ref().map(|read| &*read.segment);
        let reader = MorselReader::open(&self.target, &self.part, segment, columns);
        let reader = reader.map_err(Error::or_expired)?;
        // What the statistics of a file rule out was not read.
        if let Some(read) = self.segment.as_ref().filter(|_| !reader.is_empty()) {
            let of = self.target.table_schema.fields().len();
            read.touch(self.rows, columns.len(), of, self.env.clock.now());
        }
        Ok(reader)
    }
}
