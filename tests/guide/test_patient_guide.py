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
from her2guide.guide.blocks import Bullets, Card, Guide, Notice, Numbered, Paragraph, Questions, Terms
from her2guide.guide.words import Voice, short_reference
from her2guide.guide.write import write_guide
from her2guide.library.library import Library
from tests.conftest import EXAMPLES

each_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)


def guide_of(example: Path, library: Library, reader: str, name: str = "article") -> Guide:
    edition = library.edition(name, as_of="2026-11-23")
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
            case Questions(items, _) | Bullets(items):
                found += items
    return re.sub(r" \[\d+\]", "", " ".join(found))


@each_example
@pytest.mark.parametrize("edition", ["article", "current"])
def test_a_patient_reads_it_with_eight_years_of_school(library: Library, example: Path, edition: str) -> None:
    text = sentences(guide_of(example, library, "patient", edition))
    assert len(text.split()) > 250
    assert textstat.flesch_kincaid_grade(text) <= 8


@each_example
@pytest.mark.parametrize(
    ("edition", "reader", "least", "most"),
    [
        ("article", "patient", 2, 4),
        ("article", "clinician", 1, 1),
        ("current", "patient", 2, 5),
        ("current", "clinician", 1, 2),
    ],
)
def test_it_keeps_to_its_pages(
    library: Library, example: Path, edition: str, reader: str, least: int, most: int
) -> None:
    pages = PdfReader(io.BytesIO(guide_of(example, library, reader, edition).pdf())).pages
    assert least <= len(pages) <= most


@each_example
@pytest.mark.parametrize("edition", ["article", "current"])
def test_it_cites_only_checked_sources(library: Library, example: Path, edition: str) -> None:
    unchecked = {short_reference(source) for source in library.sources.values() if not source.checked}
    guide = guide_of(example, library, "patient", edition)
    cited = [item for block in guide.blocks if isinstance(block, Numbered) for item in block.items]
    assert cited or edition == "current"
    assert not unchecked & set(cited)


def test_a_source_that_was_not_checked_is_passed_by(library: Library) -> None:
    unchecked, checked = (
        next(s.id for s in library.sources.values() if bool(s.checked) == wanted) for wanted in (0, 1)
    )
    voice = Voice(library, "en")
    assert voice.cite([unchecked, checked]) == " [1]"
    assert list(voice.cited) == [checked]
    assert voice.cite([unchecked]) == ""
