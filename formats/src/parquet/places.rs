//! Whether a footer's offsets can be, which the Parquet library takes on trust.

use parquet::file::metadata::page_index::PageIndexProvider;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use parquet::file::page_index::offset_index::PageLocation;

/// Whether all chunks and pages lie where chunks and pages can, one behind the other.
pub(super) fn plausible(metadata: &ParquetMetaData) -> bool {
    let index = metadata.page_index().map(AsRef::as_ref);
    metadata
        .row_groups()
        .iter()
        .enumerate()
        .all(|(number, group)| {
            group.num_rows() >= 0
                && group.columns().iter().enumerate().all(|(column, chunk)| {
                    let pages = index.and_then(|index| locations(index, number, column));
                    chunk_fits(chunk)
                        && pages.is_none_or(|pages| pages_fit(chunk, pages, group.num_rows()))
                })
        })
}

fn locations(
    index: &dyn PageIndexProvider,
    row_group: usize,
    column: usize,
) -> Option<&[PageLocation]> {
    index
        .offset_index(row_group, column)
        .map(|index| index.page_locations.as_slice())
}

/// Where a chunk starts and ends, in bytes.
fn range(chunk: &ColumnChunkMetaData) -> Option<(i64, i64)> {
    let start = chunk
        .dictionary_page_offset()
        .unwrap_or_else(|| chunk.data_page_offset());
    Some((start, start.checked_add(chunk.compressed_size())?))
}

fn chunk_fits(chunk: &ColumnChunkMetaData) -> bool {
    let counts =
        chunk.compressed_size() >= 0 && chunk.uncompressed_size() >= 0 && chunk.num_values() >= 0;
    counts
        && range(chunk).is_some_and(|(start, end)| {
            start >= 0 && (start..=end).contains(&chunk.data_page_offset())
        })
}

fn pages_fit(chunk: &ColumnChunkMetaData, pages: &[PageLocation], rows: i64) -> bool {
    let Some((start, end)) = range(chunk) else {
        return false;
    };
    let (mut at, mut row) = (start, 0);
    pages.iter().all(|page| {
        let page_end = page.offset.checked_add(page.compressed_page_size.into());
        let fits = page.offset >= at
            && page.compressed_page_size >= 0
            && page_end.is_some_and(|page_end| page_end <= end)
            && (row..=rows).contains(&page.first_row_index);
        at = page_end.unwrap_or(at);
        row = page.first_row_index;
        fits
    }) && pages.first().is_none_or(|page| page.first_row_index == 0)
}
