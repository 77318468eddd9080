"""Whether a path is an OMOP CDM: a database by its first bytes, a folder by the table that every CDM has.

In: a path. Out: its kind, or the reason why it cannot be one. It opens no table.
"""

from __future__ import annotations

from pathlib import Path

from ..errors import ChartError, Problem

MAGIC = {b"DUCK": (8, "duckdb"), b"SQLite format 3\0": (0, "sqlite")}
DATABASES = (".duckdb", ".sqlite", ".sqlite3", ".db")
FILES = (".csv", ".parquet")


def unusable(source: str, fault: Exception) -> ChartError:
    reason = str(fault).split("\n")[0].rstrip(".")[:200]
    do = "Give a DuckDB or SQLite file, or a folder of CSV or Parquet files, with the tables of the OMOP CDM."
    return ChartError([Problem(source, f"cannot be read as tables: {reason}.", do)])


def kind_of(place: Path) -> str | None:
    """`folder`, `duckdb` or `sqlite`; None for what is no OMOP CDM. Raises `ChartError` for a database that is none."""
    try:
        if place.is_dir():
            tables = [file.stem.lower() for file in place.iterdir() if file.suffix.lower() in FILES]
            return "folder" if "person" in tables else None
        if not place.is_file():
            return None  # what is read from a pipe is gone
        with place.open("rb") as file:
            head = file.read(16)
    except OSError:
        return None  # whoever reads it next says so
    for magic, (start, kind) in MAGIC.items():
        if head[start : start + len(magic)] == magic:
            return kind
    if place.suffix.lower() in DATABASES:
        raise unusable(str(place), ValueError("it is neither a DuckDB nor an SQLite file"))
    return None
