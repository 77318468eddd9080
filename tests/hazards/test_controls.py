"""Controls of docs/hazards.md that no other test shows: what every print says, no dose, men, shifted columns."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from pypdf import PdfReader

from her2guide.chart.abstract import abstract
from her2guide.chart.report.read import report_of
from her2guide.chart.table import read_table
from her2guide.engine.apply import apply
from her2guide.errors import ChartError, KnowledgeError
from her2guide.guide.write import write_guide
from her2guide.library.build import read_column_map
from her2guide.library.library import Library
from her2guide.model.chart import Chart
from tests.conftest import EXAMPLES, TODAY, Finished, case_of

Command = Callable[..., Finished]
DOSE = re.compile(r"\d\s?(mg|g/m|µg|mcg|micrograms?|milligrams?|IU|units)\b", re.IGNORECASE)


def words_of(place: Path) -> str:
    data = place.read_bytes()
    text = data.decode() if place.suffix != ".pdf" else ""
    pages = PdfReader(io.BytesIO(data)).pages if place.suffix == ".pdf" else []
    return re.sub(r"\s+", " ", text or " ".join(page.extract_text() for page in pages))


@pytest.mark.parametrize("reader", ["patient", "clinician"])
@pytest.mark.parametrize("edition", ["current", "article"])
@pytest.mark.parametrize("ending", ["txt", "html", "pdf"])
def test_every_print_says_whose_of_when_where_and_from_what(
    her2guide: Command, library: Library, tmp_path: Path, reader: str, edition: str, ending: str
) -> None:
    place = tmp_path / f"guide.{ending}"
    asked = ("--reader", reader, "--edition", edition, "--as-of", "2026-11-22")
    assert her2guide("guide", EXAMPLES[0], *asked, "-o", place).code == 0
    said = words_of(place)
    chart = re.search(r"id: (\S+?)[,}\s]", EXAMPLES[0].read_text(encoding="utf-8"))
    assert chart
    for part in (chart[1], library.editions[edition].head.title, "United States", library.digest):
        assert part in said
    assert re.search(r"22 November 2026|November 22, 2026|2026-11-22", said)


@pytest.mark.parametrize("edition", ["current", "article"])
@pytest.mark.parametrize("ending", ["txt", "html", "pdf"])
def test_every_guide_for_a_patient_says_whom_to_call(
    her2guide: Command, tmp_path: Path, edition: str, ending: str
) -> None:
    place = tmp_path / f"guide.{ending}"
    assert her2guide("guide", EXAMPLES[0], "--edition", edition, "--as-of", "2026-11-22", "-o", place).code == 0
    said = words_of(place)
    assert "call 911" in said
    assert "112 in Europe" in said


@pytest.mark.parametrize("reader", ["patient", "clinician"])
def test_a_guide_without_its_notice_is_not_written(library: Library, reader: str) -> None:
    found = apply(library.edition("current", "us", TODAY), case_of(library, her2_status="positive"))
    for lost in ("notice", "edition-current"):
        kept = {name: text for name, text in library.words["en"]["notices"].items() if not name.startswith(lost)}
        bare = replace(library, words={"en": {**library.words["en"], "notices": kept}})
        with pytest.raises(KnowledgeError, match=f"lacks the notice `{lost}`"):
            write_guide(found, reader, library=bare)


def texts(entry: Any) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
    else:
        for part in entry.values() if isinstance(entry, dict) else entry:
            yield from texts(part)


def test_no_words_for_a_patient_hold_a_dose(library: Library) -> None:
    said = list(texts(library.words["en"]))
    assert len(said) > 1000
    assert [text for text in said if DOSE.search(text)] == []
    assert DOSE.search("take 20 mg a day")
    assert DOSE.search("75 mg/m2")


FEMALE = ("menopausal_status", "pregnant", "ovarian_suppression")


def test_no_man_is_offered_an_aromatase_inhibitor_without_the_caution(library: Library) -> None:
    """Every person of an example whose option holds one, as a man: alone in early disease never, else never bare."""
    edition = library.edition("current", "us", TODAY)
    holding = {
        name
        for name, regimen in library.regimens.items()
        if any(library.drug_class(agent) == "aromatase_inhibitor" for agent in regimen.every_agent())
    }
    people = [e.given for p in edition.recommendations if p.item.recommend.regimen in holding for e in p.item.examples]
    seen = 0
    for person in people:
        told = {fact: value for fact, value in person.items() if fact not in FEMALE}
        found = apply(edition, case_of(library, **{**told, "sex": "male"}))
        early = found.case.values().get("disease_extent") == "early"
        for option in (option for option in found.options if option.regimen in holding):
            kinds = {library.drug_class(agent) for agent in library.regimens[option.regimen].every_agent()}
            assert not early or "gnrh_agonist" in kinds, option.recommendation
            for agent in (a for a in option.agents if library.drug_class(a.agent) == "aromatase_inhibitor"):
                assert agent.standing != "offered", option.recommendation
                assert any("sex" in finding.facts for finding in agent.findings)
                seen += 1
    assert seen > 50


COMMAS = ["er_percent: 1,5", "er_percent: '1,5'", "tumour_size: '2,6 cm'", "tumour_size: {value: '2,6', unit: cm}"]


@pytest.mark.parametrize("line", COMMAS)
def test_a_decimal_comma_in_a_chart_is_told(chart: Callable[[str], Chart], line: str) -> None:
    with pytest.raises(ChartError, match=r"chart.yaml:3: '.+' is not a number"):
        chart(f"patient: {{id: test}}\nrecords:\n  - {line}\n")


MAP = """
id: small
title: small
source: invented
patient: id
columns:
  size: {fact: tumour_size, unit: cm}
  er: {fact: er_percent}
  her2: {fact: her2_ihc}
"""


def rows(tmp_path: Path, library: Library, table: str) -> list[Chart]:
    place, columns = tmp_path / "table.csv", tmp_path / "map.yaml"
    place.write_text(table, encoding="utf-8")
    columns.write_text(MAP, encoding="utf-8")
    return list(read_table(place, library, read_column_map(columns, library)))


def test_a_decimal_comma_in_a_cell_is_listed(tmp_path: Path, library: Library) -> None:
    (found,) = rows(tmp_path, library, 'id;size;er\na;"2,6";1,5\n')
    assert found.observations == ()
    assert {entry.what for entry in found.unread} >= {"size", "er"}


@pytest.mark.parametrize("row", ["a,2,6,90,3+", "a,2.6,90", "a,2,6,90,3+,"])
def test_a_row_whose_cells_are_shifted_is_refused(tmp_path: Path, library: Library, row: str) -> None:
    """An unquoted decimal comma, or a lost cell, would put every later value into its neighbour's column."""
    with pytest.raises(ChartError, match="row 3 cannot be read"):
        rows(tmp_path, library, f"id,size,er,her2\nb,1.2,80,2+\n{row}\n")


def test_a_decimal_comma_in_a_report_is_its_point(library: Library) -> None:
    found = report_of("Invasive carcinoma, 2,6 cm in greatest dimension.\nHER2/CEP17 ratio: 2,1\n", "r.txt", library)
    assert {p.fact: p.value for p in found.proposals}["her2_ish_ratio"] == 2.1


def test_a_result_without_a_day_never_replaces_a_dated_one(chart: Callable[[str], Chart], library: Library) -> None:
    record = chart("patient: {id: t}\nrecords:\n  - {on: 2026-01-05, her2_ihc: 3+}\n  - {her2_ihc: 1+}\n")
    found = abstract(record, library.facts, TODAY, library)
    assert "her2_ihc" not in found.known
    assert found.conflicts
