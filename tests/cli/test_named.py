"""`her2guide names`: what names of treatments mean."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Finished

TABLE = "id\tdrug\n1\tTaxol\n2\tTaxol\n3\tAC\n4\t[Not Available]\n5\ttc\n6\tTaxol + trial drug\n"


def test_names_are_read_one_by_one(her2guide: Callable[..., Finished]) -> None:
    done = her2guide("names", "TCHP", "Adriamycim", "vs")
    assert done.code == 0
    assert "docetaxel + carboplatin + trastuzumab + pertuzumab [regimen]" in done.text
    assert "doxorubicin [respelled]" in done.text
    assert "undecided: `vs`" in done.text


def test_a_column_is_counted(her2guide: Callable[..., Finished], tmp_path: Path) -> None:
    table = tmp_path / "drugs.tsv"
    table.write_text(TABLE, encoding="utf-8")
    lines = her2guide("names", "--table", str(table), "--column", "drug").text.splitlines()
    assert lines[0].split() == ["2", "Taxol", "paclitaxel"]
    assert "nothing is recorded" in next(line for line in lines if "Not Available" in line)
    assert "paclitaxel; undecided: `trial drug`" in next(line for line in lines if "+ trial drug" in line)
    assert lines[-1] == "3 of 5 lines that name something were read in full (60.0 %)."


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ([], "needs names, or a table and its column"),
        (["--table", "x.tsv"], "needs names, or a table and its column"),
        (["--table", "absent.tsv", "--column", "drug"], "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(her2guide: Callable[..., Finished], words: list[str], problem: str) -> None:
    done = her2guide("names", *words)
    assert (done.code, done.text) == (2, "")
    assert problem in done.err


def test_a_missing_column_is_named_with_those_there_are(her2guide: Callable[..., Finished], tmp_path: Path) -> None:
    table = tmp_path / "drugs.csv"
    table.write_text("id,drug_name\n1,Taxol\n", encoding="utf-8")
    done = her2guide("names", "--table", str(table), "--column", "drug_nam")
    assert done.code == 2
    assert "there is no column `drug_nam`. Did you mean drug_name?" in done.err
