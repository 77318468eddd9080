"""A CSV, TSV or Parquet file -> its header and its rows as text, sorted by patient.

In: a file that may be hostile or larger than the memory. Out: one row at a time with its number, counted as a
spreadsheet counts (the header is row 1). It does not know what a column means. The file is read in this process by a
database engine that may open nothing else; no name or cell of the file becomes part of a query.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import duckdb
from msgspec import Struct
from msgspec.structs import replace

from ..errors import ChartError, Problem

DELIMITERS = "\t,;|"
HEAD = 1024 * 1024  # bytes in which the header must end
LONGEST_LINE = 4 * HEAD
MOST_COLUMNS = 5000
BATCH = 2048
SPACES = " \t\r\n\xa0"  # around a patient's id they say nothing
MEMORY = "512MB"
GLOB = re.compile(r"[*?\[\]{}]")
NEWLINE = re.compile(r"\r\n|\n|\r")
LINE = re.compile(r"on Line: (\d+)")
Row = tuple[int, tuple[str | None, ...]]


class TableFile(Struct, frozen=True):
    """A table that was looked at. `skip`: lines before the first row; `delimiter` is empty for Parquet."""

    path: Path
    header: tuple[str, ...]
    delimiter: str = ""
    skip: int = 0

    @property
    def name(self) -> str:
        return self.path.name


def refused(path: Path, what: str, do: str) -> ChartError:
    return ChartError([Problem(str(path), what, do)])


def look_at(path: Path) -> TableFile:
    """The header of a table. Raises `ChartError` for what is no table."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as fault:
        what = f"cannot be read: {fault.strerror or 'it cannot be opened'}."
        raise refused(path, what, "Check the name of the file.") from None
    if GLOB.search(str(path)):
        raise refused(path, "has a name that stands for several files.", "Rename it without * ? [ ] { }.")
    table = parquet_table(path) if head.startswith(b"PAR1") else text_table(path, head)
    names = [name for name in table.header if name]
    table = replace(table, header=tuple(name or f"column {number + 1}" for number, name in enumerate(table.header)))
    twice = next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None
    if twice is not None:
        raise refused(path, f"the column `{twice[:60]}` stands twice in the header.", "Rename one.")
    if not names or len(table.header) > MOST_COLUMNS:
        raise refused(
            path, f"has no header of 1 to {MOST_COLUMNS} columns.", "Put the column names into the first row."
        )
    return table


def text_table(path: Path, head: bytes) -> TableFile:
    """The header of a text table: the first row after lines that begin with #."""
    lines = io.StringIO(text_of(path, head), newline="")
    skip = 0
    start = lines.tell()
    while (first := lines.readline()).startswith("#"):
        skip += 1
        start = lines.tell()
    delimiter = max(DELIMITERS, key=first.count)
    lines.seek(start)
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        header = tuple(name.strip() for name in next(reader, []))
    except csv.Error as fault:
        raise refused(path, f"its header cannot be read: {fault}.", "Correct the first row.") from None
    lines.seek(0)
    skip += reader.line_num
    if len(set(NEWLINE.findall("".join(islice(lines, skip))))) > 1:  # the engine would lose rows without a word
        raise refused(path, "its first lines end in different ways.", "Save it again as CSV.")
    return TableFile(path, header, delimiter, skip)


def text_of(path: Path, head: bytes) -> str:
    """The beginning of a file as text; a letter that is cut at its end is left out."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refused(path, "is UTF-16 text.", "Save it as UTF-8.")
    if head.startswith(b"PK\x03\x04"):
        raise refused(path, "is a spreadsheet or an archive, not a table in text.", "Save the sheet as CSV.")
    if b"\x00" in head:
        raise refused(path, "is not text: it holds bytes of 0.", "Give a CSV, TSV or Parquet file.")
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        return decoder.decode(head, final=len(head) < HEAD)
    except UnicodeDecodeError as fault:
        raise refused(path, f"byte {fault.start} is not UTF-8 text.", "Save it as UTF-8.") from None


def parquet_table(path: Path) -> TableFile:
    with engine(path) as run:
        described = run.execute("SELECT * FROM read_parquet(?) LIMIT 0", [str(path)]).description
    return TableFile(path, tuple(str(column[0]).strip() for column in described or ()))


def rows_by(table: TableFile, column: int) -> Iterator[Row]:
    """All rows, sorted by the text of a column without spaces around it, then by number. Raises `ChartError`."""
    names = [f"c{number}" for number in range(len(table.header))]
    if table.delimiter:
        columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
        options = (
            f"auto_detect = false, header = false, delim = '{table.delimiter}', quote = '\"', escape = '\"', "
            f"skip = {table.skip}, max_line_size = {LONGEST_LINE}, columns = {{{columns}}}"
        )
        source, first = f"read_csv(?, {options})", table.skip
    else:
        source, first = "read_parquet(?)", 1
    order = f"ORDER BY trim(c{column}::VARCHAR, ?) NULLS FIRST, 1"
    query = (  # no name or cell of the file is part of it
        f"SELECT {first} + row_number() OVER () AS number, COLUMNS(*)::VARCHAR "  # noqa: S608
        f"FROM {source} AS rows({', '.join(names)}) {order}"
    )
    with engine(table.path) as run:
        run.execute(query, [str(table.path), SPACES])
        while batch := run.fetchmany(BATCH):
            for row in batch:
                yield row[0], row[1:]


@contextmanager
def engine(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory that can open this file and its own folder for what does not fit, and nothing else."""
    with tempfile.TemporaryDirectory(prefix="her2guide-") as spill, duckdb.connect(":memory:") as run:
        run.execute("SET threads = 2")
        run.execute(f"SET memory_limit = '{MEMORY}'")
        run.execute(f"SET temp_directory = {quoted(spill)}")
        run.execute(f"SET allowed_paths = [{quoted(str(path))}]")
        run.execute("SET enable_external_access = false")
        run.execute("SET lock_configuration = true")
        try:
            yield run
        except (duckdb.Error, UnicodeDecodeError) as fault:
            raise refused(path, told(fault), "Correct the file.") from None


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def told(fault: Exception) -> str:
    """The reason of the engine in one short sentence."""
    text = str(fault)
    if line := LINE.search(text):
        lines = [part.strip() for part in text.partition("Possible")[0].split("\n") if part.strip()]
        return f"row {line[1]} cannot be read: {lines[-1].rstrip('.')[:120]}."
    reason = text.partition("\n")[0].partition("Error: ")[2] or text
    return f"cannot be read: {reason.strip().rstrip('.')[:160]}."
