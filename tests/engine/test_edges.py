"""Edges of the engine: a full store of verdicts, a cycle that the calendar cuts, a day on which nothing changes."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from her2guide.chart.read import read_chart
from her2guide.engine import criteria
from her2guide.engine.apply import apply
from her2guide.engine.calendar import doses_of
from her2guide.engine.compare import compare
from her2guide.engine.consultation import Consultation
from her2guide.engine.timeline import timeline
from her2guide.library.library import Library
from her2guide.model.chart import Observation
from her2guide.model.knowledge import Phase
from tests.conftest import ROOT, TODAY, case_of


def test_verdicts_are_the_same_after_the_kept_ones_were_given_up(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition = library.edition("current", "us", TODAY)
    pairs = [(score, extent) for score in ("3+", "1+", "0") for extent in ("early", "metastatic")]
    people = [case_of(library, her2_ihc=score, disease_extent=extent) for score, extent in pairs]
    wanted = [apply(edition, person).verdicts for person in people]
    monkeypatch.setattr(criteria, "MOST_KEPT", 2)
    monkeypatch.setattr(criteria, "MADE", {})
    assert [apply(edition, person).verdicts for person in people] == wanted


def test_a_day_of_a_cycle_behind_the_end_is_left_out() -> None:
    phase = Phase(agents=("a",), cycle_days=21, on_days=(1, 8), cycles=2)
    start = date(2026, 1, 1)
    assert [entry.on.day for entry in doses_of(phase, start, date(2026, 1, 25))] == [1, 8, 22]


def test_what_is_ruled_out_stands_in_no_comparison_and_no_timeline(library: Library) -> None:
    chart = read_chart(ROOT / "examples/relapse-after-trastuzumab.yaml", library)
    sick = Observation("lung_inflammation", "current", date(2026, 11, 1), "test")
    chart = replace(chart, observations=(*chart.observations, sick))
    one = Consultation(chart, library.edition("current", "us", TODAY), TODAY)
    ruled = {option.regimen for option in one.guidance().options if option.standing == "ruled out"}
    assert ruled
    assert {found.kind for found in compare(one.guidance(), one.guidance(), library)} == {"identical"}
    told = timeline(one, date(2024, 1, 1))
    standing = {s.regimen for s in told.first} | {s.regimen for change in told.changes for s in change.came}
    assert not ruled & standing
    assert all(change.came or change.went or change.moved for change in told.changes)
