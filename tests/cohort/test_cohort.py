"""A table of cases gets, row by row, what the interpreter says of each patient; in whatever form the table comes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

import her2guide as h
from her2guide.chart.abstract import abstract
from her2guide.cohort.answers import GROUPS, OUTCOMES, Counts, counts_of
from her2guide.cohort.call import write_answers
from her2guide.cohort.cases_in import CaseLines
from her2guide.cohort.run import asking, prepared
from her2guide.cohort.sources import source_at, stamp_of
from her2guide.engine.apply import apply
from her2guide.errors import RequestError
from her2guide.library.library import EditionInForce, Library
from her2guide.model.guidance import BEST_FIRST, Guidance
from tests.chart.random_charts import random_charts
from tests.conftest import TODAY

from .test_kernel import drawn, interpreted

Row = dict[str, Any]
DAY = "2026-11-23"
CASES = 400


@pytest.fixture(scope="module")
def drawn_rows() -> list[Row]:
    draw = random.Random("rows")  # noqa: S311 - drawn anew alike each time
    return [{"patient": f"p{number}", **drawn(draw)} for number in range(CASES)]


def table_of(rows: Iterable[Row], library: Library) -> pa.Table:
    types = {"yes_no": pa.bool_(), "integer": pa.int16(), "decimal": pa.float64(), "code": pa.string()}
    rows = list(rows)
    named = {name for row in rows for name in row} & set(library.facts)
    facts = [pa.field(name, types[library.facts[name].kind]) for name in library.facts if name in named]
    return pa.Table.from_pylist(rows, pa.schema([("patient", pa.string()), ("diagnosis_date", pa.date32()), *facts]))


def expected(guidance: Guidance, library: Library) -> Row:
    """The answers that a guidance comes to, without those that are false or null."""
    said: Row = {f"applies.{found.recommendation}": found.applies for found in guidance.verdicts}
    said |= {f"standing.{option.recommendation}": option.standing for option in guidance.options}
    said |= {f"missing.{missing.fact}": True for missing in guidance.missing}
    edition = library.editions[guidance.edition]
    options = {
        item.id: item.decision for item in edition.recommendations
        if item.recommend.regimen and item.recommend.action not in ("avoid", "obtain")
    }  # fmt: skip
    unknown = {
        found.decision for found in guidance.verdicts if found.applies is None and found.recommendation in options
    }
    for decision in dict.fromkeys(options.values()):
        met = {option.standing for option in guidance.options if option.decision == decision}
        open_ = ["cannot tell"] if decision in unknown else []
        best = [standing for standing in BEST_FIRST if standing in met]
        usable = [standing for standing in best if standing != "ruled out"]
        said[f"decision.{decision}"] = [*usable, *open_, *best, "none"][0]
    return said


def check_answers(table: pa.Table, guidances: list[Guidance], library: Library) -> None:
    rows = table.to_pylist()
    assert len(rows) == len(guidances)
    seen = set()
    for row, guidance in zip(rows, guidances, strict=True):
        wanted = expected(guidance, library)
        for name, value in row.items():
            if name.partition(".")[0] in GROUPS:
                otherwise = None if name.startswith("standing") else False
                assert value == wanted.get(name, otherwise), (name, guidance.case.values())
                seen.add((name.partition(".")[0], value))
    assert {value for group, value in seen if group == "applies"} == {True, False, None}
    assert {value for group, value in seen if group == "standing"} == {None, *BEST_FIRST}
    assert {value for group, value in seen if group == "decision"} == set(OUTCOMES)


def test_a_table_gets_what_the_interpreter_says(library: Library, drawn_rows: list[Row]) -> None:
    edition = library.edition("current", "us", DAY)
    found = h.cohort(table_of(drawn_rows, library), as_of=DAY, show=GROUPS)
    check_answers(found, [interpreted(edition, facts_in(row))[1] for row in drawn_rows], library)


def facts_in(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in ("patient", "diagnosis_date")}


def days_to_try(library: Library, draw: random.Random) -> list[date]:
    """Days on which something changed, and the days before."""
    edition = library.editions["current"]
    starts = {day for item in edition.recommendations for day in item.in_force.get("us", {})}
    lines = (line for fact in library.facts.values() for line in (*fact.derive, *fact.findings))
    starts |= {day for line in lines for day in (line.since, line.until) if day}
    chosen = draw.sample(sorted(starts), 8)
    days = {edition.head.first_day, *chosen, *(day - timedelta(1) for day in chosen)}
    return sorted(day for day in days if day >= edition.head.first_day)


def test_each_row_as_of_its_own_day(library: Library, drawn_rows: list[Row]) -> None:
    draw = random.Random("days")  # noqa: S311 - drawn anew alike each time
    days = days_to_try(library, draw)
    rows = [{**row, "diagnosis_date": draw.choice(days)} for row in drawn_rows]
    editions: dict[date, EditionInForce] = {day: library.edition("current", "us", day) for day in days}
    found = h.cohort(table_of(rows, library), as_of="diagnosis_date", show=GROUPS)
    guidances = [interpreted(editions[row["diagnosis_date"]], facts_in(row))[1] for row in rows]
    check_answers(found, guidances, library)


def test_a_day_that_is_not_known_settles_nothing(library: Library, drawn_rows: list[Row]) -> None:
    """Neither null nor a day before the edition can answer makes anything apply; what is false on all days is false."""
    first = library.editions["current"].head.first_day
    rows = [{**row, "diagnosis_date": None} for row in drawn_rows]
    rows += [{**row, "diagnosis_date": first - timedelta(1)} for row in drawn_rows]
    for row in h.cohort(table_of(rows, library), as_of="diagnosis_date", show=("applies", "standing")).to_pylist():
        assert not [name for name, value in row.items() if name.startswith("applies") and value]
        assert not [name for name, value in row.items() if name.startswith("standing") and value]


FORMS: dict[str, Callable[[pa.Table, Path], Any]] = {
    "pyarrow": lambda table, place: table,
    "batches": lambda table, place: pa.RecordBatchReader.from_batches(table.schema, table.to_batches(7)),
    "batch": lambda table, place: table.combine_chunks().to_batches()[0],
    "pandas": lambda table, place: table.to_pandas(),
    "polars": lambda table, place: pl.from_arrow(table),
    "polars categories": lambda table, place: pl.from_arrow(table).with_columns(  # type: ignore[union-attr]
        pl.col(pl.String).exclude("patient").cast(pl.Categorical)
    ),
    "duckdb": lambda table, place: duckdb.connect().from_arrow(table),
    "parquet": lambda table, place: written(parquet.write_table, table, place / "t.parquet"),
    "parquet groups": lambda table, place: written(parquet.write_table, table, place / "t.parquet", row_group_size=9),
    "csv": lambda table, place: written(csv.write_csv, table, place / "t.csv"),
    "arrow file": lambda table, place: ipc(pa.ipc.new_file, table, place / "t.arrow"),
    "arrow stream": lambda table, place: ipc(pa.ipc.new_stream, table, place / "t.arrow"),
    "database": lambda table, place: database(table, place / "t.duckdb"),
}


def written(write: Callable[..., Any], table: pa.Table, place: Path, **choice: Any) -> Path:
    write(table, place, **choice)
    return place


def ipc(make: Callable[..., Any], table: pa.Table, place: Path) -> Path:
    with make(place, table.schema) as writer:
        writer.write_table(table, max_chunksize=11)
    return place


def database(table: pa.Table, place: Path) -> Path:
    with duckdb.connect(str(place)) as made:
        made.register("shown", table)
        made.execute("CREATE TABLE cases AS SELECT * FROM shown")
    return place


@pytest.fixture(scope="module")
def plain_answers(library: Library, drawn_rows: list[Row]) -> pa.Table:
    return h.cohort(table_of(drawn_rows, library), as_of=DAY, show=GROUPS)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gets_the_same_answers(
    library: Library, drawn_rows: list[Row], plain_answers: pa.Table, tmp_path: Path, form: str
) -> None:
    table = table_of(drawn_rows, library)
    assert h.cohort(FORMS[form](table, tmp_path), as_of=DAY, show=GROUPS).to_pylist() == plain_answers.to_pylist()


def test_finished_cases_get_what_apply_says(library: Library, tmp_path: Path) -> None:
    """A case has settled more than a row tells, by the days of its records: nothing is settled anew."""
    charts = list(random_charts(library, CASES))
    cases = [abstract(chart, library.facts, TODAY, library) for chart in charts]
    assert sum(bool(case.conflicts) for case in cases) > 10
    place = tmp_path / "cases.ndjson"
    place.write_bytes(b"".join(msgspec.json.encode(case) + b"\n" for case in cases))
    found = h.cohort(place, as_of=TODAY.isoformat(), show=GROUPS).to_pylist()
    edition = library.edition("current", "us", TODAY)
    for row, case in zip(found, cases, strict=True):
        wanted = expected(apply(edition, case), library)
        for name, value in row.items():
            if name.partition(".")[0] in GROUPS:
                otherwise = None if name.startswith("standing") else False
                assert value == wanted.get(name, otherwise), (name, case.values())


def test_counts_of_planes_and_of_answers_agree(library: Library, drawn_rows: list[Row]) -> None:
    answering = asking(as_of=DAY, show=GROUPS)
    batch = table_of(drawn_rows, library).combine_chunks().to_batches()[0]
    judged = answering.judged(batch)
    assert judged.counts() == counts_of(answering.told(judged)) == counts_of(answering(batch))
    total = Counts()
    for start in range(0, CASES, 40):
        total.add(answering.judged(batch.slice(start, 40)).counts())
    assert total == judged.counts()


def test_what_is_shown(library: Library, drawn_rows: list[Row]) -> None:
    table = table_of(drawn_rows, library).append_column("given", pa.array(["x"] * CASES))
    table = table.append_column("synthetic", pa.array([True] * CASES))
    decision = library.editions["current"].head.decisions[3].id
    found = h.cohort(table, as_of=DAY, show=["decision", "applies"], decisions=[decision], keep=["given"])
    assert found.column_names[:4] == ["patient", "synthetic", "given", f"decision.{decision}"]
    items = [item for item in library.editions["current"].recommendations if item.decision == decision]
    assert set(found.column_names[4:]) == {f"applies.{item.id}" for item in items}


def test_the_columns_do_not_depend_on_the_day(library: Library, drawn_rows: list[Row]) -> None:
    table = table_of([{**row, "diagnosis_date": TODAY} for row in drawn_rows[:3]], library)
    days = ("2001-01-01", DAY, "diagnosis_date")
    one, other, own = (h.cohort(table, as_of=day, show=GROUPS) for day in days)
    assert one.schema == other.schema == own.schema
    assert other.to_pylist() == own.to_pylist()


def test_an_empty_table(library: Library, tmp_path: Path) -> None:
    table = table_of([], library)
    assert h.cohort(table).num_rows == 0
    place = written(parquet.write_table, table, tmp_path / "t.parquet")
    done = write_answers(source_at(place), asking(), tmp_path / "out.parquet")
    assert (done.counts.patients, parquet.read_table(tmp_path / "out.parquet").num_rows) == (0, 0)


QUESTIONS: list[tuple[Row, str]] = [
    ({"as_of": "soon"}, "--as-of: 'soon' is not a date."),
    ({"as_of": "1990-01-01"}, "cannot answer for 1990-01-01"),
    ({"region": "uk"}, "does not cover 'uk'"),
    ({"edition": "curent"}, "Did you mean current?"),
    ({"show": ["standings"]}, "--show: there is no `standings`. Did you mean standing?"),
    ({"decisions": ["dcsi"]}, "--decision: there is no `dcsi`. Did you mean dcis?"),
    ({"keep": ["site"]}, "--keep: there is no column `site`."),
    ({"as_of": "recorded_on"}, "--as-of: the table has no column `recorded_on`."),
]


@pytest.mark.parametrize(("question", "says"), QUESTIONS)
def test_questions_that_cannot_be_answered(library: Library, drawn_rows: list[Row], question: Row, says: str) -> None:
    with pytest.raises(RequestError) as fault:
        h.cohort(table_of(drawn_rows[:2], library), **question)
    assert says in str(fault.value)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (pa.table({"patient": pa.array(["a", None])}), "column patient, row 2: names no patient."),
        (pa.table({"grade": ["1"]}), "table: has no column `patient`."),
        (pa.table({"patient": ["a"], "diagnosis_date": ["2020"]}), "its type string is no date."),
        (pd.DataFrame({"patient": ["a", "b"], "grade": ["1", 2]}), "cases: cannot be read as Arrow:"),
        ({"patient": ["a"]}, "cases: a dict hands out no Arrow table."),
    ],
)
def test_tables_that_cannot_be_used(table: Any, says: str) -> None:
    with pytest.raises(RequestError) as fault:
        h.cohort(table, as_of="diagnosis_date" if "2020" in str(table) else None)
    assert says in str(fault.value)


def test_other_knowledge_answers_nothing(library: Library, drawn_rows: list[Row]) -> None:
    """A question that was asked of one library and is answered on a machine with another."""
    other = msgspec.structs.replace(asking(as_of=DAY), knowledge="0" * 16)
    with pytest.raises(RequestError, match="Install the same version everywhere"):
        prepared(other)


def test_values_of_a_case_that_are_none(tmp_path: Path) -> None:
    place = tmp_path / "cases.ndjson"
    known = '{"grade": {"value": "9"}, "grad": {"value": "1"}}'
    place.write_text(f'{{"patient": "a", "as_of": "2026-01-01", "known": {known}}}\n')
    with pytest.raises(RequestError) as fault:
        list(CaseLines(place, stamp_of(place)).pieces(100))
    assert [problem.what for problem in fault.value.problems] == [
        "'9' is not a value of `grade`.", "there is no fact `grad`.",
    ]  # fmt: skip


def test_csv_holds_no_formula(tmp_path: Path) -> None:
    """A spreadsheet runs a cell that begins so; an apostrophe makes it text."""
    ids = ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1", "p=1", "7"]
    table = pa.table({"patient": ids, "age": [50] * len(ids)})
    parquet.write_table(table, tmp_path / "cases.parquet")
    answering = asking(as_of=DAY, show=["decision"])
    for name in ("out.csv", "out.parquet"):
        write_answers(source_at(tmp_path / "cases.parquet"), answering, tmp_path / name)
    found = csv.read_csv(tmp_path / "out.csv")["patient"].to_pylist()
    assert found == ["'=HYPERLINK(1)", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "p=1", "7"]
    assert parquet.read_table(tmp_path / "out.parquet")["patient"].to_pylist() == ids
