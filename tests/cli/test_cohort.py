"""The command `cohort`: records of many patients and their finished cases get the same answers; what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pyarrow import csv, parquet

from tests.conftest import ROOT, Finished

Command = Callable[..., Finished]
CLINIC = ROOT / "examples" / "tables" / "clinic.csv"
COLUMNS = ("--columns", ROOT / "examples" / "tables" / "clinic.yaml")
DAY = ("--as-of", "2026-11-23")
REGISTRY = "patientIdNumber,primarySite,her2OverallSummary,dateOfDiagnosis\n7,C504,1,20230411\n8,C504,0,20230412\n"
FACTS = "patient,diagnosis_date,grade,pregnant,lvef\na,2020-01-02,3,no,55\nb,,,,\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    place = tmp_path / "cases.csv"
    place.write_text(FACTS)
    return place


def test_records_and_their_cases_get_the_same_answers(her2guide: Command, tmp_path: Path) -> None:
    registry = tmp_path / "registry.csv"
    registry.write_text(REGISTRY)
    for number, records in enumerate(((CLINIC, *COLUMNS), (registry,), (ROOT / "examples",))):
        cases, out = tmp_path / f"{number}.ndjson", [tmp_path / f"{name}{number}.parquet" for name in ("one", "other")]
        assert her2guide("abstract", *records, *DAY, "-o", cases).code == 0
        assert her2guide("cohort", *records, *DAY, "-o", out[0]).code == 0
        assert her2guide("cohort", cases, *DAY, "-o", out[1]).code == 0
        one, other = map(parquet.read_table, out)
        assert one.num_rows > 1
        assert one.to_pylist() == other.to_pylist()


def test_the_summary(her2guide: Command, table: Path, tmp_path: Path) -> None:
    done = her2guide("cohort", table, *DAY)
    assert (done.code, done.text.splitlines()[0]) == (0, "2 patients; current edition, us, as of 2026-11-23")
    data = json.loads(her2guide("cohort", table, *DAY, "--json").out)
    assert data["patients"] == 2
    assert all(sum(counts.values()) == 2 for counts in data["decisions"].values())
    done = her2guide("cohort", table, *DAY, "--show", "decision", "--keep", "grade", "-o", tmp_path / "out.csv")
    assert (done.code, f"wrote {tmp_path / 'out.csv'}" in done.err) == (0, True)
    assert csv.read_csv(tmp_path / "out.csv")["grade"].to_pylist() == [3, None]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("-o", "out.txt"), "out.txt: the ending '.txt' is not known."),
        (("-o", "cases.csv"), "is the chart itself."),
        (("--as-of", "soon"), "--as-of: 'soon' is not a date."),
        (("--patient", "a"), "--patient: a cohort has all patients."),
        (("--table", "x"), "--table: is for databases."),
        (("--show", "standings"), "Did you mean standing?"),
        (("--keep", "grad"), "--keep: there is no column `grad`."),
    ],
)
def test_what_is_refused(
    her2guide: Command, table: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], says: str
) -> None:
    monkeypatch.chdir(table.parent)
    done = her2guide("cohort", table, *words)
    assert (done.code, done.out) == (2, b"")
    assert says in done.err
    assert table.read_text() == FACTS
    assert [place.name for place in table.parent.iterdir()] == ["cases.csv"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("patient,grade\na,4\n", "column grade, row 1: '4' is not a value of `grade`."),
        ("patient,grad\na,1\n", "column grad: is no fact. Did you mean grade?"),
        ("patient,diagnosis_date\na,soon\n", "cannot be read: In CSV column #1"),
        ("patient,grade\na\n", "cannot be read: CSV parse error"),
        ("id,name\n1,x\n", "no column map recognises it."),
        ("", "cases.csv"),
    ],
)
def test_tables_that_cannot_be_used(her2guide: Command, table: Path, text: str, says: str) -> None:
    table.write_text(text)
    done = her2guide("cohort", table)
    assert (done.code, done.out) == (2, b"")
    assert says in done.err
    assert "Traceback" not in done.err
