"""Which questions are asked, and in which order: only those that can change an answer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from her2guide.engine.ask import Question, questions
from her2guide.engine.consultation import Consultation
from her2guide.engine.trial_values import limits_in_force, trial_values
from her2guide.engine.whatif import difference
from her2guide.library.build import build_library
from her2guide.library.library import Library
from her2guide.model.chart import Chart, Observation
from her2guide.model.condition import Value

from .tiny import AGENTS, DAY, EDITION, FACTS, REGIMENS, RULE, tiny_library

TWO_TESTS = """
- {id: both, title: both, kind: drug, know_before: [tested, frail]}
- {id: three, title: three, kind: drug, know_before: [tested, frail, count]}
"""
REGIMENS_OF_TESTS = "- {id: both, title: both, agents: [both]}\n- {id: three, title: three, agents: [three]}\n"
CONTRADICTION = "- {id: odd, title: ill and not frail, when: [ill, NOT frail], facts: [ill, frail]}"


@pytest.fixture(scope="module")
def tiny() -> Library:
    return tiny_library()


def small(rules: list[tuple[str, str]], contradictions: str = "") -> Library:
    """The tiny facts and agents under other rules; one more agent needs two tests."""
    made = "".join(
        RULE.format(id=f"rule-{n}", when=when, recommend=f"{{action: offer, regimen: {regimen}}}")
        for n, (when, regimen) in enumerate(rules)
    )
    files = {
        "facts/all.yaml": FACTS,
        "agents/all.yaml": f"{AGENTS}{TWO_TESTS}\n",
        "regimens/all.yaml": f"{REGIMENS}{REGIMENS_OF_TESTS}",
        "editions/small/edition.yaml": EDITION,
        "editions/small/rules.yaml": made,
    }
    return build_library({**files, "facts/contradictions.yaml": contradictions} if contradictions else files, "small")


def consultation(library: Library, **given: Value) -> Consultation:
    observations = tuple(Observation(fact, value, DAY.replace(year=2025), "test") for fact, value in given.items())
    return Consultation(Chart("test", "test", observations=observations), library.edition("small", "us", DAY), DAY)


def asked(library: Library, cannot_tell: tuple[str, ...] = (), **given: Value) -> list[str]:
    return [question.fact for question in questions(consultation(library, **given), cannot_tell)]


def every_case() -> Iterator[dict[str, Value]]:
    choices = {"ill": (None, True, False), "frail": (None, True, False), "tested": (None, True), "count": (None, 5, 50)}
    for values in product(*choices.values()):
        yield {fact: value for fact, value in zip(choices, values, strict=True) if value is not None}


def test_nothing_is_asked_when_all_is_told(tiny: Library) -> None:
    assert asked(tiny, ill=False, frail=False, tested=True, count=50) == []


def test_a_number_is_asked_if_a_limit_lies_in_its_range(tiny: Library) -> None:
    assert asked(tiny, ill=False, frail=False, tested=True) == ["low_count"]
    assert asked(small([("[count >= 20]", "plain")])) == ["count"]


@pytest.mark.parametrize("given", list(every_case()), ids=str)
def test_what_is_asked_can_change_an_answer_and_nothing_that_can_is_left_out(
    tiny: Library, given: dict[str, Value]
) -> None:
    found = consultation(tiny, **given)
    before, limits = found.guidance(), limits_in_force(found.edition)
    alone = {question.fact for question in questions(found) if not question.together}
    for missing in (entry.fact for entry in before.missing):
        values = trial_values(tiny.facts[missing], limits)
        after = [difference(before, found.answered({missing: value}).guidance()) for value in values]
        assert any(change.options or change.verdicts for change in after) == (missing in alone)


def test_two_tests_before_one_drug_are_both_asked_although_neither_settles_it_alone() -> None:
    library = small([("[ill]", "both")])
    found = questions(consultation(library, ill=True))
    assert [(question.fact, question.together) for question in found] == [("frail", True), ("tested", True)]
    assert all(question.regimens == ("both",) for question in found)


def test_three_tests_before_one_drug_are_all_asked() -> None:
    found = questions(consultation(small([("[ill]", "three")]), ill=True))
    assert {question.fact for question in found if question.together} == {"frail", "tested", "count"}


def test_a_standing_that_any_answer_settles_is_decided() -> None:
    (question,) = questions(consultation(small([("[frail]", "checked")]), frail=True))
    assert (question.fact, question.settles, question.regimens) == ("tested", 1.0, ("checked",))


def test_a_contradiction_that_was_there_before_stops_no_question() -> None:
    library = small([("[count >= 20]", "plain")], CONTRADICTION)
    start = consultation(library, ill=True, frail=False)
    assert start.case().conflicts
    assert [question.fact for question in questions(start)] == ["count"]


def test_each_of_two_that_would_do_is_asked_while_a_third_is_unknown() -> None:
    """With `ill` unknown neither changes anything alone, and an answer to one makes the other needless."""
    library = small([("[ill, frail OR tested]", "plain")])
    assert [(q.fact, q.together) for q in questions(consultation(library))] == [
        ("ill", False),
        ("frail", True),
        ("tested", True),
    ]


def test_what_only_an_unanswerable_question_could_settle_is_not_asked() -> None:
    library = small([("[ill]", "both")])
    missing = [entry.fact for entry in consultation(library, ill=True).guidance().missing]
    assert missing == ["frail", "tested"]
    assert asked(library, ("frail",), ill=True) == []


def test_a_question_that_nobody_can_answer_is_not_asked_again(tiny: Library) -> None:
    assert "ill" in asked(tiny)
    assert "ill" not in asked(tiny, ("ill",))


def test_an_answer_that_contradicts_the_record_does_not_count() -> None:
    rules = [("[ill]", "plain")]
    assert asked(small(rules), frail=False) == ["ill"]
    contradicted = small([("[ill]", "plain"), ("[NOT frail]", "careful")], CONTRADICTION)
    (question,) = questions(consultation(contradicted, frail=False))
    assert question.regimens == ()  # only `no` is possible, and it brings up nothing
    assert question.recommendations == ("rule-0",)


def test_a_question_says_what_it_could_settle() -> None:
    (question,) = questions(consultation(small([("[ill]", "plain")])))
    assert question == Question("ill", 0.5, ("d",), ("plain",), ("rule-0",))


def test_the_most_decisive_comes_first() -> None:
    """A yes to `frail` and a no change something; of the count only its low values do."""
    library = small([("[frail]", "plain"), ("[ill, NOT frail]", "plain")])
    found = questions(consultation(library, ill=True))
    assert [question.fact for question in found] == ["frail"]
    settles = [question.settles for question in questions(consultation(tiny_library()))]
    assert settles == sorted(settles, reverse=True)


def test_an_answer_counts_as_the_newest_record(tiny: Library) -> None:
    case = consultation(tiny, count=50).answered({"count": 5}).case()
    assert case.values() == {"count": 5, "low_count": True}
    assert case.known["count"].origin.on == DAY


@pytest.mark.parametrize(
    ("fact", "values"),
    [("ill", (True, False)), ("count", (9, 10, 11))],
)
def test_the_values_that_are_tried(tiny: Library, fact: str, values: tuple[Value, ...]) -> None:
    edition = tiny.edition("small", "us", DAY)
    assert trial_values(tiny.facts[fact], limits_in_force(edition)) == values
