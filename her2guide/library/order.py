"""Facts -> facts in dependency order: each stands after the facts it is derived from.

In: facts by id. Out: the same facts, ordered, and a problem for every circle.
"""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from ..errors import Problem
from ..language.evaluate import facts_of
from ..model.knowledge import Fact


def inputs_of(fact: Fact) -> tuple[str, ...]:
    """The facts that a fact is derived from, each once, in order."""
    rules = (*fact.derive, *fact.findings)
    named = [name for line in rules for name in facts_of(line.when)]
    first_known = fact.abstract.first_known if fact.abstract else ()
    return tuple(dict.fromkeys([*first_known, *named]))


def in_dependency_order(facts: Mapping[str, Fact]) -> tuple[dict[str, Fact], list[Problem]]:
    graph = {fact.id: [name for name in inputs_of(fact) if name in facts] for fact in facts.values()}
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as fault:
        circle = " -> ".join(fault.args[1])
        return dict(facts), [
            Problem(f"fact {fault.args[1][0]}", f"facts are derived in a circle: {circle}.", "Break it.")
        ]
    return {name: facts[name] for name in order}, []
