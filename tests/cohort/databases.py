"""Three engines for tests: cases as a table `cases`, a statement, its rows in the order of the patients.

Postgres runs from a folder of its own, on a socket of its own, as a user without rights; it is gone after the run.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pyarrow as pa
import pytest

Rows = Sequence[tuple[Any, ...]]
Run = Callable[[str], Rows]

SQLITE_TYPES = {"bool": "BOOLEAN", "int32": "INTEGER", "double": "REAL"}
POSTGRES_TYPES = {"bool": "boolean", "int32": "integer", "double": "double precision"}


def create(table: pa.Table, types: dict[str, str]) -> str:
    columns = (f'"{field.name}" {types.get(str(field.type), "text")}' for field in table.schema)
    return f"CREATE TABLE cases ({', '.join(columns)})"


def rows_of(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


@contextmanager
def in_duckdb(table: pa.Table) -> Iterator[Run]:
    with duckdb.connect(config={"enable_external_access": False}) as database:
        database.register("cases", table)
        yield lambda text: database.execute(text).fetchall()


@contextmanager
def in_sqlite(table: pa.Table) -> Iterator[Run]:
    database = sqlite3.connect(":memory:")
    database.execute(create(table, SQLITE_TYPES))
    marks = ", ".join("?" * table.num_columns)
    database.executemany(f"INSERT INTO cases VALUES ({marks})", rows_of(table))  # noqa: S608 - question marks
    yield lambda text: database.execute(text).fetchall()
    database.close()


@contextmanager
def in_postgres(table: pa.Table, folder: Path) -> Iterator[Run]:
    with psycopg.connect(host=str(folder), user="postgres", dbname="postgres") as database:
        database.execute("SET jit = off")  # to compile a statement of this size takes longer than to run it
        database.execute(create(table, POSTGRES_TYPES).replace("TABLE", "TEMPORARY TABLE"))
        with database.cursor().copy("COPY cases FROM STDIN") as copy:
            for row in rows_of(table):
                copy.write_row(row)
        yield lambda text: database.execute(text.encode()).fetchall()


@contextmanager
def postgres_server() -> Iterator[Path]:
    """The folder of a running server: its data, its socket, its log. Skips where Postgres is not installed."""
    places = [os.environ.get("PATH", ""), *map(str, Path("/usr/lib/postgresql").glob("*/bin"))]
    initdb, control = (shutil.which(name, path=os.pathsep.join(places)) for name in ("initdb", "pg_ctl"))
    if not initdb or not control:
        pytest.skip("Postgres is not installed: its SQL was not tried")
    folder = Path(tempfile.mkdtemp(prefix="her2guide-"))  # short: the path of a socket has 107 bytes
    owner: dict[str, Any] = {}
    if os.geteuid() == 0:  # Postgres refuses to run as root
        owner = {"user": "postgres", "group": "postgres", "extra_groups": []}
        shutil.chown(folder, "postgres", "postgres")

    def run(*command: str) -> None:
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, **owner)

    data = str(folder / "data")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    try:
        run(initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        run(control, "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield folder
        finally:
            run(control, "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
