"""`her2guide verify` on the command line, and what it finds shown again by the interpreter from the chart it writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import msgspec
import pytest

from her2guide.chart.abstract import abstract
from her2guide.chart.read import read_chart
from her2guide.cli.verify import chart_name, chart_text, write_report
from her2guide.engine.apply import apply
from her2guide.library.library import Library
from her2guide.proof.difference import differences
from her2guide.proof.found import Claim, tried
from her2guide.proof.statements import read_statements
from her2guide.proof.verify import QUICK, Report, claims, section_of, verify
from her2guide.proof.world import World
from tests.conftest import Finished

Command = Callable[..., Finished]
DAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def report(own_cache: None) -> Report:
    return verify("current", DAY, QUICK)


@pytest.fixture(scope="module")
def known(library: Library, report: Report) -> Report:
    """The report with a section of what is known to fail on the day: one finding for each avoided thing."""
    statements = read_statements(library)
    world = World(library, "current", statements.conditions(), DAY)
    first: dict[str, Claim] = {}
    for claim in claims("opposed", world, statements):
        if statements.knows("opposed", claim.about) and world.circuit.possible(*claim.bits):
            first.setdefault(claim.about[0], claim)
    section = section_of(tried("opposed", world, first.values()), statements, library)
    return msgspec.structs.replace(report, sections=(section,))


def test_nothing_new_is_found_today(report: Report) -> None:
    assert report.new() == []
    assert {section.family for section in report.sections} == {*QUICK}
    assert all(section.tried > 0 for section in report.sections)


def test_what_is_found_is_shown_again_from_its_chart(known: Report, library: Library, tmp_path: Path) -> None:
    write_report(tmp_path, known)
    entries = known.sections[0].entries
    assert len(entries) > 1
    for entry in entries:
        assert entry.known
        chart = read_chart(tmp_path / "charts" / f"{chart_name(entry)}.yaml", library)
        edition = library.edition("current", entry.found.regions[-1], entry.found.last)
        case = abstract(chart, library.facts, edition.as_of, library)
        assert not case.conflicts
        guidance = apply(edition, case)
        assert entry.found.about[0] in {verdict.recommendation for verdict in guidance.verdicts if verdict.applies}
        spoken = {name for option in guidance.options for name in (option.decision, option.recommendation)}
        assert spoken & {*entry.found.about[1:]}


def test_a_chart_can_be_read_in_ten_seconds(known: Report) -> None:
    for entry in known.sections[0].entries:
        text = chart_text(entry, known)
        assert text.startswith("# Found by `her2guide verify`: ")
        assert f"her2guide advise {chart_name(entry)}.yaml --edition current --region" in text
        assert 0 < len(entry.patient) < 1000


def test_the_report_is_read_back_and_the_page_is_escaped(known: Report, tmp_path: Path) -> None:
    write_report(tmp_path, known)
    assert msgspec.json.decode((tmp_path / "verification.json").read_bytes(), type=Report) == known
    page = (tmp_path / "verification.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert all(says.split("<")[0] in page for says in known.invariants.values())


def test_quick_on_the_command_line(her2guide: Command, tmp_path: Path) -> None:
    done = her2guide("verify", "--quick", "-o", tmp_path)
    assert done.code == 0
    assert "Whatever the rules say, no option breaks an invariant." in done.text
    assert "holds no full proof" in done.text
    assert not any(tmp_path.iterdir())


def test_without_the_solver_a_sentence(her2guide: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("her2guide.cli.verify.find_spec", lambda _: None)
    done = her2guide("verify", "--quick")
    assert (done.code, done.text) == (2, "")
    assert "the solver Z3 is not installed. Install it: pip install 'her2guide[proof]'." in done.err


def test_an_edition_that_is_none(her2guide: Command) -> None:
    done = her2guide("verify", "--quick", "--edition", "curent")
    assert done.code == 2
    assert "there is no edition `curent`." in done.err


def test_the_difference_of_two_days(her2guide: Command) -> None:
    done = her2guide("verify", "--difference", "2026-05-14", "2026-05-15")
    assert done.code == 0
    assert "T-DM1 for any residual invasive disease: preferred before, alternative after" in done.text
    assert her2guide("verify", "--difference", "2026-05-15", "2026-05-15").text.strip() == "Nothing changed."
    assert her2guide("verify", "--difference", "soon", "2026-05-15").code == 2


def test_a_definition_that_changed_is_told_exactly(library: Library) -> None:
    before, after = (
        library.edition("current", "us", day, even_if_expired=True) for day in ("2013-10-06", "2013-10-07")
    )
    said = [text for text in differences(before, after, library) if text.startswith("HER2 result by single-probe ISH")]
    copies = "HER2 copies per cell by single-probe ISH"
    assert said == [f"HER2 result by single-probe ISH, where {copies} is 6: equivocal before, positive after"]


def test_the_report_is_json(report: Report) -> None:
    assert json.loads(msgspec.json.encode(report))["edition"] == "current"
