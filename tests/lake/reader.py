"""Reads a lake in a folder by following docs/lake-format.md, and nothing else.

    python3 reader.py check ZONE          checks every commit and object of a zone
    python3 reader.py rows ZONE TABLE     prints the current rows of a table, one JSON object per line

A lake of format 1 does not name the key of the table: set KEY to it.

Values are printed as text, as Postgres prints them; NULL is null. Needs Python 3.9 or later. Parquet
needs pyarrow, or a command in PARQUET_READER that prints the rows of the files that it is given as JSON
Lines, with a blank line after each file.
"""

import datetime
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys

NEWEST_FORMAT = 2
COMMIT_KEY = re.compile(r"_log/(\d{12})\.json")
CHECKSUM = re.compile(rb',"sha256":"([0-9a-f]{64})"\}')
CHECKSUM_BYTES = 77


class LakeError(Exception):
    """The lake is damaged, or this reader is too old for it."""


# ---- the log ----


def numbers(zone):
    """Returns the numbers of the commits of a zone, which have no gaps."""
    folder = os.path.join(zone, "_log")
    names = os.listdir(folder) if os.path.isdir(folder) else []
    matches = [COMMIT_KEY.fullmatch(f"_log/{name}") for name in sorted(names)]
    found = [int(match[1]) for match in matches if match and int(match[1]) > 0]
    for expected, number in enumerate(found, 1):
        if number != expected:
            raise LakeError(f"{commit_key(expected)} is missing, but {commit_key(number)} exists")
    return found


def commit_key(number):
    return f"_log/{number:012}.json"


def read_commit(zone, number):
    """Returns a commit in the newest format."""
    key = commit_key(number)
    data = read_bytes(zone, key)
    newer = re.match(rb'\{"format":(\d+)', data)
    if newer and int(newer[1]) > NEWEST_FORMAT:
        raise LakeError(f"{key} has format {int(newer[1])}: this reader is too old")
    line = data[:-1] if data.endswith(b"\n") else data
    checksum = CHECKSUM.fullmatch(line[-CHECKSUM_BYTES:])
    content = line[:-CHECKSUM_BYTES] + b"}"
    if not checksum or hashlib.sha256(content).hexdigest().encode() != checksum[1]:
        raise LakeError(f"{key} is damaged: its checksum is missing or wrong")
    commit = json.loads(line)
    if commit["sequence"] != number:
        raise LakeError(f"{key} is damaged: its sequence is {commit['sequence']}")
    if commit["format"] == 1:
        commit["keys"] = {}
    return commit


def commits_of(zone):
    """Returns the commits of a zone, in order."""
    commits = [read_commit(zone, number) for number in numbers(zone)]
    for commit in commits:
        if commit["zone"] != commits[0]["zone"]:
            raise LakeError(f"{commit_key(commit['sequence'])} is a commit of another zone")
    return commits


def objects_of(commit):
    """Returns the objects of a commit as (kind, table, object). Deleted rows come after rows."""
    return [
        (kind, table, item)
        for kind in ("tables", "deleted", "quarantined")
        for table, item in commit.get(kind, {}).items()
    ]


# ---- objects ----


def read_bytes(zone, key):
    try:
        with open(os.path.join(zone, *key.split("/")), "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise LakeError(f"{key} is missing") from None


def read_object(zone, item):
    """Returns the bytes of an object after comparing them with its commit."""
    data = read_bytes(zone, item["key"])
    if len(data) != item["bytes"] or hashlib.sha256(data).hexdigest() != item["sha256"]:
        raise LakeError(f"{item['key']} is damaged: its size or SHA-256 is wrong")
    return data


def rows_of(zone, items):
    """Returns the rows of each object. The objects are all JSONL or all Parquet."""
    contents = [read_object(zone, item) for item in items]
    if items and items[0]["key"].endswith(".parquet"):
        paths = [os.path.join(zone, *item["key"].split("/")) for item in items]
        batches = parquet_rows(paths)
    else:
        batches = [jsonl_rows(data, item["key"]) for data, item in zip(contents, items)]
    for rows, item in zip(batches, items):
        if len(rows) != item["rows"]:
            raise LakeError(f"{item['key']} has {len(rows)} rows, its commit says {item['rows']}")
    return batches


def jsonl_rows(data, key):
    *lines, rest = data.decode("utf-8").split("\n")
    if rest:
        raise LakeError(f"{key} ends inside a line")
    return [json.loads(line) for line in lines]


def parquet_rows(paths):
    if "PARQUET_READER" in os.environ:
        command = [*shlex.split(os.environ["PARQUET_READER"]), *paths]
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode("utf-8")
        files = output.split("\n\n")[:-1]
        batches = [[json.loads(line) for line in file.split("\n")] for file in files]
    else:
        batches = [pyarrow_rows(path) for path in paths]
    return [[decimals_as_text(row) for row in rows] for rows in batches]


def pyarrow_rows(path):
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(path)
    columns = {}
    for name, column in zip(table.column_names, table.columns):
        if pyarrow.types.is_date(column.type):
            days = column.cast(pyarrow.int32()).to_pylist()
            columns[name] = [None if n is None else date_text(n) for n in days]
        elif pyarrow.types.is_time(column.type):
            micros = column.cast(pyarrow.int64()).to_pylist()
            columns[name] = [None if n is None else time_text(n) for n in micros]
        elif pyarrow.types.is_timestamp(column.type):
            micros = column.cast(pyarrow.int64()).to_pylist()
            columns[name] = [None if n is None else timestamp_text(n) for n in micros]
        else:
            columns[name] = [text(value) for value in column.to_pylist()]
    return [dict(zip(columns, values)) for values in zip(*columns.values())]


# ---- values ----


def text(value):
    """Returns a value as text; NULL is None."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if hasattr(value, "as_tuple") else str(value)


def decimals_as_text(row):
    """Merges the two columns of a numeric without a precision into its text."""
    merged = {}
    for name, value in row.items():
        if name.endswith("_exact") and name[: -len("_exact")] in row:
            continue
        exact = f"{name}_exact"
        if exact not in row:
            merged[name] = value
        elif row[exact] is not None:
            merged[name] = row[exact]
        else:
            merged[name] = value and without_zeros(value)
    return merged


def without_zeros(decimal):
    """Removes the zeros at the end of a decimal, down to two fraction digits."""
    whole, fraction = decimal.split(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


def date_text(days):
    return str(datetime.date(1970, 1, 1) + datetime.timedelta(days=days))


def time_text(micros):
    seconds, fraction = divmod(micros, 1_000_000)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{clock}.{fraction:06}".rstrip("0") if fraction else clock


def timestamp_text(micros):
    days, micros = divmod(micros, 86_400_000_000)
    return f"{date_text(days)} {time_text(micros)}"


# ---- the two commands ----


def check(zone):
    """Checks every commit and object. Returns what the zone has."""
    named = set()
    commits = commits_of(zone)
    rows = 0
    for commit in commits:
        for _, _, item in objects_of(commit):
            read_object(zone, item)
            named.add(item["key"])
            rows += item["rows"]
    return {"commits": len(commits), "objects": len(named), "rows": rows}


def current_rows(zone, table):
    """Returns the current rows of a table, by key."""
    applied = [
        (kind, item, commit["keys"].get(table) or os.environ["KEY"])
        for commit in commits_of(zone)
        for kind, name, item in objects_of(commit)
        if name == table and kind != "quarantined"
    ]
    batches = rows_of(zone, [item for _, item, _ in applied])
    current = {}
    for (kind, _, key), rows in zip(applied, batches):
        for row in rows:
            if kind == "deleted":
                current.pop(text(row[key]), None)
            else:
                current[text(row[key])] = {name: text(value) for name, value in row.items()}
    return current


def main(arguments):
    if arguments[:1] == ["check"] and len(arguments) == 2:
        print(json.dumps(check(arguments[1])))
    elif arguments[:1] == ["rows"] and len(arguments) == 3:
        for row in current_rows(*arguments[1:]).values():
            print(json.dumps(row))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except LakeError as error:
        sys.exit(f"error: {error}")
