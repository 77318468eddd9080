"""Regimens -> how they stand in each row, as SQL expressions.

In: the agents of a library with their safety rules, settled facts. Out: an expression for each regimen asked for.
The meaning is that of `kernel.Safety`. It does not know who brings a regimen up.
"""

from __future__ import annotations

from typing import NamedTuple

from ..library.library import Library
from ..model.guidance import BEST_FIRST
from ..model.knowledge import Agent
from .sql_facts import SettledSql
from .sql_layers import Sql, all_of, any_of, case, is_null, literal


class Levels(NamedTuple):
    """Where an agent stands at least so badly: true, and NULL for not."""

    caution: Sql
    check: Sql
    out: Sql


class SafetySql:
    """How regimens stand; parts that are alike are worked out once."""

    def __init__(self, library: Library, settled: SettledSql) -> None:
        self.library = library
        self.settled = settled
        self.shared = settled.layers.shared

    def regimen(self, name: str) -> Sql:
        """A standing: that of the worst agent; where one of several agents is given, of the best of those."""
        regimen = self.library.regimens[name]
        settled = SettledSql(self.settled.layers, self.settled.facts, regimen.provides)
        choices = [[self.agent(self.library.agents[agent], settled) for agent in names] for names in regimen.choices()]
        caution, check, out = (
            any_of(all_of(found[level] for found in agents) for agents in choices) for level in range(3)
        )
        offered, careful, checked, ruled_out = map(literal, BEST_FIRST)
        worst_first = [(out, ruled_out), (check, checked), (caution, careful)]
        return self.shared(f"regimen.{name}", case(worst_first, offered))

    def agent(self, agent: Agent, settled: SettledSql) -> Levels:
        """Ruled out where a bar holds; to be checked where one cannot be told or a fact to know first is unknown."""
        out = self.shared(f"out.{agent.id}", any_of(settled.condition(rule.when) for rule in agent.never_when))
        unknown = [is_null(out), *map(settled.is_unknown, agent.know_before)]
        check = self.shared(f"check.{agent.id}", any_of([out, *unknown]))
        careful = any_of(settled.condition(rule.when) for rule in agent.caution_when)
        return Levels(self.shared(f"caution.{agent.id}", any_of([careful, check])), check, out)
