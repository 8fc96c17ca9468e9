//! What Parquet's own statistics rule out: row groups of other writers, pages, bloom filters.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use arrow::array::{Array, ArrayRef, UInt64Array};
use arrow::datatypes::{DataType, Schema};
use parquet::arrow::arrow_reader::RowSelection;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::bloom_filter::Sbbf;

use super::segment::Inner;
use crate::predicate::Knowledge;
use crate::values::{Kind, for_each_value};
use crate::{Bound, ColumnStats, CompareOp, Predicate};

/// For row groups without statistics of ours.
pub(super) fn row_group_may_match(inner: &Inner, row_group: usize, predicate: &Predicate) -> bool {
    let Some(group) = inner.metadata().row_groups().get(row_group) else {
        return true;
    };
    let mut known = BTreeMap::new();
    for name in predicate.columns() {
        let Some(converter) = converter(inner, name) else {
            continue;
        };
        let limits = (|| {
            let mins = converter.row_group_mins([group]).ok()?;
            let maxes = converter.row_group_maxes([group]).ok()?;
            let nulls = converter.row_group_null_counts([group]).ok()?;
            entries(&mins, &maxes, &nulls, is_reordered(inner, name)).pop()
        })();
        if let Some(Some(stats)) = limits {
            known.insert(name, stats);
        }
    }
    let rows = u64::try_from(group.num_rows()).unwrap_or_default();
    predicate.may_match_known(&|name| {
        known
            .get(name)
            .map_or(Knowledge::Unknown, |stats| Knowledge::Stats(stats, rows))
    })
}

/// The rows of a row group whose pages may match; `None` if that is all of them, or unknown.
pub(super) fn page_selection(
    inner: &Inner,
    row_group: usize,
    predicate: &Predicate,
) -> Option<RowSelection> {
    let rows = inner.metadata().row_groups().get(row_group)?.num_rows();
    let rows = usize::try_from(rows).ok()?;
    let columns: BTreeMap<&str, Vec<Page>> = predicate
        .columns()
        .into_iter()
        .filter_map(|name| Some((name, pages(inner, row_group, name, rows)?)))
        .collect();
    // Between two neighbouring page borders nothing changes in any column.
    let mut borders: BTreeSet<usize> = [0, rows].into();
    borders.extend(columns.values().flatten().map(|page| page.rows.start));
    let borders: Vec<usize> = borders
        .into_iter()
        .filter(|border| *border <= rows)
        .collect();
    let mut wanted: Vec<Range<usize>> = Vec::new();
    for span in borders.windows(2) {
        let [start, end] = *span else { continue };
        let may_match = predicate.may_match_known(&|name| {
            let pages = columns.get(name);
            let page = pages.and_then(|pages| pages.iter().find(|page| page.rows.contains(&start)));
            page.and_then(|page| Some((page.stats.as_ref()?, page.rows.len())))
                .map_or(Knowledge::Unknown, |(stats, rows)| {
                    Knowledge::Stats(stats, rows as u64)
                })
        });
        if may_match {
            match wanted.last_mut() {
                Some(last) if last.end == start => last.end = end,
                _ => wanted.push(start..end),
            }
        }
    }
    if let [all] = wanted.as_slice()
        && *all == (0..rows)
    {
        return None;
    }
    Some(RowSelection::from_consecutive_ranges(
        wanted.into_iter(),
        rows,
    ))
}

/// The rows of a page and what is known of them.
struct Page {
    rows: Range<usize>,
    stats: Option<ColumnStats>,
}

fn pages(inner: &Inner, row_group: usize, name: &str, rows: usize) -> Option<Vec<Page>> {
    let converter = converter(inner, name)?;
    let index = inner.metadata().page_index()?.as_ref();
    let column = converter.parquet_column_index()?;
    let locations = &index.offset_index(row_group, column)?.page_locations;
    let groups = [row_group];
    let mins = converter.data_page_mins(index, &groups).ok()?;
    let maxes = converter.data_page_maxes(index, &groups).ok()?;
    let nulls = converter.data_page_null_counts(index, &groups).ok()?;
    let stats = entries(&mins, &maxes, &nulls, is_reordered(inner, name));
    if stats.len() != locations.len() {
        return None;
    }
    let first = |location: usize| {
        let location = locations.get(location)?;
        usize::try_from(location.first_row_index).ok()
    };
    stats
        .into_iter()
        .enumerate()
        .map(|(page, stats)| {
            let start = first(page)?;
            let end = first(page + 1).unwrap_or(rows);
            (start <= end).then_some(Page {
                rows: start..end,
                stats,
            })
        })
        .collect()
}

/// A converter for a flat column whose limits can be trusted: not for floats, where NaN stands
/// outside of Parquet's limits.
fn converter<'a>(inner: &'a Inner, name: &str) -> Option<StatisticsConverter<'a>> {
    let schema = inner.arrow.schema();
    let field = schema.field_with_name(name).ok()?;
    Kind::of(field.data_type()).filter(|kind| *kind != Kind::Float)?;
    let converter =
        StatisticsConverter::try_new(name, schema, inner.arrow.parquet_schema()).ok()?;
    Some(converter.with_missing_null_counts_as_zero(false))
}

/// Whether the limits of a column are in another order than its values: an unsigned number of
/// 64 bits is stored as a signed one with the same bits.
fn is_reordered(inner: &Inner, name: &str) -> bool {
    let type_in = |schema: &Schema| Some(schema.field_with_name(name).ok()?.data_type().clone());
    type_in(&inner.schema) == Some(DataType::UInt64)
        && type_in(inner.arrow.schema()) == Some(DataType::Int64)
}

/// The limits of unsigned numbers out of those of their bits as signed ones; `None` where these
/// have both signs, and say nothing.
fn as_unsigned(mut stats: ColumnStats) -> Option<ColumnStats> {
    let unsigned = |signed: i128| {
        if signed < 0 {
            signed + (1 << 64)
        } else {
            signed
        }
    };
    match (&mut stats.min, &mut stats.max) {
        (Some(Bound::Int(min)), Some(Bound::Int(max))) if (*min < 0) == (*max < 0) => {
            (*min, *max) = (unsigned(*min), unsigned(*max));
            Some(stats)
        }
        (None, None) => Some(stats),
        _ => None,
    }
}

/// One entry for each page or row group; `None` where even the nulls aren't known.
fn entries(
    mins: &ArrayRef,
    maxes: &ArrayRef,
    nulls: &UInt64Array,
    reordered: bool,
) -> Vec<Option<ColumnStats>> {
    let mut all: Vec<Option<ColumnStats>> = (0..mins.len())
        .map(|entry| {
            let known = entry < nulls.len() && nulls.is_valid(entry);
            let mut stats = ColumnStats::all_null(known.then(|| nulls.value(entry))?);
            (stats.min_exact, stats.max_exact) = (false, false);
            Some(stats)
        })
        .collect();
    for_each_value(mins.as_ref(), |entry, value| {
        if let Some(Some(stats)) = all.get_mut(entry) {
            stats.min = Some(value.to_bound());
        }
    });
    for_each_value(maxes.as_ref(), |entry, value| {
        if let Some(Some(stats)) = all.get_mut(entry) {
            stats.max = Some(value.to_bound());
        }
    });
    if reordered {
        all = all
            .into_iter()
            .map(|entry| entry.and_then(as_unsigned))
            .collect();
    }
    all
}

/// A column that has to be one of some values if the predicate is to be true.
pub(super) struct Needle<'a> {
    pub(super) column: &'a str,
    pub(super) values: &'a [Bound],
}

/// The conditions that a bloom filter can answer, out of those that all have to be true.
pub(super) fn needles(predicate: &Predicate) -> Vec<Needle<'_>> {
    match predicate {
        Predicate::Compare {
            column,
            op: CompareOp::Eq,
            value,
        } => {
            vec![Needle {
                column,
                values: std::slice::from_ref(value),
            }]
        }
        Predicate::In { column, values } => vec![Needle { column, values }],
        Predicate::And(parts) => parts.iter().flat_map(needles).collect(),
        _ => Vec::new(),
    }
}

/// The type whose values a filter over a stored column holds; `None` if it cannot be asked.
pub(super) fn searched_as(logical: &DataType, stored: &DataType) -> Option<DataType> {
    use DataType as T;

    match (logical, stored) {
        // The same bits either way.
        (T::UInt64, T::Int64) => Some(T::UInt64),
        (T::Float16, T::Float32) => None,
        _ => Some(stored.clone()),
    }
}

/// Whether a filter over a column of this type may hold one of the values.
pub(super) fn filter_may_hold(filter: &Sbbf, data_type: &DataType, values: &[Bound]) -> bool {
    values
        .iter()
        .any(|value| may_hold(filter, data_type, value))
}

fn may_hold(filter: &Sbbf, data_type: &DataType, value: &Bound) -> bool {
    use DataType as T;

    match (data_type, value) {
        // Integers of up to 32 bits are stored as 32 bits, unsigned ones by their bits. A value
        // that the type can't hold is nowhere.
        (T::Int8 | T::Int16 | T::Int32 | T::Date32 | T::Time32(_), Bound::Int(value)) => {
            i32::try_from(*value).is_ok_and(|value| filter.check(&value))
        }
        (T::UInt8 | T::UInt16 | T::UInt32, Bound::Int(value)) => {
            u32::try_from(*value).is_ok_and(|value| filter.check(&value.cast_signed()))
        }
        (T::Int64 | T::Time64(_) | T::Timestamp(_, _), Bound::Int(value)) => {
            i64::try_from(*value).is_ok_and(|value| filter.check(&value))
        }
        (T::UInt64, Bound::Int(value)) => {
            u64::try_from(*value).is_ok_and(|value| filter.check(&value.cast_signed()))
        }
        (
            T::Utf8 | T::LargeUtf8 | T::Binary | T::LargeBinary | T::FixedSizeBinary(_),
            Bound::Bytes(value),
        ) => filter.check(value.as_slice()),
        (T::Dictionary(_, inner), value) => may_hold(filter, inner, value),
        _ => true,
    }
}
