"""Two guidances for one case -> how they agree, topic by topic.

In: what two editions (or one edition on two days) say of the same case. Out: one kind a topic.
Treatments are compared as the agents that are given together, so editions need not share regimens.
It does not say which of them is right.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Literal, get_args

from msgspec import Struct

from ..library.library import Library
from ..model.guidance import Guidance
from ..model.knowledge import Regimen

Kind = Literal["identical", "narrower", "wider", "different", "incompatible", "silent"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Treatment = frozenset[str]  # agents that are given together


class Comparison(Struct, frozen=True):
    """One topic: what both offer, what only one does, and what one offers and the other advises against."""

    topic: str
    kind: Kind
    both: tuple[str, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    opposed: tuple[str, ...]


def compare(first: Guidance, second: Guidance, library: Library) -> tuple[Comparison, ...]:
    """Every topic on which at least one of the two has something to offer or to advise against."""
    topics = list(dict.fromkeys([*topics_of(first, library).values(), *topics_of(second, library).values()]))
    found = [compare_topic(topic, first, second, library) for topic in topics]
    return tuple(comparison for comparison in found if comparison is not None)


def topics_of(guidance: Guidance, library: Library) -> dict[str, str]:
    """Decision -> the topic it belongs to; editions may cut the same topic into different decisions."""
    return {d.id: d.topic or d.id for d in library.editions[guidance.edition].head.decisions}


def compare_topic(topic: str, first: Guidance, second: Guidance, library: Library) -> Comparison | None:
    offers = [offered(guidance, topic, library) for guidance in (first, second)]
    against = [advised_against(guidance, topic, library) for guidance in (first, second)]
    if not any((*offers, *against)):
        return None
    opposed = (offers[0] & against[1]) | (offers[1] & against[0])
    return Comparison(
        topic,
        kind_of(offers[0], offers[1], opposed),
        names(offers[0] & offers[1]),
        names(offers[0] - offers[1]),
        names(offers[1] - offers[0]),
        names(opposed),
    )


def kind_of(first: set[Treatment], second: set[Treatment], opposed: set[Treatment]) -> Kind:
    """How the second stands to the first."""
    if opposed:
        return "incompatible"
    if not first or not second:
        return "identical" if first == second else "silent"
    if first == second:
        return "identical"
    if second < first:
        return "narrower"
    return "wider" if second > first else "different"


def offered(guidance: Guidance, topic: str, library: Library) -> set[Treatment]:
    """The treatments that a guidance brings up for a topic, without those that safety rules out."""
    topics = topics_of(guidance, library)
    found: set[Treatment] = set()
    for option in guidance.options:
        if topics[option.decision] == topic and option.standing != "ruled out":
            barred = {agent.agent for agent in option.agents if agent.standing == "ruled out"}
            found |= {t for t in treatments(library.regimens[option.regimen]) if not t & barred}
    return found


def advised_against(guidance: Guidance, topic: str, library: Library) -> set[Treatment]:
    """The treatments that a guidance advises against, or that the safety of their agents rules out."""
    topics = topics_of(guidance, library)
    items = {item.id: item for item in library.editions[guidance.edition].recommendations}
    found: set[Treatment] = set()
    for verdict in guidance.verdicts:
        name = items[verdict.recommendation].recommend.regimen
        if verdict.action == "avoid" and verdict.applies and name and topics[verdict.decision] == topic:
            found |= treatments(library.regimens[name])
    return found


def treatments(regimen: Regimen) -> set[Treatment]:
    """The sets of agents that a regimen can mean: one for each choice among alternatives."""
    return {frozenset(chosen) for chosen in product(*regimen.choices())}


def names(found: set[Treatment]) -> tuple[str, ...]:
    return tuple(sorted(" + ".join(sorted(agents)) for agents in found))


def counts(compared: Mapping[str, tuple[Comparison, ...]]) -> dict[str, dict[Kind, int]]:
    """Topic -> kind -> how many cases; for a comparison over many cases."""
    table: dict[str, dict[Kind, int]] = {}
    for comparisons in compared.values():
        for comparison in comparisons:
            row = table.setdefault(comparison.topic, dict.fromkeys(KINDS, 0))
            row[comparison.kind] += 1
    return table
