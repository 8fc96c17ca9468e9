#!/usr/bin/env python3
"""Say as JSON what other engines see in a Delta table, version by version.

    delta_tables.py DIR VERSION...

One line for each version: of each reader the number of rows, the sum of `id`, the number of rows by
partition, and a sum of hashes of (id, carrier, at) that does not depend on the order. The readers are
deltalake (its Arrow reader), DataFusion (in deltalake), Polars and, where its extension is installed,
DuckDB.
"""

import json
import sys

import polars as pl
import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder

MASK = (1 << 64) - 1


def fnv1a(text):
    """FNV-1a, 64 bits."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 & MASK
    return value


def summary(table):
    """What a reader's Arrow table says."""
    table = pa.table(table).select(["id", "carrier", "at", "at_month"])
    at = table["at"].cast(pa.timestamp("us")).cast(pa.int64()).to_pylist()
    ids, carriers = table["id"].to_pylist(), table["carrier"].to_pylist()
    months = {}
    for month in table["at_month"].to_pylist():
        months[month] = months.get(month, 0) + 1
    rows = zip(ids, carriers, at)
    return dict(
        rows=len(ids),
        sum=sum(ids),
        months=months,
        hash=str(sum(fnv1a(f"{i}|{c}|{t}") for i, c, t in rows) & MASK),
    )


def with_datafusion(path, version):
    builder = QueryBuilder().register("t", DeltaTable(path, version=version))
    return pa.table(builder.execute("SELECT * FROM t"))


def with_duckdb(path, version):
    import duckdb

    connection = duckdb.connect()
    try:
        import duckdb_extension_delta  # noqa: F401
        from duckdb_extensions import import_extension

        import_extension("delta", con=connection)
        connection.load_extension("delta")
    except (ImportError, duckdb.Error):
        return None
    return connection.sql(f"SELECT * FROM delta_scan('{path}', version => {version})").to_arrow_table()


def main():
    path, versions = sys.argv[1], [int(version) for version in sys.argv[2:]]
    for version in versions:
        seen = dict(
            deltalake=DeltaTable(path, version=version).to_pyarrow_table(),
            datafusion=with_datafusion(path, version),
            polars=pl.read_delta(path, version=version).to_arrow(),
            duckdb=with_duckdb(path, version),
        )
        print(json.dumps({name: summary(table) for name, table in seen.items() if table is not None}))


if __name__ == "__main__":
    main()
