#!/usr/bin/env python3
"""Say what Sail (a local cluster of two workers) and Daft (on Ray) see in Delta tables, and what Apache
Spark sees in the Parquet files of their snapshots.

Requests come line by line; `delta_rows.py` says how they look. Everything runs on this machine, and is
started when it is first asked.
"""

import functools
import os

import pyarrow as pa
from deltalake import DeltaTable

import delta_rows
from delta_rows import storage_options

HOST = "127.0.0.1"


@functools.cache
def sail():
    """A session with a Sail server and its two workers."""
    os.environ["SAIL_MODE"] = "local-cluster"
    os.environ["SAIL_CLUSTER__WORKER_INITIAL_COUNT"] = "2"
    os.environ["SAIL_CLUSTER__WORKER_MAX_COUNT"] = "2"
    os.environ["AWS_ALLOW_HTTP"] = "true"
    from pysail.spark import SparkConnectServer
    from pyspark.sql import SparkSession

    server = SparkConnectServer(HOST, 0)
    server.start(background=True)
    _, port = server.listening_address
    session = SparkSession.builder.remote(f"sc://{HOST}:{port}").getOrCreate()
    session.conf.set("spark.sql.session.timeZone", "UTC")
    # The server lives as long as the session that is kept.
    return session, server


def with_sail(table, version):
    session, _ = sail()
    reader = session.read.format("delta")
    frame = (reader if version is None else reader.option("versionAsOf", str(version))).load(table)
    return frame.toArrow, lambda sql: frame.filter(sql).count()


@functools.cache
def daft_on_ray():
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import daft
    import ray

    ray.init(num_cpus=2, include_dashboard=False, _node_ip_address=HOST, log_to_driver=False)
    daft.set_runner_ray()
    return daft


def with_daft(table, version):
    daft = daft_on_ray()
    options = storage_options(table)
    io = None
    if options:
        key, secret, region, endpoint, _ = options.values()
        s3 = dict(key_id=key, access_key=secret, region_name=region, endpoint_url=endpoint, use_ssl=False)
        io = daft.io.IOConfig(s3=daft.io.S3Config(**s3))
    frame = daft.read_deltalake(table, version=version, io_config=io)
    return frame.to_arrow, lambda sql: frame.where(sql).count_rows()


@functools.cache
def spark():
    from pyspark.sql import SparkSession

    os.environ["SPARK_LOCAL_IP"] = HOST
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.driver.host", HOST).config("spark.driver.bindAddress", HOST)
    builder = builder.config("spark.sql.session.timeZone", "UTC").config("spark.sql.shuffle.partitions", "2")
    return builder.getOrCreate()


def with_spark_files(table, version):
    """Spark is given the files, and knows nothing of Delta: no partition columns, and what Delta's
    schema calls a timestamp is one by the files alone."""
    files = DeltaTable(table, version=version, storage_options=storage_options(table)).file_uris()
    reader = spark().read.option("recursiveFileLookup", "true").option("mergeSchema", "true")
    frame = reader.parquet(*files)
    return frame.toArrow, lambda sql: frame.filter(sql).count()


READERS = dict(sail=with_sail, daft=with_daft, spark_files=with_spark_files)

if __name__ == "__main__":
    delta_rows.serve(READERS)
