"""What every test shares: the library, small charts written for one test, the command line, real data.

Nothing here reads or writes the user's own cache.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from her2guide.chart.abstract import abstract
from her2guide.chart.read import read_chart
from her2guide.cli.main import run
from her2guide.engine.apply import apply
from her2guide.language.settle import settle
from her2guide.library.library import Library, facts_on
from her2guide.library.read import read_library
from her2guide.model.case import Case, Known, Origin
from her2guide.model.chart import Chart
from her2guide.model.condition import Value
from her2guide.model.guidance import Guidance

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
TODAY = date(2026, 11, 23)


class Finished(NamedTuple):
    """How a command ended."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache folder for this run alone."""
    kept = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))
    yield
    os.environ.pop("XDG_CACHE_HOME")
    if kept is not None:
        os.environ["XDG_CACHE_HOME"] = kept


@pytest.fixture(scope="session")
def library(own_cache: None) -> Library:
    return read_library()


@pytest.fixture
def chart(tmp_path: Path, library: Library) -> Callable[[str], Chart]:
    """A plain chart or FHIR record from its text."""

    def read(text: str, name: str = "chart.yaml") -> Chart:
        place = tmp_path / name
        place.write_text(text, encoding="utf-8")
        return read_chart(place, library)

    return read


@pytest.fixture
def case(chart: Callable[[str], Chart], library: Library) -> Callable[..., Case]:
    """The case of a plain chart or FHIR record as of a day."""

    def made(text: str, as_of: date = TODAY) -> Case:
        return abstract(chart(text), library.facts, as_of, library)

    return made


def case_of(library: Library, **given: Value) -> Case:
    """A case in which these facts are recorded, with all that follows from them."""
    recorded = {fact: Known(value, Origin("recorded", ("test",), TODAY)) for fact, value in given.items()}
    settled = settle(list(facts_on(library.facts, TODAY).values()), recorded, library.contradictions)
    return Case("test", TODAY, settled.known, settled.conflicts)


def guidance_of(library: Library, **given: Value) -> Guidance:
    """The guidance of the article edition for these facts."""
    return apply(library.edition("article", "us", TODAY), case_of(library, **given))


@pytest.fixture
def her2guide(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., Finished]:
    """The command line in this process: an error that is not told as a sentence fails the test."""

    def command(*words: object) -> Finished:
        monkeypatch.setattr(sys, "argv", ["her2guide", *(str(word) for word in words)])
        capfdbinary.readouterr()
        code = 0
        try:
            run()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        sys.stdout.flush()
        sys.stderr.flush()
        out, err = capfdbinary.readouterr()
        return Finished(code, out, err.decode())

    return command


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of records that are not ours to ship."""
    named = os.environ.get("HER2GUIDE_DATA")
    if not named or not Path(named).is_dir():
        pytest.skip("HER2GUIDE_DATA names no folder: real records were not read")
    return Path(named)
