//! Which encoding each column gets: the one that made its first rows smallest.
//!
//! A dictionary suits values that repeat, differences suit numbers that grow or lie close together
//! (Parquet's DELTA_BINARY_PACKED), and texts that don't repeat compress best behind their lengths
//! (DELTA_LENGTH_BYTE_ARRAY). Which it is depends on the rows and on the codec behind it, so it is
//! tried, as BtrBlocks does (Kuschewski et al., "BtrBlocks: Efficient Columnar Compression for Data
//! Lakes", SIGMOD 2023). Only encodings that every current reader knows take part.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Encoding, Type};
use parquet::errors::Result as ParquetResult;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::properties::WriterProperties;

use super::failure::writing;
use super::group::weight;
use super::properties::by_column;
use super::workers;
use crate::Result;

/// Rows that are tried.
pub(super) const SAMPLE: usize = 16_384;

/// A dictionary is left for what is smaller than this part of it: readers like dictionaries.
const WORTH_IT: f64 = 0.95;

/// Properties with the best encoding for each column; `sample` are its first values, as they are
/// stored.
pub(super) fn tried(
    schema: &SchemaRef,
    properties: &WriterProperties,
    sample: &[ArrayRef],
    threads: usize,
) -> Result<WriterProperties> {
    let as_is = sizes(schema, properties.clone(), sample, threads)?;
    let mut in_dictionaries = Vec::new();
    for field in schema.fields() {
        leaves_in_dictionaries(field.data_type(), &mut in_dictionaries);
    }
    let mut direct = properties.clone().into_builder();
    for (column, in_dictionary) in as_is.iter().zip(&in_dictionaries) {
        if let Some(encoding) = direct_encoding(column.column_type(), *in_dictionary) {
            let path = column.column_path();
            direct = direct
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path.clone(), encoding);
        }
    }
    let without_dictionary = sizes(schema, direct.build(), sample, threads)?;
    let mut best = properties.clone().into_builder();
    let both = as_is.iter().zip(&without_dictionary);
    for ((as_is, direct), in_dictionary) in both.zip(in_dictionaries) {
        let path = as_is.column_path();
        let Some(encoding) = direct_encoding(as_is.column_type(), in_dictionary) else {
            continue;
        };
        #[expect(clippy::cast_precision_loss, reason = "sizes are compared roughly")]
        let smaller = (direct.compressed_size() as f64) < WORTH_IT * as_is.compressed_size() as f64;
        if smaller {
            best = best.set_column_dictionary_enabled(path.clone(), false);
        }
        // Beside a dictionary it is what takes over when the dictionary grows too long.
        if smaller || properties.dictionary_enabled(path) {
            best = best.set_column_encoding(path.clone(), encoding);
        }
    }
    Ok(best.build())
}

/// Of each leaf, whether Arrow has it in a dictionary.
fn leaves_in_dictionaries(data_type: &DataType, leaves: &mut Vec<bool>) {
    match data_type {
        DataType::List(item) | DataType::LargeList(item) => {
            leaves_in_dictionaries(item.data_type(), leaves);
        }
        DataType::Struct(fields) => {
            for field in fields {
                leaves_in_dictionaries(field.data_type(), leaves);
            }
        }
        other => leaves.push(matches!(other, DataType::Dictionary(_, _))),
    }
}

/// What values of a type are best stored as if not by a dictionary. PyArrow makes Arrow's
/// dictionaries of Parquet's and of plain values only.
fn direct_encoding(physical: Type, in_dictionary: bool) -> Option<Encoding> {
    match physical {
        Type::BYTE_ARRAY if in_dictionary => Some(Encoding::PLAIN),
        Type::INT32 | Type::INT64 => Some(Encoding::DELTA_BINARY_PACKED),
        Type::BYTE_ARRAY => Some(Encoding::DELTA_LENGTH_BYTE_ARRAY),
        Type::FLOAT | Type::DOUBLE | Type::FIXED_LEN_BYTE_ARRAY => Some(Encoding::PLAIN),
        Type::BOOLEAN | Type::INT96 => None,
    }
}

/// What the footer would say of each Parquet column of a file with these rows.
fn sizes(
    schema: &SchemaRef,
    properties: WriterProperties,
    sample: &[ArrayRef],
    threads: usize,
) -> Result<Vec<ColumnChunkMetaData>> {
    let factory = factory(schema, properties).map_err(writing)?;
    let writers = factory.create_column_writers(0).map_err(writing)?;
    let columns: Vec<_> = by_column(schema, writers).zip(sample).collect();
    let rows = sample.first().map_or(0, |array| array.len());
    let sizes = workers::each(
        workers::for_values(threads, rows, columns.len()),
        columns,
        |(_, array)| weight(array),
        |((field, writers), array)| size(field, writers, array).map_err(writing),
    )?;
    Ok(sizes.into_iter().flatten().collect())
}

fn size(
    field: &Field,
    writers: Vec<ArrowColumnWriter>,
    array: &ArrayRef,
) -> ParquetResult<Vec<ColumnChunkMetaData>> {
    let leaves = compute_leaves(field, array)?;
    let chunks = leaves.iter().zip(writers).map(|(leaf, mut writer)| {
        writer.write(leaf)?;
        Ok(writer.close()?.close().metadata.clone())
    });
    chunks.collect()
}

/// Makes the column writers of row groups with these properties.
pub(super) fn factory(
    schema: &SchemaRef,
    properties: WriterProperties,
) -> ParquetResult<ArrowRowGroupWriterFactory> {
    let writer = ArrowWriter::try_new(std::io::sink(), SchemaRef::clone(schema), Some(properties))?;
    Ok(writer.into_serialized_writer()?.1)
}
