"""Facts -> facts in dependency order: each stands after the facts it is derived from.

In: facts by id. Out: the same facts, ordered, and a problem for every circle.
"""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from ..errors import Problem
from ..language.needs import inputs_of
from ..model.fact import Fact


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
