#!/usr/bin/env python3
"""Say what Sail (a local cluster of two workers) and Daft (on Ray) see in Delta tables.

Requests come line by line; `delta_rows.py` says how they look. Everything runs on this machine, and is
started when it is first asked.
"""

import functools
import os

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
    # Nothing leaves this machine.
    os.environ.update(RAY_USAGE_STATS_ENABLED="0", DAFT_ANALYTICS_ENABLED="0", DO_NOT_TRACK="true")
    import daft
    import ray

    for patience in reversed(range(4)):
        try:
            ray.init(num_cpus=2, include_dashboard=False, _node_ip_address=HOST, log_to_driver=False)
            break
        except Exception:
            # On a busy machine Ray's own 30 seconds are too short for its processes.
            ray.shutdown()
            if not patience:
                raise
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


READERS = dict(sail=with_sail, daft=with_daft)

if __name__ == "__main__":
    delta_rows.serve(READERS)
