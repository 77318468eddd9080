"""A table of cases in a file -> pieces of it, each read on its own, where that can be; batches of rows of each piece.

In: Parquet, Arrow IPC, CSV or DuckDB. Out: record batches of at most `CHUNK` rows, always cut alike. What cannot be
read is told with the file's name. It does not know what the columns mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
from msgspec import Struct
from pyarrow import csv, parquet

from ..errors import Problem, RequestError, nearest
from .rows_in import DAYS

CHUNK = 1 << 17  # rows judged at a time
BLOCK = 1 << 22  # bytes of CSV read at a time
TABLES = (".parquet", ".arrow", ".feather", ".csv", ".duckdb")
MAPPED = (".parquet", ".arrow", ".feather")
TABLE_NAMES = "SELECT table_name FROM information_schema.tables ORDER BY 1"


class Piece(Struct, frozen=True):
    """Rows `first` to before `first + count`: of a file that is read by pieces (`groups` of Parquet), or its `rows`.

    `packed`: the rows as the bytes of a stream, to be sent to another process.
    """

    first: int
    count: int
    groups: tuple[int, ...] = ()
    rows: pa.RecordBatch | None = None
    packed: bytes = b""

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows that it carries."""
        if self.rows is not None:
            yield self.rows
        elif self.packed:
            yield from pa.ipc.open_stream(self.packed)

    def sent(self) -> Piece:
        """The piece as it is sent: a batch that was cut out of a larger one would take all of that along."""
        if self.rows is None:
            return self
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, self.rows.schema) as writer:
            writer.write_batch(self.rows)
        return Piece(self.first, self.count, packed=sink.getvalue().to_pybytes())


class Cases(Protocol):
    """Where cases stand. It can be sent to another process; `stamp` tells whether it is still the same."""

    @property
    def path(self) -> Path: ...
    @property
    def stamp(self) -> tuple[int, int]: ...
    def schema(self) -> pa.Schema: ...
    def rows(self) -> int | None: ...
    def pieces(self, size: int) -> Iterator[Piece]: ...
    def batches(self, piece: Piece) -> Iterator[pa.RecordBatch]: ...


class Source(Struct, frozen=True):
    """A table in a file; `table` names one of a database of several. `stamp`: size and time of the file."""

    path: Path
    table: str | None = None
    stamp: tuple[int, int] = (0, 0)

    def schema(self) -> pa.Schema:
        with told(self.path):
            if self.path.suffix.lower() == ".parquet":
                return parquet_file(self).schema_arrow
            return arrow_file(self).schema if by_pieces(self.path) else stream(self).schema

    def pieces(self, size: int) -> Iterator[Piece]:
        """The pieces in order, of about `size` rows."""
        if not by_pieces(self.path):
            with told(self.path):
                yield from pieces_of(stream(self), size)
            return
        if self.path.suffix.lower() == ".parquet":
            yield from row_groups(self, size)
            return
        total = self.rows() or 0
        yield from (Piece(first, min(size, total - first)) for first in range(0, total, size))

    def batches(self, piece: Piece) -> Iterator[pa.RecordBatch]:
        """The rows of a piece, a chunk at a time."""
        with told(self.path, piece):
            if not by_pieces(self.path):
                found: Iterable[pa.RecordBatch] = piece.batches()
            elif self.path.suffix.lower() == ".parquet":
                found = parquet_file(self).iter_batches(CHUNK, list(piece.groups), use_threads=False)
            else:
                found = slices(self, piece)
            yield from chunked(found, CHUNK)

    def rows(self) -> int | None:
        """How many rows there are, where that is known without reading them."""
        with told(self.path):
            if self.path.suffix.lower() == ".parquet":
                return int(parquet_file(self).metadata.num_rows)
            return starts(self)[-1] if by_pieces(self.path) else None


def source_at(path: Path, table: str | None = None) -> Source:
    """The table at a place. Raises `RequestError` where there is none, or of a kind that is not read."""
    stamp = stamp_of(path)
    if path.suffix.lower() not in TABLES:
        what = f"the ending '{path.suffix}' is not known."
        raise RequestError([Problem(str(path), what, f"Use one of {', '.join(TABLES)}.")])
    if table is not None and path.suffix.lower() != ".duckdb":
        raise RequestError([Problem("--table", "is for databases.", "Leave it out.")])
    return Source(path, table, stamp)


def stamp_of(*places: Path) -> tuple[int, int]:
    """Size and time of files, and of all that folders hold. Raises `RequestError` where there is nothing."""
    found = []
    for place in places:
        with told(place):
            found += [file.stat() for file in (place, *(place.rglob("*") if place.is_dir() else ()))]
    return sum(file.st_size for file in found), max(file.st_mtime_ns for file in found)


@contextmanager
def told(path: Path, piece: Piece | None = None) -> Iterator[None]:
    """What goes wrong in reading, as a `RequestError` with the place."""
    where = str(path) if piece is None else f"{path} rows {piece.first + 1} to {piece.first + piece.count}"
    do = "Check the file: it may be damaged or not be of the kind that its name says."
    try:
        yield
    except (OSError, MemoryError, pa.ArrowException, EOFError) as fault:
        first = (getattr(fault, "strerror", None) or str(fault) or type(fault).__name__).splitlines()[0][:200]
        raise RequestError([Problem(where, f"cannot be read: {first.rstrip('.')}.", do)]) from None


def by_pieces(path: Path) -> bool:
    """Whether any part of a file can be read without what stands before it."""
    if path.suffix.lower() not in MAPPED:
        return False
    with path.open("rb") as file:
        return path.suffix.lower() == ".parquet" or file.read(6) == b"ARROW1"


@lru_cache(maxsize=2)
def parquet_file(source: Source) -> parquet.ParquetFile:
    """An open file; texts are read as codes, so that each is understood once."""
    path = source.path
    schema = parquet.read_schema(path, memory_map=True)
    texts = [field.name for field in schema if pa.types.is_string(field.type) and field.name != "patient"]
    return parquet.ParquetFile(path, memory_map=True, read_dictionary=texts, page_checksum_verification=True)


@lru_cache(maxsize=2)
def arrow_file(source: Source) -> Any:
    return pa.ipc.open_file(pa.memory_map(str(source.path)))


@lru_cache(maxsize=2)
def starts(source: Source) -> list[int]:
    """The first row of each batch of an Arrow file, and the number of rows at the end."""
    reader = arrow_file(source)
    found = [0]
    for number in range(reader.num_record_batches):
        found.append(found[-1] + reader.get_batch(number).num_rows)
    return found


def slices(source: Source, piece: Piece) -> Iterator[pa.RecordBatch]:
    """The rows of a piece of an Arrow file, as they are mapped."""
    reader, begins, end = arrow_file(source), starts(source), piece.first + piece.count
    for number, begin in enumerate(begins[:-1]):
        if begin < end and begins[number + 1] > piece.first:
            skipped = max(piece.first - begin, 0)
            batch = reader.get_batch(number)
            batch.validate()
            yield batch.slice(skipped, end - begin - skipped)


def row_groups(source: Source, size: int) -> Iterator[Piece]:
    """Neighbouring row groups together until they have `size` rows: each is decoded once."""
    with told(source.path):
        metadata = parquet_file(source).metadata
        counts = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    first, held = 0, 0
    groups: list[int] = []
    for number, count in enumerate(counts):
        groups, held = [*groups, number], held + count
        if held >= size or number == len(counts) - 1:
            yield Piece(first, held, tuple(groups))
            first, held, groups = first + held, 0, []


def pieces_of(batches: Iterable[pa.RecordBatch], size: int) -> Iterator[Piece]:
    """Pieces that carry their rows, of a table that can only be read from its beginning."""
    first = 0
    for batch in chunked(batches, size):
        yield Piece(first, batch.num_rows, rows=batch)
        first += batch.num_rows


def chunked(batches: Iterable[pa.RecordBatch], size: int) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of `size`, however they came."""
    held: list[pa.RecordBatch] = []
    count = 0
    for found in batches:
        batch = found
        while count + batch.num_rows >= size:
            taken = size - count
            yield joined([*held, batch.slice(0, taken)])
            held, count, batch = [], 0, batch.slice(taken)
        if batch.num_rows:
            held.append(batch)
            count += batch.num_rows
    if held:
        yield joined(held)


def joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    if len(batches) == 1:
        return batches[0]
    table = pa.Table.from_batches(batches).unify_dictionaries().combine_chunks()
    return table.to_batches()[0]


def stream(source: Source) -> Any:
    """A reader of batches for what can only be read from its beginning. Raises `RequestError`."""
    ending = source.path.suffix.lower()
    if ending == ".csv":
        return csv_stream(source.path)
    if ending == ".duckdb":
        return duckdb_stream(source)
    return pa.ipc.open_stream(pa.memory_map(str(source.path)))


def csv_stream(path: Path) -> Any:
    """Cells as text, except the days and the mark; an empty cell is null. Numbers and codes are understood later."""
    read = csv.ReadOptions(block_size=BLOCK)
    names = csv.open_csv(path, read_options=read).schema.names
    types = {name: pa.date32() if name in DAYS else pa.string() for name in names}
    types["synthetic"] = pa.bool_()
    cells = csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=True)
    return csv.open_csv(path, read_options=read, convert_options=cells)


@contextmanager
def database_at(source: Source) -> Iterator[Any]:
    """A database file, which is opened to be read and may open nothing else. Raises `RequestError`."""
    import duckdb  # another source does not need it

    try:
        yield duckdb.connect(str(source.path), read_only=True, config={"enable_external_access": "false"})
    except duckdb.Error as fault:
        first = str(fault).splitlines()[0][:200]
        raise RequestError([Problem(str(source.path), f"cannot be read: {first}", "Check the file.")]) from None


def database_tables(source: Source) -> list[str]:
    with database_at(source) as database:
        return [name for (name,) in database.execute(TABLE_NAMES).fetchall()]


def duckdb_stream(source: Source) -> Any:
    """The rows of a table of a database, as they are asked for."""
    name = table_of(source, database_tables(source))
    with database_at(source) as database:
        return pa.RecordBatchReader.from_stream(database.table('"' + name.replace('"', '""') + '"'))


def table_of(source: Source, names: list[str]) -> str:
    """The table that is meant. Raises `RequestError` where it is not there, or one of several was not named."""
    if source.table is None and len(names) == 1:
        return names[0]
    if source.table in names:
        return source.table
    what = f"has no table `{source.table}`." if source.table else f"holds {len(names)} tables."
    hint = nearest(source.table or "", names) or f"Name one with --table: {', '.join(names) or 'there is none'}."
    raise RequestError([Problem(str(source.path), what, hint)])
