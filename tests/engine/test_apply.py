"""Edition and case -> guidance: verdicts, what they need, the options, what is missing, the two clocks."""

from __future__ import annotations

from datetime import date

import pytest

from her2guide.engine.apply import apply
from her2guide.errors import RequestError
from her2guide.language.evaluate import trace_condition
from her2guide.library.library import Library
from her2guide.model.condition import Value
from her2guide.model.guidance import Guidance
from tests.conftest import TODAY, guidance_of

from .tiny import DAY, tiny_case, tiny_library

TINY = tiny_library()


def tiny(**given: Value) -> Guidance:
    return apply(TINY.edition("small", "us", DAY), tiny_case(TINY, **given))


VERDICTS: list[tuple[str, dict[str, Value], bool | None, tuple[str, ...]]] = [
    ("when-ill", {"ill": True}, True, ()),
    ("when-ill", {"ill": False}, False, ()),
    ("when-ill", {}, None, ("ill",)),
    ("when-low", {"count": 5, "ill": False}, True, ()),
    ("when-low", {"count": 50}, False, ()),
    ("when-low", {"ill": True}, False, ()),
    ("when-low", {"count": 5}, None, ("ill",)),
    ("when-low", {}, None, ("low_count", "ill")),
    ("when-either", {"ill": True}, True, ()),
    ("when-either", {"ill": False}, None, ("frail",)),
    ("untested", {}, True, ()),
    ("untested", {"tested": False}, False, ()),
]


@pytest.mark.parametrize(("name", "given", "applies", "needs"), VERDICTS)
def test_a_verdict_and_its_needs(
    name: str, given: dict[str, Value], applies: bool | None, needs: tuple[str, ...]
) -> None:
    verdict = next(v for v in tiny(**given).verdicts if v.recommendation == name)
    assert (verdict.applies, verdict.needs) == (applies, needs)


def test_every_recommendation_in_force_has_its_verdict_with_a_trace() -> None:
    found = tiny(ill=True)
    assert [v.recommendation for v in found.verdicts] == [item.id for item in TINY.editions["small"].recommendations]
    assert all(verdict.trace for verdict in found.verdicts)


def test_only_what_applies_and_is_not_avoided_or_obtained_is_an_option() -> None:
    found = tiny(ill=False, frail=True)
    assert [(o.recommendation, o.regimen, o.action) for o in found.options] == [("when-either", "barred", "discuss")]
    assert {v.recommendation for v in found.verdicts if v.applies} == {"when-either", "when-frail", "untested", "talk"}


def test_what_is_missing_comes_most_decisive_first() -> None:
    found = tiny(count=5)
    assert [(m.fact, m.settles, m.checks) for m in found.missing] == [
        ("frail", ("when-either", "when-frail", "talk"), ()),
        ("ill", ("when-ill", "when-low", "when-either"), ()),
    ]
    settled = tiny(count=5, ill=False, frail=False)
    assert [(m.fact, m.settles, m.checks) for m in settled.missing] == [("tested", (), ("when-low",))]


def test_missing_facts_of_the_whole_edition_reach_ever_fewer_decisions(library: Library) -> None:
    found = guidance_of(library, her2_status="positive", disease_extent="early")
    decision = {verdict.recommendation: verdict.decision for verdict in found.verdicts}
    reached = [len({decision[name] for name in (*m.settles, *m.checks)}) for m in found.missing]
    assert len(reached) > 5
    assert reached == sorted(reached, reverse=True)
    assert reached[0] > reached[-1]
    assert len({m.fact for m in found.missing}) == len(found.missing)


# A little of everything a chart can say.
PEOPLE: list[dict[str, Value]] = [
    {},
    {"her2_ihc": "2+"},
    {"her2_ihc": "2+", "her2_ish_ratio": 1.5, "her2_ish_copies": 5.0, "disease_extent": "early"},
    {"her2_status": "positive"},
    {"her2_status": "positive", "disease_extent": "early"},
    {"her2_status": "positive", "disease_extent": "metastatic"},
    {"her2_status": "positive", "m": "M0", "clinical_t": "T2"},
    {"her2_status": "negative", "disease_extent": "metastatic", "her2_ihc": "0"},
    {"disease_extent": "metastatic", "relapsed": True, "prior_adjuvant_trastuzumab": True},
]


@pytest.mark.parametrize("given", PEOPLE)
def test_every_cannot_tell_names_facts_that_are_unknown(library: Library, given: dict[str, Value]) -> None:
    found = guidance_of(library, **given)
    untold = [verdict for verdict in found.verdicts if verdict.applies is None]
    assert untold
    assert [v.recommendation for v in untold if not v.needs] == []
    assert {fact for v in untold for fact in v.needs} & set(found.case.known) == set()
    assert {fact for v in found.verdicts if v.applies is not None for fact in v.needs} == set()
    missing = {m.fact: m for m in found.missing}
    assert all(v.recommendation in missing[fact].settles for v in untold for fact in v.needs)


@pytest.mark.parametrize("given", PEOPLE)
def test_a_verdict_is_the_truth_of_its_condition(library: Library, given: dict[str, Value]) -> None:
    found = guidance_of(library, **given)
    items = {item.id: item for item in library.editions["article"].recommendations}
    for verdict in found.verdicts:
        assert verdict.applies is trace_condition(items[verdict.recommendation].when, found.case.values())[0]


def test_a_case_that_looks_further_than_the_edition_is_refused() -> None:
    with pytest.raises(RequestError, match=r"the case is of 2026-01-02, the edition of 2026-01-01\."):
        apply(TINY.edition("small", "us", DAY), tiny_case(TINY, date(2026, 1, 2)))
    assert apply(TINY.edition("small", "us", DAY), tiny_case(TINY, date(2025, 1, 1))).as_of == DAY


PLACES = [("2020-01-01", "preferred"), ("2023-12-31", "preferred"), ("2024-01-01", "alternative")]


@pytest.mark.parametrize(("day", "place"), PLACES)
def test_the_place_is_that_of_the_day(day: str, place: str) -> None:
    found = apply(TINY.edition("small", "us", day), tiny_case(TINY, date(2020, 1, 1), ill=True))
    assert {verdict.place for verdict in found.verdicts} == {place}


def test_what_is_not_in_force_in_a_region_has_no_verdict() -> None:
    assert apply(TINY.edition("small", "eu", DAY), tiny_case(TINY, ill=True)).verdicts == ()


REFUSED = [
    (("smal", "us", "2026-01-01"), "there is no edition `smal`. Did you mean small?"),
    (("small", "uk", "2026-01-01"), "does not cover 'uk'. It covers: us, eu."),
    (("small", "us", "2019-12-31"), "cannot answer for 2019-12-31. It starts on 2020-01-01."),
    (("small", "us", "2127-01-02"), "expired on 2127-01-01. Use --even-if-expired"),
    (("small", "us", "yesterday"), "'yesterday' is not a date."),
]


@pytest.mark.parametrize(("asked", "says"), REFUSED)
def test_an_edition_that_cannot_answer_says_why(asked: tuple[str, str, str], says: str) -> None:
    with pytest.raises(RequestError) as told:
        TINY.edition(*asked)
    assert says in str(told.value)


def test_an_edition_past_its_dates_says_so() -> None:
    asked = TINY.edition("small", "us", "2127-01-02", even_if_expired=True)
    assert asked.notices == ("edition-small", "review-overdue", "expired")
    assert TINY.edition("small", "us", "2126-06-01").notices == ("edition-small",)


def test_old_knowledge_is_old_whatever_day_is_asked_for(library: Library) -> None:
    head = library.editions["article"].head
    assert "review-overdue" in library.edition("article", "us", head.first_day).notices


def test_the_guidance_names_what_it_was_made_of(library: Library) -> None:
    found = guidance_of(library, her2_status="positive")
    assert (found.edition, found.region, found.as_of, found.knowledge) == ("article", "us", TODAY, library.digest)
    assert found.notices == library.edition("article", "us", TODAY).notices != ()
