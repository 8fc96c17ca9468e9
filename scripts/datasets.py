"""Reads a directory of Parquet files with Hive partitions, without anything of Thermocline's, and
prints its rows as each reader sees them: JSON, {reader: [[id, shop, amount], …]}, sorted."""

import json
import sys

import polars
import pyarrow.dataset

COLUMNS = ["id", "shop", "amount"]


def rows(table):
    return sorted([row[name] for name in COLUMNS] for row in table)


def main():
    directory = sys.argv[1]
    arrow = pyarrow.dataset.dataset(directory, format="parquet", partitioning="hive")
    frame = polars.read_parquet(f"{directory}/**/*.parquet", hive_partitioning=True)
    seen = {
        "pyarrow": rows(arrow.to_table(columns=COLUMNS).to_pylist()),
        "polars": rows(frame.select(COLUMNS).to_dicts()),
    }
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main()
