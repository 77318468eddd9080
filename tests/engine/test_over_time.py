"""What moves with the day: places that end, definitions that are replaced, advice that changes, two editions."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from her2guide.engine.apply import apply
from her2guide.engine.compare import KINDS, compare, counts, kind_of
from her2guide.engine.consultation import Consultation
from her2guide.engine.timeline import days_of_change, timeline
from her2guide.guide.timeline import bars, timeline_svg, timeline_text
from her2guide.library.build import build_library
from her2guide.library.library import Library, facts_on, published_by
from her2guide.model.chart import Chart, Observation
from tests.engine.tiny import AGENTS, EDITION, REGIMENS, tiny_case
from tests.engine.tiny import FACTS as TINY

FACTS = f"""{TINY.partition("  derive:")[0]}  derive:
    - {{give: yes, when: [count < 10], until: 2022-01-01}}
    - {{give: yes, when: [count < 20], since: 2022-01-01}}
    - {{give: no, when: [count >= 10], until: 2022-01-01}}
    - {{give: no, when: [count >= 20], since: 2022-01-01}}
"""
RULE = """
- id: {id}
  title: {id}
  decision: d
  when: [low_count]
  studied_in: [NOT frail]
  recommend: {{action: {action}, regimen: {regimen}}}
  in_force: {in_force}
  strength: strong
  certainty: high
  basis: expert opinion
  reviewed: {{on: 2026-01-01, status: checked}}
"""
SMALL = [
    ("old", "offer", "plain", "{us: {2020-01-01: preferred, 2023-01-01: alternative, 2025-01-01: withdrawn}}"),
    ("new", "offer", "careful", "{us: {2023-01-01: preferred}}"),
]
OTHER = [
    ("newer", "offer", "careful", "{us: {2020-01-01: preferred}}"),
    ("against", "avoid", "plain", "{us: {2020-01-01: preferred}}"),
]


def made() -> Library:
    files = {"facts/all.yaml": FACTS, "agents/all.yaml": AGENTS, "regimens/all.yaml": REGIMENS}
    for name, rules in (("small", SMALL), ("other", OTHER)):
        files[f"editions/{name}/edition.yaml"] = EDITION.replace("id: small", f"id: {name}")
        files[f"editions/{name}/rules.yaml"] = "".join(
            RULE.format(id=i, action=a, regimen=r, in_force=f) for i, a, r, f in rules
        )
    return build_library(files, "dated")


LIBRARY = made()
CHART = Chart("p", "test", observations=(Observation("count", 15, date(2020, 1, 1), "here"),))
END = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("day", "places"),
    [
        ("2020-01-01", {"old": "preferred"}),
        ("2022-12-31", {"old": "preferred"}),
        ("2023-01-01", {"old": "alternative", "new": "preferred"}),
        ("2024-12-31", {"old": "alternative", "new": "preferred"}),
        ("2025-01-01", {"new": "preferred"}),
    ],
)
def test_a_place_holds_until_the_next_and_withdrawn_ends_it(day: str, places: dict[str, str]) -> None:
    assert {i.item.id: i.place for i in LIBRARY.edition("small", "us", day).recommendations} == places


@pytest.mark.parametrize(
    ("day", "low"), [(date(2021, 12, 31), False), (date(2022, 1, 1), True)], ids=["the day before", "the day itself"]
)
def test_a_definition_counts_from_its_day(day: date, low: bool) -> None:
    assert len(facts_on(LIBRARY.facts, day)["low_count"].derive) == 2
    then = LIBRARY.edition("small", "us", day).library
    assert tiny_case(then, count=15).values()["low_count"] is low


@pytest.mark.parametrize(("given", "studied"), [({"frail": False}, True), ({"frail": True}, False), ({}, None)])
def test_who_was_studied_is_told_beside_the_verdict(given: dict[str, bool], studied: bool | None) -> None:
    edition = LIBRARY.edition("small", "us", END)
    verdict = apply(edition, tiny_case(edition.library, count=5, **given)).verdicts[0]
    assert (verdict.applies, verdict.studied) == (True, studied)


def test_the_timeline_holds_the_patient_and_moves_the_knowledge() -> None:
    found = timeline(Consultation(CHART, LIBRARY.edition("small", "us", END), END), date(2020, 1, 1))
    assert found.first == ()
    told = [
        (c.on, [s.regimen for s in c.came], [s.regimen for s in c.went], [(o.place, n.place) for o, n in c.moved])
        for c in found.changes
    ]
    assert told == [
        (date(2022, 1, 1), ["plain"], [], []),
        (date(2023, 1, 1), ["careful"], [], [("preferred", "alternative")]),
        (date(2025, 1, 1), [], ["plain"], []),
    ]


def test_the_days_of_change_are_those_of_places_and_definitions() -> None:
    years = [2020, 2022, 2023, 2025]
    assert days_of_change(LIBRARY, "small", "us") == [date(year, 1, 1) for year in years]
    assert days_of_change(LIBRARY, "small", "eu") == [date(2022, 1, 1)]


def test_the_picture_has_a_bar_for_each_place_and_its_text_beside_it() -> None:
    found = timeline(Consultation(CHART, LIBRARY.edition("small", "us", END), END), date(2020, 1, 1))
    assert [(b.regimen, b.place, b.start.year, b.end.year) for b in bars(found)] == [
        ("plain", "preferred", 2022, 2023),
        ("plain", "alternative", 2023, 2025),
        ("careful", "preferred", 2023, 2026),
    ]
    picture, text = timeline_svg(found, LIBRARY), timeline_text(found, LIBRARY)
    assert picture.count('rx="3"') == 3 + 3  # three bars, three places in the legend
    assert "<title" in picture and "2025-01-01" in picture.split("<desc")[1]
    assert "  > plain: alternative (d; old), before preferred\n" in text
    assert "    why: new (expert opinion)\n" in text


def test_two_editions_are_compared_by_the_agents_they_give() -> None:
    guidances = [
        apply(edition, tiny_case(edition.library, count=15), clocks_apart=True)
        for edition in (LIBRARY.edition("small", "us", "2024-01-01"), LIBRARY.edition("other", "us", END))
    ]
    (found,) = compare(*guidances, LIBRARY)
    assert (found.topic, found.kind) == ("d", "incompatible")
    assert (found.both, found.only_first, found.only_second) == (("careful",), ("plain",), ())
    assert found.opposed == ("plain",)
    table = counts({"one": (found,), "two": (found,)})
    assert table == {"d": {**dict.fromkeys(KINDS, 0), "incompatible": 2}}


A, B, C = (frozenset({name}) for name in "abc")


@pytest.mark.parametrize(
    ("first", "second", "opposed", "kind"),
    [
        ({A}, {A}, set(), "identical"),
        (set(), set(), set(), "identical"),
        ({A, B}, {A}, set(), "narrower"),
        ({A}, {A, B}, set(), "wider"),
        ({A, B}, {B, C}, set(), "different"),
        ({A}, {B}, set(), "different"),
        ({A}, set(), set(), "silent"),
        (set(), {A}, set(), "silent"),
        ({A}, {B}, {A}, "incompatible"),
    ],
)
def test_the_kind_of_a_comparison(
    first: set[frozenset[str]], second: set[frozenset[str]], opposed: set[frozenset[str]], kind: str
) -> None:
    assert kind_of(first, second, opposed) == kind


@pytest.mark.parametrize(
    ("published", "public"),
    [
        ("2022-05-31", True),
        ("2022-06-01", True),
        ("2022-06-02", False),
        ("2022-05", True),
        ("2022-06", False),
        ("2021", True),
        ("2022", False),
    ],
)
def test_a_result_counts_from_the_day_it_is_surely_public(library: Library, published: str, public: bool) -> None:
    some = next(iter(library.evidence.values()))
    assert published_by(replace(some, published=published), date(2022, 6, 1)) is public
