"""Commands on tables of many patients."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT, Finished

CLINIC = ROOT / "examples" / "tables" / "clinic.csv"
COLUMNS = ROOT / "examples" / "tables" / "clinic.yaml"
REGISTRY = "patientIdNumber,primarySite,her2OverallSummary,dateOfDiagnosis\n7,C504,1,20230411\n8,C504,0,20230412\n"
Command = Callable[..., Finished]


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    place = tmp_path / "registry.csv"
    place.write_text(REGISTRY)
    return place


def test_a_line_for_each_patient_and_the_counts(her2guide: Command) -> None:
    ended = her2guide("abstract", CLINIC, "--columns", COLUMNS)
    assert ended.code == 0
    lines = ended.text.splitlines()
    assert re.fullmatch(r"A-1 +\d+ known, 0 conflicts, 1 passed over", lines[0])
    assert lines[4] == "3 patients"
    assert "       1 Drug: no agent has this name, `b` is not known" in lines


def test_cases_as_lines_of_json(her2guide: Command, tmp_path: Path) -> None:
    output = tmp_path / "cases.ndjson"
    ended = her2guide("abstract", CLINIC, "--columns", COLUMNS, "-o", output)
    assert (ended.code, "3 patients" in ended.text) == (0, True)
    cases = [json.loads(line) for line in output.read_text().splitlines()]
    assert [case["patient"] for case in cases] == ["A-1", "A-2", "A-3"]
    assert cases[0]["known"]["her2_ihc"]["origin"]["where"] == ["clinic.csv row 2, HER2"]
    assert her2guide("abstract", CLINIC, "--columns", COLUMNS, "--json").out == output.read_bytes()


def test_one_patient_as_any_chart(her2guide: Command, registry: Path) -> None:
    ended = her2guide("abstract", registry, "--patient", "7")
    assert ended.text.startswith("case of 7 as of")
    assert "recorded on 2023-04-11 at registry.csv row 2, her2OverallSummary" in ended.text
    advised = her2guide("advise", CLINIC, "--columns", COLUMNS, "--patient", "A-2")
    assert (advised.code, "Missing facts" in advised.text) == (0, True)


def test_a_table_of_one_patient_is_any_chart(her2guide: Command, tmp_path: Path) -> None:
    place = tmp_path / "one.csv"
    place.write_text(REGISTRY[: REGISTRY.index("8,")])
    assert her2guide("abstract", place).text.startswith("case of 7 as of")
    assert her2guide("advise", place).code == 0


def test_tables_are_joined(her2guide: Command, registry: Path, tmp_path: Path) -> None:
    other = tmp_path / "conditions.csv"
    other.write_text("mrn,familyName,givenName,gender,dateOfBirth\n7,X,Y,female,1970-02-03\n")
    ended = her2guide("abstract", registry, "--with", other, "--patient", "7")
    assert "at date of birth: completed years from 1970-02-03" in ended.text
    assert "her2_status" in ended.text


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--patient", "9"], "it holds no patient `9`."),
        (["--with", "none.csv", "--patient", "7"], "none.csv: cannot be read: No such file or directory."),
        (["--columns", "none.yaml", "--patient", "7"], "none.yaml: cannot be read: No such file or directory."),
        (["--columns", COLUMNS], "has no column `Pat-Nr` for the patient."),
    ],
)
def test_what_cannot_be_done_is_said(her2guide: Command, registry: Path, words: list[str], told: str) -> None:
    ended = her2guide("abstract", registry, *words)
    assert (ended.code, ended.out) == (2, b"")
    assert told in ended.err


def test_a_table_of_many_needs_a_patient_for_advice(her2guide: Command, registry: Path) -> None:
    ended = her2guide("guide", registry)
    assert ended.code == 2
    assert "it holds several patients, 7 and 8 among them. Name one with --patient." in ended.err


def test_a_chart_is_no_table(her2guide: Command) -> None:
    chart = ROOT / "examples" / "early-triple-positive.yaml"
    ended = her2guide("abstract", chart, "--patient", "7")
    assert (ended.code, "--patient: the record is not a table of patients." in ended.err) == (2, True)


def test_the_table_itself_is_not_written_over(her2guide: Command, registry: Path) -> None:
    ended = her2guide("abstract", registry, "-o", registry)
    assert (ended.code, registry.read_text()) == (2, REGISTRY)


def test_a_table_that_breaks_off_leaves_no_file(her2guide: Command, registry: Path, tmp_path: Path) -> None:
    registry.write_text(REGISTRY + "9,C504\n")
    output = tmp_path / "cases.ndjson"
    ended = her2guide("abstract", registry, "-o", output)
    assert (ended.code, "row 4 cannot be read" in ended.err) == (2, True)
    assert [place.name for place in tmp_path.iterdir()] == ["registry.csv"]


def test_an_empty_folder_is_refused(her2guide: Command, tmp_path: Path) -> None:
    ended = her2guide("abstract", tmp_path)
    assert (ended.code, "holds no charts" in ended.err) == (2, True)
