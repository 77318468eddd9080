"""An OMOP CDM as it lies on a disk -> its tables, to be read row by row.

In: a DuckDB or SQLite file, or a folder of CSV or Parquet files named after the tables. Out: rows of text, for the
columns that are there. It only reads: no other file can be reached, no extension loaded, nothing written but what
a sort must put aside, in a folder of its own. What the columns mean is not known here.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import duckdb

from ..errors import ChartError, Problem
from .omop_files import FILES, kind_of, unusable

ROWS_AT_ONCE = 4096
LOCKED: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "memory_limit": "1GB",
    "threads": 2,
}
CDM = "cdm_as_read"
COLUMNS = """
    SELECT lower(table_name), lower(column_name), schema_name
    FROM duckdb_tables() JOIN duckdb_columns() USING (database_name, schema_name, table_name)
    WHERE database_name = ?
"""
Row = tuple[str | None, ...]


class Tables:
    """`columns`: table -> its columns, in lower case. Names in the SQL are always this project's own."""

    def __init__(self, source: str, columns: Mapping[str, set[str]], run: Callable[[str], Any]) -> None:
        self.source = source
        self.columns = columns
        self.run = run

    def rows(self, sql: str) -> Iterator[Row]:
        """The rows of a query, a few thousand at a time. Raises `ChartError` where the tables cannot be read."""
        try:
            cursor = self.run(sql)
            while found := cursor.fetchmany(ROWS_AT_ONCE):
                yield from found
        except (duckdb.Error, sqlite3.Error) as fault:
            raise unusable(self.source, fault) from None


@contextmanager
def open_tables(place: Path, wanted: Sequence[str]) -> Iterator[Tables]:
    """The wanted tables of a CDM. Raises `ChartError` for what cannot be opened."""
    opened = {"duckdb": duckdb_file, "sqlite": sqlite_file, "folder": folder}
    kind = kind_of(place)
    if kind is None:
        raise unusable(str(place), ValueError("there is no table `person`"))
    try:
        with opened[kind](place, wanted) as tables:
            yield tables
    except (duckdb.Error, sqlite3.Error, OSError) as fault:
        raise unusable(str(place), fault) from None


@contextmanager
def locked_duckdb() -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB without extensions, in bounded memory; what it puts aside lies in a folder that goes with it."""
    with (
        tempfile.TemporaryDirectory() as aside,
        closing(duckdb.connect(config={**LOCKED, "temp_directory": aside})) as db,
    ):
        yield db


def lock(connection: duckdb.DuckDBPyConnection) -> None:
    """From here on no other file, no extension, no setting."""
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


@contextmanager
def duckdb_file(place: Path, wanted: Sequence[str]) -> Iterator[Tables]:
    """A DuckDB file, opened to read. Views are left alone: they are SQL of the file."""
    with locked_duckdb() as connection:
        path = str(place.resolve()).replace("'", "''")
        connection.execute(f"ATTACH '{path}' AS {CDM} (READ_ONLY)")  # the file's own name could be that of a schema
        lock(connection)
        rows = connection.execute(COLUMNS, [CDM]).fetchall()
        schemas = {schema for table, _, schema in rows if table == "person"}
        schema = schemas.pop() if len(schemas) == 1 else ""
        if not schema.isidentifier():
            what = "has no table `person`, or it is not in one schema with a plain name."
            raise ChartError([Problem(str(place), what, "Give the tables of one OMOP CDM.")])
        columns = by_table(((table, column) for table, column, home in rows if home == schema), wanted)
        home = f"USE {CDM}.{schema}"
        yield Tables(str(place), columns, lambda sql: connection.cursor().execute(home).execute(sql))


@contextmanager
def sqlite_file(place: Path, wanted: Sequence[str]) -> Iterator[Tables]:
    """An SQLite file, opened to read; its views and functions are not trusted."""
    with closing(sqlite3.connect(f"{place.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        connection.text_factory = lambda raw: raw.decode(errors="replace")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA query_only = ON")
        names = connection.execute("SELECT lower(name) FROM sqlite_master WHERE type = 'table'").fetchall()
        present = [name for name in wanted if (name,) in names]
        pairs = [(name, row[1].lower()) for name in present for row in connection.execute(f"PRAGMA table_info({name})")]
        yield Tables(str(place), by_table(pairs, wanted), connection.execute)


@contextmanager
def folder(place: Path, wanted: Sequence[str]) -> Iterator[Tables]:
    """A folder of CSV or Parquet files, read where they lie."""
    files = files_of(place, wanted)
    with locked_duckdb() as con:
        con.execute("SET allowed_paths = ?", [[str(file.resolve()) for file in files.values()]])
        pairs: list[tuple[str, str]] = []
        for name, file in files.items():
            try:
                table = con.read_parquet(str(file.resolve())) if file.suffix.lower() == ".parquet" else csv(con, file)
            except (duckdb.Error, UnicodeError) as fault:
                raise unusable(str(file), fault) from None
            table.create_view(name)
            pairs += [(name, column.lower()) for column in table.columns]
        lock(con)
        yield Tables(str(place), by_table(pairs, wanted), lambda sql: con.cursor().execute(sql))


def files_of(place: Path, wanted: Sequence[str]) -> dict[str, Path]:
    """Table -> its file. Raises `ChartError` for a table that is there twice."""
    found: dict[str, Path] = {}
    problems = []
    for file in sorted(place.iterdir()):
        name = file.stem.lower()
        if name in wanted and file.suffix.lower() in FILES:
            if name in found:
                problems.append(Problem(str(file), f"the table `{name}` is there twice.", "Keep one file of it."))
            found[name] = file
    if problems:
        raise ChartError(problems)
    return found


def csv(connection: duckdb.DuckDBPyConnection, file: Path) -> duckdb.DuckDBPyRelation:
    """A CSV file as text. Vocabularies come from Athena with tabs between the cells and no quotes around them."""
    with file.open("rb") as opened:
        tabs = b"\t" in opened.readline(65536)
    return connection.read_csv(
        str(file.resolve()), header=True, all_varchar=True, sep="\t" if tabs else ",", quotechar="" if tabs else '"'
    )


def by_table(pairs: Any, wanted: Sequence[str]) -> dict[str, set[str]]:
    """Table -> columns, of the wanted tables."""
    found: dict[str, set[str]] = {}
    for table, column in pairs:
        if table in wanted:
            found.setdefault(table, set()).add(column)
    return found
