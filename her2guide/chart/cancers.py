"""Two cancers in one record, left and right: which of their records count, and when they must be told apart.

In: observations that may say a side. Out: those of one side, or the conflict that asks for a choice.
It does not know which of two cancers a metastasis came from: what was tested there belongs to neither side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..model.case import Conflict
from ..model.chart import Chart, Observation, Side
from ..model.fact import Fact


def about_cancer(observation: Observation, facts: Mapping[str, Fact]) -> bool:
    """Whether it would have another answer in another cancer of the same person."""
    fact = facts.get(observation.fact)
    elsewhere = observation.specimen and observation.specimen.site == "metastasis"
    return bool(fact and (fact.of == "cancer" or fact.tested_with) and not elsewhere)


def sides(chart: Chart, facts: Mapping[str, Fact], observations: Iterable[Observation]) -> set[Side]:
    """The sides that the record knows a cancer of."""
    return {*chart.cancers, *(o.side for o in observations if o.side and about_cancer(o, facts))}


def of_side(chart: Chart, facts: Mapping[str, Fact], side: Side | None) -> Sequence[Observation]:
    """The observations of one cancer. With two in the record, what does not say its side belongs to neither."""
    if side is None:
        return chart.observations
    both = len(sides(chart, facts, chart.observations)) > 1
    wanted = {side} if both else {side, None}
    return [o for o in chart.observations if o.side in wanted or not about_cancer(o, facts)]


def two_cancers(chart: Chart, facts: Mapping[str, Fact], observations: Sequence[Observation]) -> list[Conflict]:
    """One conflict over every fact that the two sides do not answer alike."""
    if len(sides(chart, facts, observations)) < 2:  # noqa: PLR2004 - left and right
        return []
    told: dict[str, dict[Side | None, set[object]]] = {}
    places: list[str] = []
    for o in observations:
        if about_cancer(o, facts):
            told.setdefault(o.fact, {}).setdefault(o.side, set()).add(o.value)
            places.append(o.where)
    unlike = tuple(fact for fact, by_side in told.items() if not alike(by_side))
    says = "records of two cancers, left and right; choose one with --side"
    return [Conflict(unlike, says, tuple(dict.fromkeys(places))[:6])] if unlike else []


def alike(by_side: Mapping[Side | None, set[object]]) -> bool:
    """Both sides are told, and everything told is one value."""
    return {"left", "right"} <= set(by_side) and len(set().union(*by_side.values())) == 1
