#!/usr/bin/env python3
"""Say what Apache Spark sees in the Parquet files of Delta tables' snapshots.

Requests come line by line; `delta_rows.py` says how they look. A process of its own, because Spark and
the client that Sail is asked with do not get along in one.
"""

import functools
import os

from deltalake import DeltaTable
from pyspark.sql import SparkSession

import delta_rows

HOST = "127.0.0.1"


@functools.cache
def spark():
    os.environ["SPARK_LOCAL_IP"] = HOST
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.driver.host", HOST).config("spark.driver.bindAddress", HOST)
    builder = builder.config("spark.sql.session.timeZone", "UTC").config("spark.sql.shuffle.partitions", "2")
    return builder.getOrCreate()


def with_spark_files(table, version):
    """Spark is given the files, and knows nothing of Delta: no partition columns, and what Delta's
    schema calls a timestamp is one by the files alone."""
    files = DeltaTable(table, version=version).file_uris()
    reader = spark().read.option("recursiveFileLookup", "true").option("mergeSchema", "true")
    frame = reader.parquet(*files)
    return frame.toArrow, lambda sql: frame.filter(sql).count()


if __name__ == "__main__":
    delta_rows.serve(dict(spark_files=with_spark_files))
