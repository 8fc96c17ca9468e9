//! Settings of cold segment files.

/// How pages are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Codec {
    /// Not at all.
    None,
    /// Snappy: fast, and read by everything.
    Snappy,
    /// Gzip at its default level: small, slow, and read by everything.
    Gzip,
    /// Zstandard at a level from 1 to 22: the best size for the time.
    Zstd(i32),
    /// LZ4 in its raw block format (`LZ4_RAW`): the fastest to read.
    Lz4,
}

/// Settings of a [`ParquetSegmentWriter`](crate::ParquetSegmentWriter).
///
/// ```
/// use thermocline_formats::{Codec, ParquetOptions};
///
/// let options = ParquetOptions::default().with_codec(Codec::Lz4).with_bloom_filters(["id"]);
/// assert!(options.page_checksums);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParquetOptions {
    /// How pages are compressed: file size against time. Default: Zstandard, level 3.
    pub codec: Codec,
    /// Size of a data page in bytes, before compression: small pages skip more precisely, large
    /// ones compress better. Default: 1 MiB.
    pub page_bytes: usize,
    /// Most rows of a data page. Where pages end by this and not by their bytes, they end
    /// at the same rows in every column, and a search for one row reads one page of each: fewer
    /// rows make that cheaper across a network, and the footer longer. Default: 20,000.
    pub page_rows: usize,
    /// Most rows of a row group, the unit of parallel reading: small groups skip more and need
    /// less memory, large ones compress better. Default: 122,880, as in DuckDB.
    pub row_group_rows: usize,
    /// Whether values that repeat are stored once a row group: smaller files against memory and
    /// time while writing. Default: on.
    pub dictionary: bool,
    /// Whether each column gets the encoding that made the file's first 16,384 rows smallest: a
    /// dictionary, differences, or lengths and bytes. Smaller files against encoding those rows
    /// three times. A dictionary is tried only if [`dictionary`](Self::dictionary) is on. Default:
    /// on.
    pub try_encodings: bool,
    /// Whether the limits of every page are stored, so that readers can skip pages: a slightly
    /// longer footer against bytes read. Default: on.
    pub page_index: bool,
    /// Whether every page header has a CRC, so that other readers can notice damage: six bytes a
    /// page, and the time to compute it. Our own reads are checked either way. Default: on.
    pub page_checksums: bool,
    /// Columns that get a bloom filter a row group, which answers most equality searches for
    /// values that aren't there: about 1 to 2 bytes a distinct value. Default: none.
    pub bloom_filters: Vec<String>,
    /// Columns by which the rows are sorted already, ascending and nulls first, noted in the file
    /// for readers to use; the writer doesn't sort. Default: none.
    pub sort_by: Vec<String>,
    /// Whether columns are stored as the types that Delta Lake knows, see
    /// [`open_type`](crate::open_type), so that every engine over a lakehouse reads the file. They
    /// come back as they were either way. Default: off, and other readers of Arrow see unsigned
    /// integers and all units of time.
    pub open_types: bool,
    /// On how many threads the columns of a row group are encoded: time against processors that
    /// others may need, and against memory for a column's rows on each. The caller's thread is one
    /// of them; the others come and go with each piece of rows that is large enough. The file is
    /// the same, byte for byte. Default: 1.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use arrow::array::{ArrayRef, Int64Array, RecordBatch};
    /// use thermocline_formats::{ParquetOptions, ParquetSegmentWriter};
    ///
    /// let column = |factor: i64| -> ArrayRef {
    ///     Arc::new(Int64Array::from_iter_values((0..50_000_i64).map(|n| n * factor)))
    /// };
    /// let columns = [("x", column(3)), ("y", column(7))];
    /// let batch = RecordBatch::try_from_iter(columns)?;
    /// let file = |threads| -> thermocline_formats::Result<Vec<u8>> {
    ///     let options = ParquetOptions::fast().with_threads(threads);
    ///     let schema = batch.schema();
    ///     let mut writer = ParquetSegmentWriter::try_new(Vec::new(), &schema, &options, &[])?;
    ///     writer.write(&batch)?;
    ///     Ok(writer.finish()?.0)
    /// };
    /// assert_eq!(file(2)?, file(1)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub threads: usize,
}

impl Default for ParquetOptions {
    fn default() -> Self {
        Self {
            codec: Codec::Zstd(3),
            page_bytes: 1024 * 1024,
            page_rows: 20_000,
            row_group_rows: 122_880,
            dictionary: true,
            try_encodings: true,
            page_index: true,
            page_checksums: true,
            bloom_filters: Vec::new(),
            sort_by: Vec::new(),
            open_types: false,
            threads: 1,
        }
    }
}

impl ParquetOptions {
    /// For rows that come in fast: Zstandard at its quickest. About as small as the default for
    /// numbers, a little larger for texts.
    #[must_use]
    pub fn fast() -> Self {
        Self::default().with_codec(Codec::Zstd(1))
    }

    /// For rows that stay: as small as can be for several times the time to write, and no more
    /// time to read. Pages and row groups are larger, so that searches for single rows read more.
    ///
    /// ```
    /// use thermocline_formats::ParquetOptions;
    ///
    /// let options = ParquetOptions::small();
    /// assert!(options.row_group_rows > ParquetOptions::fast().row_group_rows);
    /// ```
    #[must_use]
    pub fn small() -> Self {
        Self::default()
            .with_codec(Codec::Zstd(12))
            .with_page_rows(122_880)
            .with_row_group_rows(491_520)
    }

    /// Sets how pages are compressed.
    #[must_use]
    pub fn with_codec(mut self, codec: Codec) -> Self {
        self.codec = codec;
        self
    }

    /// Sets the size of a data page in bytes.
    #[must_use]
    pub fn with_page_bytes(mut self, bytes: usize) -> Self {
        self.page_bytes = bytes;
        self
    }

    /// Sets the most rows of a data page.
    #[must_use]
    pub fn with_page_rows(mut self, rows: usize) -> Self {
        self.page_rows = rows;
        self
    }

    /// Sets the most rows of a row group.
    #[must_use]
    pub fn with_row_group_rows(mut self, rows: usize) -> Self {
        self.row_group_rows = rows;
        self
    }

    /// Sets whether values that repeat are stored once.
    #[must_use]
    pub fn with_dictionary(mut self, dictionary: bool) -> Self {
        self.dictionary = dictionary;
        self
    }

    /// Sets whether each column gets the encoding that suits its first rows.
    #[must_use]
    pub fn with_try_encodings(mut self, try_encodings: bool) -> Self {
        self.try_encodings = try_encodings;
        self
    }

    /// Sets whether the limits of every page are stored.
    #[must_use]
    pub fn with_page_index(mut self, page_index: bool) -> Self {
        self.page_index = page_index;
        self
    }

    /// Sets whether page headers have a CRC.
    #[must_use]
    pub fn with_page_checksums(mut self, page_checksums: bool) -> Self {
        self.page_checksums = page_checksums;
        self
    }

    /// Sets the columns that get bloom filters.
    #[must_use]
    pub fn with_bloom_filters<S: Into<String>>(
        mut self,
        columns: impl IntoIterator<Item = S>,
    ) -> Self {
        self.bloom_filters = columns.into_iter().map(Into::into).collect();
        self
    }

    /// Sets whether columns are stored as the types that Delta Lake knows.
    #[must_use]
    pub fn with_open_types(mut self, open_types: bool) -> Self {
        self.open_types = open_types;
        self
    }

    /// Sets on how many threads columns are encoded; at least 1.
    ///
    /// ```
    /// use std::num::NonZero;
    /// use std::thread::available_parallelism;
    ///
    /// use thermocline_formats::ParquetOptions;
    ///
    /// let all = available_parallelism().map_or(1, NonZero::get);
    /// let options = ParquetOptions::fast().with_threads(all);
    /// assert_eq!(options.threads, all);
    /// ```
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Sets the columns by which the rows are sorted.
    #[must_use]
    pub fn with_sort_by<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.sort_by = columns.into_iter().map(Into::into).collect();
        self
    }
}
