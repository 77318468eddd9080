"""The case is the same whether facts are made ready and passed over, or each is worked out in the plain way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial

import msgspec
import pytest

from her2guide.chart import definitions
from her2guide.chart.abstract import abstract
from her2guide.chart.computed import Tell, teller, treated
from her2guide.chart.definitions import Definitions
from her2guide.chart.read import read_chart
from her2guide.language.settle import Settling
from her2guide.language.typed import typed_value
from her2guide.library.library import Library, facts_on
from her2guide.model.case import Known, Origin
from her2guide.model.chart import Chart
from her2guide.model.fact import Abstraction, Fact
from tests.chart.random_charts import random_charts
from tests.conftest import EXAMPLES, TODAY
from tests.journeys.test_journeys import VISITS
from tests.language.plain import PlainSettling

CHARTS = 2000


class NeverApart(frozenset[str]):
    """Drugs of which no chart is known at once to have none."""

    def isdisjoint(self, other: object) -> bool:
        return False


def plain_teller(how: Abstraction) -> Tell | None:
    return partial(treated, how.treated, NeverApart()) if how.treated else teller(how)


@pytest.fixture
def plain(library: Library, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Fact]:
    """The facts of the library, which are defined in the plain way for this test."""
    facts = dict(library.facts)
    with monkeypatch.context() as patched:
        patched.setattr(definitions, "Settling", PlainSettling)
        patched.setattr(definitions, "teller", plain_teller)
        made = Definitions(facts_on(facts, TODAY))
    monkeypatch.setattr(definitions, "KEPT", [(facts, TODAY, made)])
    return facts


def charts(library: Library) -> Iterator[Chart]:
    yield from (read_chart(place, library) for place in EXAMPLES)
    yield from random_charts(library, CHARTS)


def test_charts_have_the_case_of_the_plain_way(library: Library, plain: Mapping[str, Fact]) -> None:
    seen = {"conflicts": 0, "changes": 0, "outdated": 0, "known": 0}
    for number, chart in enumerate(charts(library)):
        day = TODAY if number % 3 else date(2024, 2, 1)
        only = [o.fact for o in chart.observations[:2]] if number % 4 == 0 else []
        fast, slow = (abstract(chart, facts, day, library, TODAY, None, only) for facts in (library.facts, plain))
        assert msgspec.json.encode(fast) == msgspec.json.encode(slow), chart.patient  # the order of facts as well
        seen = {name: count + bool(getattr(fast, name)) for name, count in seen.items()}
    assert min(seen.values()) > 100, seen


def test_journeys_settle_as_in_the_plain_way(library: Library) -> None:
    facts = list(library.facts.values())
    fast, slow = Settling(facts), PlainSettling(facts)
    for visit in VISITS:
        recorded = {
            name: Known(typed_value(library.facts[name], value), Origin("recorded", (name,), TODAY))
            for name, value in visit.given.items()
        }
        both = [way.settle(recorded, library.contradictions) for way in (fast, slow)]
        assert msgspec.json.encode(both[0]) == msgspec.json.encode(both[1]), visit.name
