"""Whole patients through the current edition, on several days and in both regions.

In: the YAML files beside this one. A journey gives the facts of a patient and says, for a decision on a day in
a region, which regimens stand preferred, alternative and later, and why that is right (with its source).
`avoids` and `obtains` name recommendations; `cannot_tell` names facts that must be asked; `ruled_out` regimens.
What is not named must not stand: the lists are complete for the decision.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from her2guide.documents import read_yaml
from her2guide.engine.apply import apply
from her2guide.language.settle import settle
from her2guide.language.typed import typed_value
from her2guide.library.library import Library
from her2guide.model.case import Case, Known, Origin
from her2guide.model.guidance import Guidance

KEYS = {"on", "region", "decision", "preferred", "alternative", "later", "ruled_out", "avoids", "obtains"}
KEYS |= {"cannot_tell", "why", "source"}


class Visit(NamedTuple):
    """One expectation of a journey."""

    name: str
    given: dict[str, Any]
    expected: dict[str, Any]


def visits() -> list[Visit]:
    found = []
    for place in sorted(Path(__file__).parent.glob("*.yaml")):
        for row in read_yaml(place.read_text(encoding="utf-8"), place.name).data:
            assert set(row) == {"name", "given", "visits"}, f"{place.name}: {sorted(row)}"
            found += [Visit(row["name"], row["given"], visit) for visit in row["visits"]]
    return found


VISITS = visits()


def told(visit: Visit, library: Library) -> Guidance:
    day = date.fromisoformat(visit.expected["on"])
    edition = library.edition("current", visit.expected["region"], day)
    facts = edition.library.facts
    recorded = {
        fact: Known(typed_value(facts[fact], value), Origin("recorded", (visit.name,), day))
        for fact, value in visit.given.items()
    }
    settled = settle(list(facts.values()), recorded, library.contradictions)
    assert settled.conflicts == ()
    return apply(edition, Case(visit.name, day, settled.known))


def regimens(guidance: Guidance, decision: str, place: str) -> set[str]:
    """Those that safety does not rule out, each at its best place."""
    best: dict[str, str] = {}
    for wanted in ("later", "alternative", "preferred"):
        own = [o for o in guidance.options if (o.decision, o.place) == (decision, wanted)]
        best.update({o.regimen: wanted for o in own if o.standing != "ruled out"})
    return {name for name, where in best.items() if where == place}


@pytest.mark.parametrize(
    "visit", VISITS, ids=lambda v: f"{v.name}-{v.expected['on']}-{v.expected['region']}-{v.expected['decision']}"
)
def test_a_journey_goes_as_it_should(library: Library, visit: Visit) -> None:
    expected = visit.expected
    assert set(expected) <= KEYS
    assert expected["source"] in library.sources, "a journey names the source that makes it right"
    assert expected["why"]
    found = told(visit, library)
    decision = expected["decision"]
    for place in ("preferred", "alternative", "later"):
        assert regimens(found, decision, place) == set(expected.get(place, ())), place
    barred = {o.regimen for o in found.options if o.decision == decision and o.standing == "ruled out"}
    assert barred == set(expected.get("ruled_out", ()))
    applied = {v.recommendation for v in found.verdicts if v.applies}
    assert set(expected.get("avoids", ())) | set(expected.get("obtains", ())) <= applied
    missing = {fact for v in found.verdicts if v.decision == decision for fact in v.needs}
    assert set(expected.get("cannot_tell", ())) <= missing


def test_there_are_enough_journeys() -> None:
    assert len({visit.name for visit in VISITS}) >= 80
    assert {visit.expected["region"] for visit in VISITS} == {"us", "eu"}
    assert len({visit.expected["on"] for visit in VISITS}) >= 8
