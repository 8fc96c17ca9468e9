#!/usr/bin/env python3
"""Say what deltalake, DataFusion (in deltalake), Polars and DuckDB see in Delta tables.

Requests come line by line; `delta_rows.py` says how they look. `{"optimize": URL}` lets deltalake put
small files together, and `{"newest": URL}` asks it for the newest version.
"""

import functools
import importlib.resources
import os

import duckdb
import polars as pl
import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder

import delta_rows
from delta_rows import storage_options


def open_table(table, version):
    return DeltaTable(table, version=version, storage_options=storage_options(table))


def with_deltalake(table, version):
    opened = open_table(table, version)
    # It counts through DataFusion, which is the next reader.
    return opened.to_pyarrow_table, with_datafusion(table, opened.version())[1]


def with_datafusion(table, version):
    builder = QueryBuilder().register("t", open_table(table, version))
    return (
        lambda: builder.execute("SELECT * FROM t"),
        lambda sql: pa.table(builder.execute(f"SELECT count(*) AS n FROM t WHERE {sql}"))["n"][0].as_py(),
    )


def with_polars(table, version):
    frame = pl.scan_delta(table, version=version, storage_options=storage_options(table))
    return (
        lambda: frame.collect().to_arrow(),
        lambda sql: pl.SQLContext(t=frame).execute(f"SELECT count(*) AS n FROM t WHERE {sql}").collect().item(),
    )


@functools.cache
def duckdb_with_delta():
    """A session with the extensions: to load them takes a second or more."""
    connection = duckdb.connect(config=dict(autoinstall_known_extensions="false"))
    connection.sql("SET TimeZone = 'UTC'")
    load_extensions(connection)
    if "AWS_ENDPOINT_URL" in os.environ:
        options = storage_options("s3://")
        where = options["AWS_ENDPOINT_URL"].removeprefix("http://")
        connection.execute(
            "CREATE SECRET (TYPE s3, USE_SSL false, URL_STYLE path, KEY_ID '{}', SECRET '{}', REGION '{}', "
            "ENDPOINT '{}')".format(*list(options.values())[:3], where)
        )
    return connection


def with_duckdb(table, version):
    connection = duckdb_with_delta()
    at = "" if version is None else f", version => {version}"
    scan = f"delta_scan('{table}'{at})"
    return (
        lambda: connection.sql(f"SELECT * FROM {scan}").to_arrow_table(),
        lambda sql: connection.sql(f"SELECT count(*) FROM {scan} WHERE {sql}").fetchone()[0],
    )


def load_extensions(connection):
    """The extensions come as packages: nothing is fetched."""
    for name in ("httpfs", "delta"):
        package = importlib.resources.files(f"duckdb_extension_{name}")
        connection.load_extension(str(package / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"))


READERS = dict(deltalake=with_deltalake, datafusion=with_datafusion, polars=with_polars, duckdb=with_duckdb)


def optimize(request):
    return open_table(request["optimize"], None).optimize.compact()


def newest(request):
    return open_table(request["newest"], None).version()


if __name__ == "__main__":
    delta_rows.serve(READERS, optimize=optimize, newest=newest)
