"""The invented reports of tests/chart/reports/, what each should give, and how well they are read.

Development: what the patterns were made with. The others were written, with their fields, before they were first read.

A field is right when fact, value, specimen and side are right.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from her2guide.chart.report.proposal import Report
from her2guide.chart.report.read import report_of
from her2guide.documents import read_yaml
from her2guide.language.typed import typed_value
from her2guide.library.library import Library
from her2guide.model.condition import Value

FOLDER = Path(__file__).parent / "reports"
HALVES = ("development", "held_out", "later", "fresh", "last")
Field = tuple[str, str, str, Value]  # specimen ("report" for the whole), side ("-" for none), fact, value


class Read(NamedTuple):
    """One text: the fields it should give and those it gave, subjects it should pass over, and its report."""

    name: str
    wanted: frozenset[Field]
    found: frozenset[Field]
    wanted_passed: frozenset[str]
    wanted_day: str | None
    report: Report

    @property
    def passed(self) -> frozenset[str]:
        return frozenset(one.about for one in self.report.passed)


class Figures(NamedTuple):
    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed)


def texts(half: str) -> list[Path]:
    return sorted((FOLDER / half).glob("*.txt"))


def read(place: Path, library: Library) -> Read:
    expected = read_yaml(place.with_suffix(".yaml").read_text(encoding="utf-8"), place.name).data
    wanted = set()
    for about, fields in expected["expect"].items():
        specimen, side = about.rsplit(" ", 1)
        for fact, raw in fields.items():
            wanted.add((specimen, side, fact, typed_value(library.facts[fact], raw)))
    report = report_of(place.read_text(encoding="utf-8"), place.name, library)
    found = {(p.tissue.name() or "report", p.tissue.side or "-", p.fact, p.value) for p in report.proposals}
    passed = frozenset(expected.get("passed", ()))
    return Read(place.stem, frozenset(wanted), frozenset(found), passed, expected.get("day"), report)


def values_alone(reads: list[Read]) -> Figures:
    """As `figures`, whatever specimen and side a value is given to."""
    pairs = [({field[2:] for field in one.wanted}, {field[2:] for field in one.found}) for one in reads]
    right = sum(len(wanted & found) for wanted, found in pairs)
    return Figures(right, sum(len(f - w) for w, f in pairs), sum(len(w - f) for w, f in pairs))


def figures(reads: list[Read]) -> Figures:
    right = sum(len(one.wanted & one.found) for one in reads)
    return Figures(
        right, sum(len(one.found - one.wanted) for one in reads), sum(len(one.wanted - one.found) for one in reads)
    )
