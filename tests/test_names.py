"""The names of the package, and that none of them costs anything before it is used."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest

import her2guide as h
from her2guide.errors import RequestError
from tests.conftest import EXAMPLES

STEPS = ["abstract", "apply", "cohort", "read_chart", "read_library", "read_table", "write_guide"]
HEAVY = ["sqlglot", "yaml", "typst", "jinja2", "msgspec", "click"]


def test_the_example_of_the_design_runs() -> None:
    library = h.read_library()
    edition = library.edition("current", region="us", as_of="2026-11-23")
    case = h.abstract(h.read_chart(EXAMPLES[0]), library.facts, as_of=edition.as_of)
    guidance = h.apply(edition, case)
    text = h.write_guide(guidance, reader="patient").text()
    assert "example-early-triple-positive" in text


def test_a_day_may_be_text_and_is_today_when_none_is_given() -> None:
    library, chart = h.read_library(), h.read_chart(EXAMPLES[0])
    assert h.abstract(chart, library.facts, as_of="2026-09-01") == h.abstract(chart, library.facts, date(2026, 9, 1))
    assert h.abstract(chart, library.facts).as_of == date.today()
    with pytest.raises(RequestError, match="'soon' is not a date"):
        h.abstract(chart, library.facts, as_of="soon")


def test_the_names() -> None:
    assert set(STEPS) == set(h.__all__) - {"VERSION"}
    assert set(h.__all__) <= set(dir(h))
    assert all(callable(getattr(h, name)) for name in STEPS)
    with pytest.raises(AttributeError, match="'her2guide' has no attribute 'advise_me'"):
        h.advise_me  # noqa: B018 - the look-up is the test


def loaded(code: str) -> set[str]:
    """The modules that are loaded after this code, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_importing_the_package_loads_no_library() -> None:
    assert loaded("import her2guide as h; h.VERSION").isdisjoint(HEAVY)


def test_a_name_loads_what_it_needs() -> None:
    assert "msgspec" in loaded("import her2guide as h; h.apply")
