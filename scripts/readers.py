#!/usr/bin/env python3
"""Say as JSON what PyArrow and Polars see in an Arrow IPC or Parquet file.

    readers.py FILE...

One line for each file: {"pyarrow": {...}, "polars": {...}}, and of each reader the number of rows
and, by column, type, number of nulls, least and greatest value, and the sum of numbers. The files
are opened as they are: nothing here knows who wrote them.
"""

import json
import sys

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


def plain(value):
    """A value that JSON has."""
    return value.hex() if isinstance(value, bytes) else value


def with_pyarrow(path):
    if path.endswith(".parquet"):
        table = pq.ParquetFile(path, page_checksum_verification=True).read()
    else:
        table = pa.ipc.open_file(pa.memory_map(path)).read_all()
    table.validate(full=True)
    columns = {}
    for field in table.schema:
        column, kind = table[field.name], field.type
        if pa.types.is_dictionary(kind):
            column = column.cast(kind.value_type)
        elif pa.types.is_timestamp(kind):
            column = column.cast(pa.int64())
        elif pa.types.is_date32(kind):
            column = column.cast(pa.int32())
        seen = pc.min_max(column).as_py()
        summary = dict(type=str(kind), nulls=column.null_count, min=plain(seen["min"]), max=plain(seen["max"]))
        if not (pa.types.is_string(column.type) or pa.types.is_binary(column.type)):
            summary["sum"] = pc.sum(column).as_py()
        columns[field.name] = summary
    return dict(rows=table.num_rows, columns=columns)


def with_polars(path):
    if path.endswith(".parquet"):
        frame = pl.read_parquet(path, hive_partitioning=False)
    else:
        frame = pl.read_ipc(path)
    columns = {}
    for column in frame.iter_columns():
        kind = column.dtype
        if kind.is_temporal():
            column = column.to_physical()
        elif isinstance(kind, (pl.Categorical, pl.Enum)):
            column = column.cast(pl.String)
        summary = dict(type=str(kind), nulls=column.null_count(), min=plain(column.min()), max=plain(column.max()))
        if column.dtype not in (pl.String, pl.Binary):
            summary["sum"] = column.sum()
        columns[column.name] = summary
    return dict(rows=frame.height, columns=columns)


def main():
    for path in sys.argv[1:]:
        print(json.dumps(dict(pyarrow=with_pyarrow(path), polars=with_polars(path))))


if __name__ == "__main__":
    main()
