"""The criteria of an edition, each once: many recommendations share them.

In: the recommendations of an edition, then the values of a case. Out: the trace of every criterion, and for a
recommendation those of its condition with their truth. The meaning is that of `language.evaluate`, which it calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from ..kleene import Truth
from ..language.evaluate import facts_in, trace_criterion
from ..library.library import EditionInForce
from ..model.condition import Value
from ..model.guidance import CriterionTrace
from ..model.knowledge import Recommendation

Pick = Callable[[Sequence[Any]], tuple[Any, ...]]


class Criteria:
    """Every criterion of some recommendations. `picks`: for each recommendation, which of them are its own."""

    def __init__(self, recommendations: Sequence[Recommendation]) -> None:
        self.recommendations = recommendations
        found = {c.text: c for item in recommendations for c in item.when.criteria}
        place = {text: index for index, text in enumerate(found)}
        self.criteria = [(c, facts_in(c.expression), trace_criterion(c, {})) for c in found.values()]
        self.picks = {item.id: pick([place[c.text] for c in item.when.criteria]) for item in recommendations}

    def traces(self, values: Mapping[str, Value]) -> list[CriterionTrace]:
        """The trace of each criterion. One of which nothing is known comes out alike for every case."""
        known = values.keys()
        return [
            blank if known.isdisjoint(facts) else trace_criterion(criterion, values)
            for criterion, facts, blank in self.criteria
        ]


def pick(places: Sequence[int]) -> Pick:
    """What takes the items at these places out of a sequence."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda items: tuple(items[place] for place in places)


def together(truths: tuple[Truth, ...]) -> Truth:
    """The truth of a condition whose criteria have these."""
    return False if False in truths else None if None in truths else True


MADE: dict[tuple[str, str], Criteria] = {}


def criteria_of(edition: EditionInForce) -> Criteria:
    """The criteria of the whole edition, made once for each library."""
    name = edition.head.id
    recommendations = edition.library.editions[name].recommendations
    made = MADE.get((edition.library.digest, name))
    if made is None or made.recommendations is not recommendations:
        made = MADE[edition.library.digest, name] = Criteria(recommendations)
    return made
