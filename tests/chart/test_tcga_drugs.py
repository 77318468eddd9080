"""The drug records of TCGA-BRCA as typed, where HER2GUIDE_DATA names the folder that holds them.

`pytest -s` prints the sample that was checked by hand, and each name that stays undecided with its reason.
"""

from __future__ import annotations

import csv
import random
from collections import Counter
from pathlib import Path

import pytest
import yaml

from her2guide.chart.names import AgentNames, Reading
from her2guide.library.library import Library

COLUMN = "pharmaceutical_therapy_drug_name"
CHECKED = yaml.safe_load((Path(__file__).parent / "tcga_drug_names.yaml").read_text(encoding="utf-8"))
SAMPLE, SEED = 300, 20261123


@pytest.fixture(scope="module")
def typed(real_data: Path) -> list[str]:
    """The names of all lines that name something."""
    with (real_data / "cohorts" / "tcga_brca_drug.tsv").open(encoding="utf-8") as file:
        names = [row[COLUMN] for row in csv.DictReader(file, delimiter="\t")]
    return [name for name in names if not name.startswith("[")]


@pytest.fixture(scope="module")
def names(library: Library) -> AgentNames:
    return AgentNames(library)


def meaning(reading: Reading) -> str:
    return " + ".join([*reading.agents, *reading.substances])


def test_at_least_97_of_100_lines_are_read(typed: list[str], names: AgentNames) -> None:
    left = Counter(name for name in typed if not names.read(name).how or names.read(name).why)
    read = 1 - left.total() / len(typed)
    print(f"\n{len(typed)} lines, {read:.2%} read")
    for name, lines in left.items():
        print(f"undecided, {lines} lines: {name!r}: {names.read(name).why}")
    assert len(typed) > 1000
    assert read >= 0.99  # of this half; the aim is 97 %


def test_none_of_300_lines_is_wrong(typed: list[str], names: AgentNames) -> None:
    checked = {name: drugs for drugs, listed in CHECKED.items() for name in listed}
    sample = random.Random(SEED).sample(typed, SAMPLE)  # noqa: S311 - not a secret
    for number, name in enumerate(sample, 1):
        print(f"{number}: {name!r} -> {meaning(names.read(name)) or 'undecided'}")
    wrong = [name for name in sample if meaning(names.read(name)) not in ("", checked.get(name))]
    assert wrong == []


@pytest.mark.parametrize("drugs", CHECKED)
def test_what_was_checked_by_hand_is_read_so(names: AgentNames, drugs: str) -> None:
    assert {name: meaning(names.read(name)) for name in CHECKED[drugs]} == dict.fromkeys(CHECKED[drugs], drugs)
