"""An edition over any patient -> when each recommendation holds and how its regimen stands.

In: the facts of any patient, agents and regimens. Out: rails and bits. The meaning is that of `engine.apply`, stated
once more; a generated test holds the two together. It does not know which recommendations are in force.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..library.library import Library
from ..model.knowledge import Agent, Recommendation, Regimen
from .circuit import Bit, Rails
from .patient import Facts


class Levels(NamedTuple):
    """When something stands at least so badly: with caution, to be checked first, ruled out."""

    caution: Bit
    check: Bit
    barred: Bit


class Advice:
    """Recommendations, regimens and agents for any patient, each worked out once."""

    def __init__(self, library: Library, facts: Facts) -> None:
        self.library = library
        self.facts = facts
        self.circuit = facts.circuit
        self.agents: dict[str, Levels] = {}
        self.regimens: dict[str, Levels] = {}
        self.overlaid: dict[str, Advice] = {}

    def applies(self, item: Recommendation) -> Rails:
        return self.facts.condition(item.when)

    def brought_up(self, item: Recommendation, in_force: Iterable[Recommendation]) -> Bit:
        """Whether it applies and gives way to none of those in force."""
        takers = [-self.applies(other).true for other in in_force if item.id in other.in_place_of]
        return self.circuit.every([self.applies(item).true, *takers])

    def regimen(self, name: str) -> Levels:
        """As its worst agent; where one of several agents is given, as the best of those."""
        if name not in self.regimens:
            regimen = self.library.regimens[name]
            given = self.given_with(regimen)
            parts = [[given.agent(agent) for agent in choice] for choice in regimen.choices()]
            best = [[self.circuit.every(level) for level in zip(*part, strict=True)] for part in parts]
            self.regimens[name] = Levels(*(self.circuit.some(level) for level in zip(*best, strict=True)))
        return self.regimens[name]

    def given_with(self, regimen: Regimen) -> Advice:
        """The advice for the patient who has this regimen, with what it provides."""
        if not regimen.provides:
            return self
        if regimen.id not in self.overlaid:
            overlaid = Facts(self.circuit, self.facts.columns, regimen.provides)
            self.overlaid[regimen.id] = Advice(self.library, overlaid)
        return self.overlaid[regimen.id]

    def agent(self, name: str) -> Levels:
        if name not in self.agents:
            self.agents[name] = self.work_out(self.library.agents[name])
        return self.agents[name]

    def work_out(self, agent: Agent) -> Levels:
        """Barred where a bar holds; to be checked where one cannot be told or a fact to know first is unknown."""
        circuit = self.circuit
        bars = [self.facts.condition(rule.when) for rule in agent.never_when]
        untold = [-self.facts.columns[fact].present for fact in agent.know_before]
        barred = circuit.some(bar.true for bar in bars)
        check = circuit.some([barred, *untold, *map(circuit.unknown, bars)])
        cautions = [self.facts.condition(rule.when).true for rule in agent.caution_when]
        return Levels(circuit.some([check, *cautions]), check, barred)
