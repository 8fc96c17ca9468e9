"""What the scripts that read Delta tables share: rows in one form, and requests line by line.

A request is a line of JSON on the standard input, its answer a line of JSON on the standard output:

    {"table": URL, "version": 3, "filters": [SQL, ...], "partition": [COLUMN, ...], "readers": [NAME, ...]}

The answer has, by reader, what `summary` says of that version; without `version`, of the newest. With
`"pin": NAME` the readers open the version and keep it open, and the answer is null; `{"pinned": NAME}`
asks what they see then. `{"error": ...}` is the answer when a reader fails.
"""

import decimal
import json
import os
import struct
import sys
import traceback

import pyarrow as pa

MASK = (1 << 64) - 1
EXACT = decimal.Context(prec=60)
NULL = "∅"


def fnv1a(text):
    """FNV-1a, 64 bits."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 & MASK
    return value


def type_name(kind):
    """The name that Delta Lake has for an Arrow type."""
    if pa.types.is_dictionary(kind):
        return type_name(kind.value_type)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"array<{type_name(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return "struct<" + ",".join(type_name(field.type) for field in kind) + ">"
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_timestamp(kind):
        return "timestamp" if kind.tz else "timestamp_ntz"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return "string"
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        return "binary"
    names = dict(bool="boolean", int8="byte", int16="short", int32="integer", int64="long", double="double")
    names |= {"float": "float", "date32[day]": "date"}
    return names.get(str(kind), str(kind))


def float_text(value):
    return "NaN" if value != value else struct.pack(">d", value).hex()


def nested_text(value):
    if value is None:
        return NULL
    if isinstance(value, list):
        return "[" + ",".join(map(nested_text, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(map(nested_text, value.values())) + "}"
    return str(value)


def texts(column):
    """The values of a column, each as text that no two values share."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    text = str
    if pa.types.is_boolean(kind):
        text = lambda value: "true" if value else "false"
    elif pa.types.is_floating(kind):
        text = float_text
    elif pa.types.is_decimal(kind):
        text = lambda value: str(int(value.scaleb(kind.scale, context=EXACT)))
    elif pa.types.is_date32(kind):
        column = column.cast(pa.int32())
    elif pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("us", kind.tz)).cast(pa.int64())
    elif type_name(kind) == "binary":
        text = bytes.hex
    elif pa.types.is_nested(kind):
        text = nested_text
    return [NULL if value is None else text(value) for value in column.to_pylist()]


def summary(table, partition):
    """What an Arrow table holds: rows, types, nulls, the sum of `id`, rows by partition, and a sum of
    hashes of all rows that does not depend on their order."""
    names = sorted(table.column_names)
    values = {name: texts(table[name]) for name in names}
    by_partition, total = {}, 0
    for row in range(table.num_rows):
        key = "/".join(values[name][row] for name in partition)
        by_partition[key] = by_partition.get(key, 0) + 1
        total += fnv1a("|".join(values[name][row] for name in names))
    return dict(
        rows=table.num_rows,
        sum=sum(int(value) for value in values["id"]),
        types={name: type_name(table.schema.field(name).type) for name in names},
        nulls={name: values[name].count(NULL) for name in names},
        partitions=by_partition,
        hash=str(total & MASK),
    )


def storage_options(table):
    """How to reach a table on S3, from the environment; None for a folder."""
    if not table.startswith("s3://"):
        return None
    names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL"]
    options = {name: os.environ[name] for name in names}
    return options | {"AWS_ALLOW_HTTP": "true"}


def answer(request, readers, pins):
    """Readers are functions of (table, version); they give a function that says the rows, and one that
    counts those that fit a condition."""
    if "pinned" in request:
        opened, asked = pins[request["pinned"]]
    else:
        asked = request
        names = request.get("readers", list(readers))
        opened = {name: readers[name](request["table"], request.get("version")) for name in names}
        if "pin" in request:
            pins[request["pin"]] = opened, request
            return None
    seen = {}
    for name, (rows, count) in opened.items():
        seen[name] = summary(pa.table(rows()), asked.get("partition", []))
        seen[name]["filters"] = {sql: count(sql) for sql in asked.get("filters", [])}
    return seen


def serve(readers, **others):
    """Answers requests until there are no more. `others` are functions of requests with such a key."""
    # What libraries print is no answer.
    answers, sys.stdout = os.fdopen(os.dup(1), "w"), sys.stderr
    os.dup2(2, 1)
    pins = {}
    for line in sys.stdin:
        try:
            request = json.loads(line)
            other = next((other for key, other in others.items() if key in request), None)
            said = other(request) if other else answer(request, readers, pins)
        except Exception:
            said = dict(error=traceback.format_exc())
        print(json.dumps(said), file=answers, flush=True)
