"""A verdict that was kept from another case is the one that this case would have got on its own.

Random partial cases, one after the other, over editions of several days: each verdict is worked out anew from the
plain meaning, criterion by criterion.
"""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest

from her2guide.engine.criteria import criteria_of
from her2guide.engine.trial_values import limits_in_force, trial_values
from her2guide.kleene import all_of
from her2guide.language.evaluate import trace_condition
from her2guide.language.needs import Questions
from her2guide.language.settle import settle
from her2guide.library.library import EditionInForce, InForce
from her2guide.library.read import read_library
from her2guide.model.case import Known, Origin
from her2guide.model.condition import Value
from her2guide.model.guidance import Verdict

CASES = 60
EDITIONS = [("current", "us", "2026-11-23"), ("current", "eu", "2017-06-01"), ("article", "us", "2026-11-23")]


def plain(entry: InForce, edition: EditionInForce, values: Mapping[str, Value]) -> Verdict:
    item = entry.item
    truth, trace = trace_condition(item.when, values)
    questions = Questions(edition.library.facts, values)
    needs = questions.behind(found.step for found in trace) if truth is None else ()
    studied = all_of(found.truth for found in trace_condition(item.studied_in, values)[1])
    return Verdict(item.id, item.decision, item.recommend.action, entry.place, truth, trace, needs, studied)


@pytest.mark.parametrize("which", EDITIONS, ids=" ".join)
def test_a_kept_verdict_is_the_plain_one(which: tuple[str, str, str]) -> None:
    edition = read_library().edition(*which)
    facts, limits, draw = edition.library.facts, limits_in_force(edition), random.Random(7)  # noqa: S311 - drawn anew alike each time
    for _ in range(CASES):
        share = draw.choice((0.05, 0.2, 0.5))
        values = {f.id: draw.choice(trial_values(f, limits)) for f in facts.values() if draw.random() < share}
        recorded = {name: Known(value, Origin("recorded")) for name, value in values.items()}
        known = settle(facts.values(), recorded, edition.library.contradictions).known
        found = {name: answer.value for name, answer in known.items()}
        questions = Questions(facts, found)
        for entry, verdict in zip(
            edition.recommendations, criteria_of(edition).verdicts(edition.recommendations, questions), strict=True
        ):
            assert verdict == plain(entry, edition, found)
