//! Our settings as those of the Parquet library.

use arrow::datatypes::{DataType, FieldRef, Schema};
use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::{Codec, ParquetOptions};
use crate::{Error, Result};

/// How often a bloom filter may say "perhaps" for a value that isn't there.
const FALSE_POSITIVES: f64 = 0.01;

/// Longest limit of a column or page that is stored, in bytes.
const MAX_LIMIT: usize = 64;

pub(super) fn properties(schema: &Schema, options: &ParquetOptions) -> Result<WriterProperties> {
    for (name, value) in [
        ("row_group_rows", options.row_group_rows),
        ("page_bytes", options.page_bytes),
        ("page_rows", options.page_rows),
        ("threads", options.threads),
    ] {
        if value == 0 {
            return Err(Error::invalid(format!(
                "`{name}` is 0; set it to at least 1"
            )));
        }
    }
    let statistics = if options.page_index {
        EnabledStatistics::Page
    } else {
        EnabledStatistics::Chunk
    };
    let mut builder = WriterProperties::builder()
        .set_created_by(concat!("thermocline ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(compression(options.codec)?)
        .set_data_page_size_limit(options.page_bytes)
        .set_data_page_row_count_limit(options.page_rows)
        .set_dictionary_enabled(options.dictionary)
        .set_dictionary_page_size_limit(options.page_bytes)
        .set_max_row_group_row_count(Some(options.row_group_rows))
        .set_statistics_enabled(statistics)
        .set_statistics_truncate_length(Some(MAX_LIMIT))
        .set_column_index_truncate_length(Some(MAX_LIMIT))
        .set_offset_index_disabled(!options.page_index);
    for column in &options.bloom_filters {
        let path = flat(schema, column, "a bloom filter")?;
        builder = builder
            .set_column_bloom_filter_enabled(path.clone(), true)
            .set_column_bloom_filter_fpp(path.clone(), FALSE_POSITIVES)
            .set_column_bloom_filter_max_ndv(path, options.row_group_rows as u64);
    }
    if !options.sort_by.is_empty() {
        builder = builder.set_sorting_columns(Some(sorting(schema, options)?));
    }
    Ok(builder.build())
}

fn compression(codec: Codec) -> Result<Compression> {
    Ok(match codec {
        Codec::None => Compression::UNCOMPRESSED,
        Codec::Snappy => Compression::SNAPPY,
        Codec::Gzip => Compression::GZIP(GzipLevel::default()),
        Codec::Zstd(level) => Compression::ZSTD(ZstdLevel::try_new(level).map_err(|error| {
            Error::invalid(format!(
                "Zstandard has no level {level}; choose one from 1 to 22"
            ))
            .with_source(error)
        })?),
        Codec::Lz4 => Compression::LZ4_RAW,
    })
}

fn sorting(schema: &Schema, options: &ParquetOptions) -> Result<Vec<SortingColumn>> {
    let mut columns = Vec::with_capacity(options.sort_by.len());
    for column in &options.sort_by {
        flat(schema, column, "the sort order")?;
        let before = schema
            .fields()
            .iter()
            .take_while(|field| field.name() != column);
        let leaf: usize = before.map(|field| leaves(field.data_type())).sum();
        let column_idx = i32::try_from(leaf)
            .map_err(|_| Error::invalid("the table has too many columns for Parquet"))?;
        columns.push(SortingColumn {
            column_idx,
            descending: false,
            nulls_first: true,
        });
    }
    Ok(columns)
}

/// What there is for each Parquet column, together for each column of the table.
pub(super) fn by_column<T>(
    schema: &Schema,
    of_leaves: impl IntoIterator<Item = T>,
) -> impl Iterator<Item = (&FieldRef, Vec<T>)> {
    let mut of_leaves = of_leaves.into_iter();
    schema.fields().iter().map(move |field| {
        let count = leaves(field.data_type());
        (field, of_leaves.by_ref().take(count).collect())
    })
}

/// How many Parquet columns a column becomes.
fn leaves(data_type: &DataType) -> usize {
    match data_type {
        DataType::List(item) | DataType::LargeList(item) => leaves(item.data_type()),
        DataType::Struct(fields) => fields.iter().map(|field| leaves(field.data_type())).sum(),
        _ => 1,
    }
}

fn flat(schema: &Schema, column: &str, what: &str) -> Result<ColumnPath> {
    let field = schema.field_with_name(column).map_err(|_| {
        Error::invalid(format!(
            "{what} is asked for on `{column}`, a column that isn't there"
        ))
        .on_column(column)
    })?;
    if field.data_type().is_nested() {
        return Err(Error::invalid(format!(
            "{what} is asked for on column `{column}` of type {}; nested columns can't have that",
            field.data_type()
        ))
        .on_column(column));
    }
    Ok(ColumnPath::new(vec![column.to_owned()]))
}
