"""The patient's guide reads at grade 8 or below, keeps to its pages, and cites only what was checked."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
import textstat
from pypdf import PdfReader

from her2guide.chart.abstract import abstract
from her2guide.chart.read import read_chart
from her2guide.engine.apply import apply
from her2guide.guide.blocks import Card, Guide, Notice, Numbered, Paragraph, Questions, Terms
from her2guide.guide.words import Voice, short_reference
from her2guide.guide.write import write_guide
from her2guide.library.library import Library
from tests.conftest import EXAMPLES

each_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)


def guide_of(example: Path, library: Library, reader: str) -> Guide:
    edition = library.edition("article", as_of="2026-11-23")
    case = abstract(read_chart(example, library), library.facts, edition.as_of, library)
    return write_guide(apply(edition, case), reader, library=library)


def sentences(guide: Guide) -> str:
    """What is said in sentences: no labels, lists of facts or sources."""
    found = [guide.foot]
    for block in guide.blocks:
        match block:
            case Paragraph(text) | Notice(text):
                found.append(text)
            case Card(_, _, rows) | Terms(rows):
                found += [row.text for row in rows if row.text.endswith((".", "]"))]
            case Questions(items, _):
                found += items
    return re.sub(r" \[\d+\]", "", " ".join(found))


@each_example
def test_a_patient_reads_it_with_eight_years_of_school(library: Library, example: Path) -> None:
    text = sentences(guide_of(example, library, "patient"))
    assert len(text.split()) > 500
    assert textstat.flesch_kincaid_grade(text) <= 8


@each_example
@pytest.mark.parametrize(("reader", "least", "most"), [("patient", 2, 4), ("clinician", 1, 1)])
def test_it_keeps_to_its_pages(library: Library, example: Path, reader: str, least: int, most: int) -> None:
    pages = PdfReader(io.BytesIO(guide_of(example, library, reader).pdf())).pages
    assert least <= len(pages) <= most


@each_example
def test_it_cites_only_checked_sources(library: Library, example: Path) -> None:
    unchecked = {short_reference(source) for source in library.sources.values() if not source.checked}
    cited = [item for b in guide_of(example, library, "patient").blocks if isinstance(b, Numbered) for item in b.items]
    assert cited and not unchecked & set(cited)


def test_a_source_that_was_not_checked_is_passed_by(library: Library) -> None:
    unchecked, checked = (
        next(s.id for s in library.sources.values() if bool(s.checked) == wanted) for wanted in (0, 1)
    )
    voice = Voice(library, "en")
    assert voice.cite([unchecked, checked]) == " [1]"
    assert list(voice.cited) == [checked]
    assert voice.cite([unchecked]) == ""
