"""SQL says of every row what the kernel says: on DuckDB, SQLite and Postgres, of random partial cases and of a cohort."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from her2guide.cohort.kernel import Verdicts, judge
from her2guide.cohort.planes import Rows
from her2guide.cohort.recipe import read_recipe
from her2guide.cohort.sql import counts_text, sql_text
from her2guide.cohort.synth import TYPES, cohort_batches, schema_of
from her2guide.library.library import EditionInForce
from her2guide.library.read import read_library
from her2guide.model.guidance import BEST_FIRST
from tests.cohort.databases import Run, in_duckdb, in_postgres, in_sqlite, postgres_server
from tests.cohort.test_kernel import EDITIONS, Given, columns_of, drawn, unpacked

CASES = 300
Open = Callable[[pa.Table], AbstractContextManager[Run]]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Path]:
    with postgres_server() as folder:
        yield folder


@pytest.fixture(params=["duckdb", "sqlite", "postgres"])
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def opened(dialect: str, request: pytest.FixtureRequest) -> Open:
    """Opens a database of the dialect with a table of cases."""
    if dialect == "postgres":
        return partial(in_postgres, folder=request.getfixturevalue("postgres"))
    return {"duckdb": in_duckdb, "sqlite": in_sqlite}[dialect]


def table_of(edition: EditionInForce, cases: Sequence[Given]) -> pa.Table:
    facts = edition.library.facts
    types = {name: pa.string() if facts[name].kind == "code" else TYPES[facts[name].kind] for name in facts}
    known = [name for name in facts if any(name in case for case in cases)]
    columns = {name: pa.array([case.get(name) for case in cases], types[name]) for name in known}
    return pa.table({"patient": pa.array([f"{row:06}" for row in range(len(cases))]), **columns})


def judged(edition: EditionInForce, cases: list[Given]) -> dict[str, np.ndarray]:
    rows = Rows(len(cases))
    return unpacked(judge(edition, columns_of(edition, cases, rows), rows), rows)


def coded(name: str, cells: Sequence[Any]) -> list[int]:
    """A column of SQL as `unpacked` writes it: 1 true, 0 false, -1 unknown; or the index of a standing, or -1."""
    if name.startswith("option "):
        return [-1 if cell is None else BEST_FIRST.index(cell) for cell in cells]
    return [-1 if cell is None else int(cell) for cell in cells]


def check_rows(edition: EditionInForce, dialect: str, run: Run, cases: list[Given], recorded: list[str]) -> None:
    expected = judged(edition, cases)
    names = [name for name in expected if not name.startswith("option ")]
    names += [name for name in expected if name.startswith("option ")]
    answered = sorted(run(sql_text(edition, dialect, columns=recorded)))
    assert [row[0] for row in answered] == [f"{row:06}" for row in range(len(cases))]
    for name, cells in zip(names, list(zip(*answered, strict=True))[1:], strict=True):
        assert coded(name, cells) == expected[name].tolist(), name


@pytest.mark.parametrize(("name", "region", "day"), EDITIONS)
def test_sql_and_kernel_agree_on_partial_cases(name: str, region: str, day: str, dialect: str, opened: Open) -> None:
    edition = read_library().edition(name, region, date.fromisoformat(day))
    draw = random.Random(f"sql {name} {region} {day}")  # noqa: S311 - drawn anew alike each time
    cases = [drawn(draw) for _ in range(CASES)]
    table = table_of(edition, cases)
    with opened(table) as run:
        check_rows(edition, dialect, run, cases, table.column_names)
