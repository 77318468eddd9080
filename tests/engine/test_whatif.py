"""What would change: options gained, lost, standing or placed differently, and what the record says otherwise."""

from __future__ import annotations

from itertools import product

import pytest

from her2guide.engine.consultation import Consultation
from her2guide.engine.flips import flips
from her2guide.engine.trial_values import around
from her2guide.engine.whatif import Change, Placed, kinds_of, whatif
from her2guide.library.library import Library
from her2guide.model.chart import Chart, Observation
from her2guide.model.condition import Value
from her2guide.model.fact import Range
from her2guide.model.guidance import Standing
from her2guide.model.knowledge import Place

from .test_ask import CONTRADICTION, consultation, small
from .tiny import DAY, tiny_library


@pytest.fixture(scope="module")
def tiny() -> Library:
    return tiny_library()


def kinds(found: tuple[Change, ...]) -> list[tuple[str, str]]:
    return [(change.kind, change.regimen) for change in found]


def test_an_option_is_gained_and_a_verdict_changes(tiny: Library) -> None:
    found = whatif(consultation(tiny, ill=False, frail=False, count=50), {"ill": True})
    assert kinds(found.difference.options) == [("gained", "plain")]
    assert found.difference.options[0].after == Placed("alternative", "offered", "when-ill")
    changed = [(verdict.recommendation, verdict.before, verdict.after) for verdict in found.difference.verdicts]
    assert changed == [("when-ill", False, True), ("when-either", False, True)]
    assert found.known == {"ill": False}


def test_an_option_that_is_ruled_out_is_lost(tiny: Library) -> None:
    found = whatif(consultation(tiny, ill=False, frail=True, count=50), {"ill": True})
    assert ("lost", "barred") in kinds(found.difference.options)


def test_a_standing_changes(tiny: Library) -> None:
    found = whatif(consultation(tiny, ill=False, count=5), {"tested": True})
    (change,) = found.difference.options
    assert (change.kind, change.before and change.before.standing, change.after and change.after.standing) == (
        "standing",
        "needs check",
        "offered",
    )


def test_all_that_follows_is_worked_out_anew(tiny: Library) -> None:
    """A recorded answer gives way to what follows from a supposed value, and that is said."""
    found = whatif(consultation(tiny, ill=False, low_count=False), {"count": 5})
    assert kinds(found.difference.options) == [("gained", "checked")]
    assert [(aside.fact, aside.recorded, aside.instead) for aside in found.set_aside] == [("low_count", False, True)]


def test_a_record_of_what_follows_counts_where_nothing_else_tells_it(tiny: Library) -> None:
    found = whatif(consultation(tiny, ill=False, low_count=True), {"count": None})
    assert found.difference.options == ()
    assert found.set_aside == ()


def test_a_supposed_value_stands_against_what_it_follows_from(tiny: Library) -> None:
    found = whatif(consultation(tiny, ill=False, count=50), {"low_count": True})
    assert kinds(found.difference.options) == [("gained", "checked")]
    (aside,) = found.set_aside
    assert (aside.fact, aside.recorded, aside.instead, aside.facts) == ("low_count", False, True, ("count",))


def test_two_supposed_values_that_fit_are_not_reported(tiny: Library) -> None:
    assert whatif(consultation(tiny, ill=False, count=50), {"low_count": True, "count": 5}).set_aside == ()


def test_a_value_may_be_supposed_unknown(tiny: Library) -> None:
    found = whatif(consultation(tiny, ill=False, count=5), {"count": None})
    assert kinds(found.difference.options) == [("lost", "checked")]
    assert [v.after for v in found.difference.verdicts] == [None]


def test_it_stands_although_the_record_is_of_the_same_day(tiny: Library) -> None:
    """A value of the record on the day itself, or without a day, is replaced, not contradicted."""
    for day in (DAY, None):
        chart = Chart("test", "test", observations=(Observation("ill", False, day, "test"),))
        found = whatif(Consultation(chart, tiny.edition("small", "us", DAY), DAY), {"ill": True})
        assert found.conflicts == ()
        assert ("gained", "plain") in kinds(found.difference.options)


def test_what_follows_gives_way_although_it_was_recorded_on_the_day(tiny: Library) -> None:
    observations = (Observation("ill", False, DAY, "test"), Observation("low_count", False, DAY, "test"))
    chart = Chart("test", "test", observations=observations)
    found = whatif(Consultation(chart, tiny.edition("small", "us", DAY), DAY), {"count": 5})
    assert found.conflicts == ()
    assert kinds(found.difference.options) == [("gained", "checked")]


def test_safety_is_among_the_single_changes() -> None:
    found = flips(consultation(small([("[frail]", "barred")]), frail=True, ill=False))
    assert [(flip.fact, flip.value, kinds(flip.changes)) for flip in found] == [
        ("ill", True, [("lost", "barred")]),
        ("frail", False, [("lost", "barred")]),
    ]


def test_what_cannot_be_true_together_is_said_and_unknown() -> None:
    library = small([("[ill]", "plain")], CONTRADICTION)
    found = whatif(consultation(library, frail=False, ill=False), {"ill": True})
    assert [conflict.facts for conflict in found.conflicts] == [("ill", "frail")]
    assert [verdict.after for verdict in found.difference.verdicts] == [None]


def test_what_cannot_be_true_is_no_single_change() -> None:
    library = small([("[ill]", "plain")], CONTRADICTION)
    assert [flip.fact for flip in flips(consultation(library, frail=True, ill=False))] == ["ill"]
    assert flips(consultation(library, frail=False, ill=False)) == ()
    library = small([("[ill]", "plain"), ("[NOT frail]", "careful")], CONTRADICTION)
    assert [flip.fact for flip in flips(consultation(library, frail=False, ill=False))] == ["frail"]


PLACES: tuple[Place, ...] = ("preferred", "later")
STANDINGS: tuple[Standing, ...] = ("offered", "needs check", "ruled out")
ANY: list[Placed | None] = [None, *(Placed(p, s, "r") for p, s in product(PLACES, STANDINGS))]


@pytest.mark.parametrize(("before", "after"), list(product(ANY, ANY)))
def test_what_kind_of_change_it_is(before: Placed | None, after: Placed | None) -> None:
    found = kinds_of(before, after)
    there = [option is not None and option.standing != "ruled out" for option in (before, after)]
    assert ("gained" in found) == (there == [False, True])
    assert ("lost" in found) == (there == [True, False])
    if there == [True, True] and before and after:
        assert ("place" in found) == (before.place != after.place)
        assert ("standing" in found) == (before.standing != after.standing)
    assert found == () or there != [False, False]


@pytest.mark.parametrize("given", [{}, {"ill": True}, {"frail": True, "ill": False}, {"count": 5, "ill": False}])
def test_single_changes_are_all_that_change_the_options(tiny: Library, given: dict[str, Value]) -> None:
    """Held against one what-if for each value of each fact."""
    start = consultation(tiny, **given)
    trials: dict[str, tuple[Value, ...]] = {
        "ill": (True, False),
        "frail": (True, False),
        "tested": (True, False),
        "low_count": (True, False),
    }
    expected = set()
    for fact, value in ((fact, value) for fact, values in trials.items() for value in values):
        found = whatif(start, {fact: value}).difference.options
        if given.get(fact) != value and {"gained", "lost"} & {change.kind for change in found}:
            expected.add((fact, value))
    assert {(flip.fact, flip.value) for flip in flips(start)} == expected


def test_of_numbers_the_nearest_is_told() -> None:
    library = small([("[count >= 20]", "plain"), ("[count >= 40]", "plain")])
    assert [(flip.now, flip.value) for flip in flips(consultation(library, count=50))] == [(50, 19)]


@pytest.mark.parametrize(
    ("limits", "within", "whole", "values"),
    [
        ((10,), Range(low=0, high=100), True, (9, 10, 11)),
        ((0, 2), Range(low=0, high=4), True, (0, 1, 2, 3)),
        ((1.5, 2.0), Range(low=0, high=4), False, (1.25, 1.5, 1.75, 2, 2.25)),
        ((), Range(low=3, high=5), False, (3, 4)),
        ((2.5,), None, True, (2, 3)),
    ],
)
def test_numbers_are_tried_on_every_side_of_a_limit(
    limits: tuple[float, ...], within: Range | None, whole: bool, values: tuple[float, ...]
) -> None:
    assert around(limits, within, whole=whole) == values
