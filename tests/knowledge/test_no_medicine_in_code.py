"""No medicine in code, no code in knowledge: a clinical change is a change of YAML."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from her2guide.library.library import Library
from tests.conftest import ROOT

SHORT = 4  # a name of so few letters is an ordinary word as well
RECEPTORS = re.compile(r"her2(?!guide)|o?estrogen|progesterone", re.IGNORECASE)
# Where the package says what it is for.
ALLOWED = {"her2guide/__init__.py": ["HER2-positive"], "her2guide/cli/main.py": ["HER2-positive"]}
FILES = sorted(
    place
    for place in (ROOT / "her2guide").rglob("*")
    if place.suffix in (".py", ".html", ".typ") and not {"knowledge", "calculators"} & {*place.relative_to(ROOT).parts}
)  # a published equation names its terms: docs/decisions/17


def code(place: Path) -> str:
    """The text of a file without the words that this file may say."""
    text = place.read_text(encoding="utf-8")
    for allowed in ALLOWED.get(place.relative_to(ROOT).as_posix(), []):
        assert allowed in text, f"{place.name} no longer says {allowed}: take it off the list"
        text = text.replace(allowed, "", 1)
    return text


def agent_names(library: Library) -> list[str]:
    names = {name for a in library.agents.values() for name in (a.id, a.title, *a.names, *a.brands)}
    return sorted(name for name in names if len(name) > SHORT)


def found_in(text: str, names: list[str], *, any_case: bool) -> list[str]:
    pattern = "|".join(re.escape(name) for name in names)
    return re.findall(rf"(?<![\w-])(?:{pattern})(?![\w-])", text, re.IGNORECASE if any_case else 0)


def test_there_is_code_to_look_at() -> None:
    assert len(FILES) > 40
    assert {place.suffix for place in FILES} == {".py", ".html", ".typ"}


@pytest.mark.parametrize("place", FILES, ids=lambda place: place.relative_to(ROOT).as_posix())
def test_a_file_names_no_agent_study_or_receptor(library: Library, place: Path) -> None:
    text = code(place)
    assert found_in(text, agent_names(library), any_case=True) == []
    assert found_in(text, sorted({e.study for e in library.evidence.values()}), any_case=False) == []
    assert RECEPTORS.findall(text) == []


@pytest.mark.parametrize(
    "line", ["if agent == 'trastuzumab':", "# as in CLEOPATRA", "status = case['her2_status']", "Kadcyla", "Estrogen"]
)
def test_medicine_in_code_would_be_found(library: Library, line: str) -> None:
    studies = sorted({evidence.study for evidence in library.evidence.values()})
    assert (
        found_in(line, agent_names(library), any_case=True)
        or found_in(line, studies, any_case=False)
        or RECEPTORS.findall(line)
    )


def test_there_is_no_code_in_the_knowledge() -> None:
    kinds = {place.suffix for place in (ROOT / "knowledge").rglob("*") if place.is_file()}
    assert kinds == {".yaml"}
