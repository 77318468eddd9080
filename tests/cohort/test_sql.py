"""SQL says of every row what the kernel says: on DuckDB, SQLite and Postgres, of partial cases and of a cohort."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner
from msgspec.structs import replace
from pyarrow import parquet

from her2guide.cli.main import commands
from her2guide.cohort.columns import recorded
from her2guide.cohort.kernel import judge
from her2guide.cohort.planes import Rows
from her2guide.cohort.recipe import read_recipe
from her2guide.cohort.sql import counts_texts, faults_text, sql_text
from her2guide.cohort.sql_facts import settle_sql
from her2guide.cohort.sql_layers import NOTHING, TRUE, Dialect, Layers, literal
from her2guide.cohort.synth import TYPES, cohort_batches, schema_of
from her2guide.errors import RequestError
from her2guide.language.parse import read_condition
from her2guide.language.settle import settle
from her2guide.library.library import EditionInForce, Library
from her2guide.model.case import Known, Origin
from her2guide.model.condition import Condition
from her2guide.model.fact import Abstraction, Contradiction, Derivation, Fact
from her2guide.model.guidance import BEST_FIRST
from tests.cohort.databases import Run, in_duckdb, in_postgres, in_sqlite, postgres_server
from tests.cohort.test_kernel import EDITIONS, Given, columns_of, drawn, unpacked
from tests.conftest import TODAY

CASES, PATIENTS = 300, 2000
Open = Callable[[pa.Table], AbstractContextManager[Run]]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Path]:
    with postgres_server() as folder:
        yield folder


@pytest.fixture(params=["duckdb", "sqlite", "postgres"])
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def opened(dialect: Dialect, request: pytest.FixtureRequest) -> Open:
    """Opens a database of the dialect with a table of cases."""
    if dialect == "postgres":
        return partial(in_postgres, folder=request.getfixturevalue("postgres"))
    return {"duckdb": in_duckdb, "sqlite": in_sqlite}[dialect]


def table_of(facts: Mapping[str, Fact], cases: Sequence[Given]) -> pa.Table:
    """The cases as a table; a fact of which nothing is known has no column."""
    types = {name: pa.string() if fact.kind == "code" else TYPES[fact.kind] for name, fact in facts.items()}
    known = [name for name in facts if any(name in case for case in cases)]
    columns = {name: pa.array([case.get(name) for case in cases], types[name]) for name in known}
    return pa.table({"patient": [f"{row:06}" for row in range(len(cases))], **columns})


def by_patient(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The columns after the first, in the order of the patients."""
    patients, *columns = zip(*sorted(rows, key=lambda row: row[0]), strict=True)
    assert len(set(patients)) == len(patients)
    return columns


def in_order(expected: Mapping[str, np.ndarray]) -> list[str]:
    """The columns of `sql_text`: recommendations, then standings."""
    return sorted(expected, key=lambda name: name.startswith("option "))


def said(name: str, cell: Any) -> int:
    """A cell as `unpacked` writes it: 1 true, 0 false, -1 unknown; or the index of a standing, or -1."""
    if cell is None:
        return -1
    return BEST_FIRST.index(cell) if name.startswith("option ") else int(cell)


def check_rows(answered: Sequence[tuple[Any, ...]], expected: Mapping[str, np.ndarray]) -> None:
    for name, cells in zip(in_order(expected), by_patient(answered), strict=True):
        assert [said(name, cell) for cell in cells] == expected[name].tolist(), name


@pytest.mark.parametrize(("name", "region", "day"), EDITIONS)
def test_sql_and_kernel_agree_on_partial_cases(
    name: str, region: str, day: str, dialect: Dialect, opened: Open, library: Library
) -> None:
    edition = library.edition(name, region, date.fromisoformat(day))
    draw = random.Random(f"sql {name} {region} {day}")  # noqa: S311 - drawn anew alike each time
    cases = [drawn(draw) for _ in range(CASES)]
    rows = Rows(CASES)
    found = judge(edition, columns_of(edition, cases, rows), rows)
    assert found.settled["pathological_n"].unsure.any(), "cases without contradictions try only half"
    table = table_of(edition.library.facts, cases)
    with opened(table) as run:
        check_rows(run(sql_text(edition, dialect, columns=table.column_names)), unpacked(found, rows))


@pytest.fixture(scope="module")
def current(library: Library) -> EditionInForce:
    return library.edition("current", "us", TODAY)


@pytest.fixture(scope="module")
def giving_way(current: EditionInForce) -> EditionInForce:
    """Every recommendation takes the place of the one before it: few do, and of few patients."""
    items = [entry.item for entry in current.recommendations]
    entries = [
        replace(entry, item=replace(entry.item, in_place_of=(before.id,)))
        for entry, before in zip(current.recommendations[1:], items, strict=False)
    ]
    return replace(current, recommendations=(current.recommendations[0], *entries))


@pytest.fixture(scope="module")
def cohort(library: Library) -> pa.Table:
    recipe = read_recipe(library)
    schema = schema_of(recipe, 5, library.digest)
    table = pa.Table.from_batches(cohort_batches(recipe, PATIENTS, 5, schema), schema)
    return table.select(["patient", *recipe.facts()])


@pytest.fixture(scope="module")
def expected(giving_way: EditionInForce, cohort: pa.Table) -> dict[str, np.ndarray]:
    rows, facts = Rows(PATIENTS), giving_way.library.facts
    columns = {name: recorded(facts[name], cohort[name].to_pylist(), rows) for name in cohort.column_names[1:]}
    return unpacked(judge(giving_way, columns, rows), rows)


def test_sql_and_kernel_agree_on_a_cohort(
    giving_way: EditionInForce, cohort: pa.Table, expected: dict[str, np.ndarray], dialect: Dialect, opened: Open
) -> None:
    with opened(cohort) as run:
        check_rows(run(sql_text(giving_way, dialect, columns=cohort.column_names)), expected)
        counted: list[int] = []
        for text in counts_texts(giving_way, dialect, columns=cohort.column_names):
            counted += run(text)[0]
    assert counted == list(counts_of(expected))


def counts_of(expected: Mapping[str, np.ndarray]) -> Iterator[int]:
    """The columns of `counts_texts`."""
    for name in expected:
        if not name.startswith("option "):
            yield from (int((expected[name] == truth).sum()) for truth in (1, -1))
            standings = expected.get(f"option {name}")
            if standings is not None:
                yield from (int((standings == level).sum()) for level in range(len(BEST_FIRST)))


def test_some_decisions(current: EditionInForce, dialect: Dialect, opened: Open, cohort: pa.Table) -> None:
    decision = current.head.decisions[3].id
    names = {entry.item.id for entry in current.recommendations if entry.item.decision == decision}
    with opened(cohort) as run:
        every, some = (
            run(sql_text(current, dialect, columns=cohort.column_names, decisions=decisions))
            for decisions in (None, [decision])
        )
    titles = [entry.item.id for entry in current.recommendations]
    kept = [column for name, column in zip(titles, by_patient(every), strict=False) if name in names]
    assert by_patient(some)[: len(names)] == kept


def test_cells_that_are_no_value_are_counted(current: EditionInForce, dialect: Dialect, opened: Open) -> None:
    bad = {
        "patient": ["1", "2", "3"],
        "age": pa.array([50, None, 5000], pa.int32()),
        "her2_ihc": ["3+", "four", None],
        "er_percent": [90.0, 101.0, -1.0] if dialect == "sqlite" else [90.0, float("nan"), 101.0],
        "ecog": [1.5, 1.0, None],
        "relapsed": [True, False, None],
    }
    if dialect == "sqlite":  # its columns have no types: a text is taken for 0, and for no
        bad |= {"lvef": ["60", "60 %", "good"], "pregnant": ["yes", "no", None]}
    table = pa.table(bad)
    with opened(table) as run:
        (counted,) = run(faults_text(current, dialect, columns=table.column_names))
    named = [name for name in current.library.facts if name in bad]
    wrong = {"age": 1, "her2_ihc": 1, "er_percent": 2, "ecog": 1, "relapsed": 0, "lvef": 2, "pregnant": 2}
    assert dict(zip(named, counted, strict=True)) == {name: wrong[name] for name in named}


def when(*lines: str) -> Condition:
    facts = {name: Fact(id=name, title=name, topic="t", kind=kind) for name, kind in KINDS.items()}
    return read_condition(lines, facts, str, [])


def fact(name: str, *, derive: Any = (), findings: Any = (), first_known: tuple[str, ...] = ()) -> Fact:
    lines = [tuple(Derivation(give=give, when=when(*texts)) for give, *texts in some) for some in (derive, findings)]
    abstract = Abstraction(first_known=first_known) if first_known else None
    return Fact(id=name, title=name, topic="t", kind=KINDS[name], derive=lines[0], findings=lines[1], abstract=abstract)  # type: ignore[arg-type]


KINDS = {"a": "yes_no", "b": "yes_no", "c": "yes_no", "d": "yes_no", "e": "yes_no", "f": "yes_no", "g": "yes_no"}
KINDS |= {"number": "integer", "chosen": "yes_no", "listed": "integer"}


def test_contradictions_that_bring_out_others(dialect: Dialect, opened: Open) -> None:
    """Facts and rules made up so that rows are settled one to four times; every row that there can be."""
    facts = {
        **{name: fact(name) for name in ("a", "b", "d", "f")},
        "c": fact("c", findings=[(True, "a IS UNKNOWN"), (False, "NOT a")]),
        "e": fact("e", derive=[(True, "d IS UNKNOWN"), (True, "d AND b"), (False, "b")]),
        "number": fact("number", findings=[(1, "a"), (2, "d")]),
        "chosen": fact("chosen", first_known=("c", "f")),
        "listed": fact("listed", derive=[(1, "a"), (2, "b OR d"), (2, "c"), (1, "f")]),
    }
    rules = [
        Contradiction(id="first", title="first", when=when("a", "b"), facts=("a", "b")),
        Contradiction(id="second", title="second", when=when("c", "d"), facts=("d",)),
        Contradiction(id="third", title="third", when=when("NOT f", "e", "number <> 2"), facts=("f",)),
    ]
    values: dict[str, list[Any]] = {name: [None, True, False] for name in "abcdf"} | {"number": [None, 1]}
    cases = [
        {name: value for name, value in zip(values, row, strict=True) if value is not None}
        for row in product(*values.values())
    ]
    layers = Layers(dialect)
    found = settle_sql(list(facts.values()), values, rules, layers)
    outputs = {"patient": layers.of_table("patient")} | {name: found.facts[name] for name in facts}
    with opened(table_of(facts, cases)) as run:
        answered = zip(*by_patient(run(layers.select("cases", outputs))), strict=True)
    rounds = set()
    for given, cells in zip(cases, answered, strict=True):
        known = {name: Known(value, Origin("recorded")) for name, value in given.items()}
        settled = settle(facts.values(), known, rules)
        rounds.add(len([conflict for conflict in settled.conflicts if conflict.says in {r.title for r in rules}]))
        expected = [settled.known[name].value if name in settled.known else None for name in facts]
        assert list(cells) == expected, given
    assert rounds == {0, 1, 2, 3}


def test_texts_are_quoted(dialect: Dialect, opened: Open) -> None:
    layers = Layers(dialect)
    outputs = {"patient": layers.of_table("patient"), 'it "is"': literal("it's"), "nothing": NOTHING, "sure": TRUE}
    with opened(pa.table({"patient": ["1"]})) as run:
        assert run(layers.select("cases", outputs)) == [("1", "it's", None, True)]


def test_long_names_stay_apart() -> None:
    layers = Layers("postgres")
    text = layers.select("cases", {"a" * 70: TRUE, "a" * 71: NOTHING})
    assert text == f'SELECT\n  TRUE AS "{"a" * 63}",\n  NULL AS "{"a" * 50}#2"\nFROM "cases" AS cases\n'


def test_a_column_that_is_not_there_is_an_error(current: EditionInForce, dialect: Dialect, opened: Open) -> None:
    text = sql_text(current, dialect, columns=["patient", "age"])
    with opened(pa.table({"patient": ["1"]})) as run, pytest.raises(Exception, match="age"):
        run(text)


def test_what_cannot_be_asked_is_told(current: EditionInForce) -> None:
    with pytest.raises(RequestError, match="cases: has no column `patient`"):
        sql_text(current, "duckdb", columns=["age"])
    decision = current.head.decisions[0].id
    with pytest.raises(RequestError, match=f"there is no `{decision}s`. Did you mean {decision}?"):
        sql_text(current, "duckdb", decisions=[f"{decision}s"])
    layers = Layers("postgres")
    with pytest.raises(RequestError, match="postgres: takes 1,664 columns in one SELECT; these are 1,665"):
        layers.select("cases", {f"column{number}": layers.of_table("patient") for number in range(1665)})


def test_the_command_prints_what_a_database_answers(tmp_path: Path, library: Library) -> None:
    schema = schema_of(read_recipe(library), 1, "k")
    table = pa.Table.from_batches(cohort_batches(read_recipe(library), 500, 1, schema), schema)
    parquet.write_table(table, tmp_path / "cases.parquet")
    words = ["cohort", str(tmp_path / "cases.parquet"), "--as-of", TODAY]
    printed = CliRunner().invoke(commands, [*words, "--sql", "duckdb", "--sql-gives", "counts"])
    told = CliRunner().invoke(commands, [*words, "--show", "applies", "--show", "standing", "--json"])
    counted = json.loads(told.stdout)
    with duckdb.connect() as database:
        database.register("cases", table)
        result = database.execute(printed.stdout)
        names, row = [column[0] for column in result.description], result.fetchone()
    for name, count in zip(names, row, strict=True):
        said, _, recommendation = name.partition(".")
        group = "applies" if said in ("true", "unknown") else "standings"
        assert count == counted[group].get(recommendation, {}).get(said, 0), name


def test_sql_is_of_one_day(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"patient": ["a"], "diagnosis_date": ["2020-01-01"]}), tmp_path / "cases.parquet")
    words = ["cohort", str(tmp_path / "cases.parquet"), "--sql", "sqlite", "--as-of", "diagnosis_date"]
    refused = CliRunner().invoke(commands, words)
    assert isinstance(refused.exception, RequestError)
    assert "SQL answers as of one day for all" in str(refused.exception)
