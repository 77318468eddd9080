"""The facts as they were defined on a day -> what of them abstraction needs for every chart, worked out once.

In: facts and a day. Out: the facts with the lines that count, ready to be settled, all and by group of tests.
It knows no chart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from ..language.settle import Settling
from ..library.library import facts_on
from ..model.fact import Fact
from .computed import teller


class Group:
    """The facts that are tested together, and those of them whose changes are shown."""

    def __init__(self, facts: Mapping[str, Fact], name: str | None) -> None:
        self.facts = tuple(fact for fact in facts.values() if fact.tested_with == name)
        self.watched = tuple(fact for fact in self.facts if fact.watched)
        self.settling = Settling(self.facts)


class Definitions:
    """Facts as defined. `told`: by fact, what tells it from a chart that does not state it."""

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        self.facts = facts
        self.place = {name: number for number, name in enumerate(facts)}
        self.settling = Settling(facts.values())
        self.groups = {name: Group(facts, name) for name in {fact.tested_with for fact in facts.values()} if name}
        abstracted = {fact.id: fact.abstract for fact in facts.values() if fact.abstract}
        self.told = {name: tell for name, how in abstracted.items() for tell in [teller(how)] if tell}
        self.in_specimen = {name: how.in_specimen for name, how in abstracted.items() if how.in_specimen}

    def in_order(self, names: Iterable[str]) -> list[str]:
        """Those of the names that are facts, in dependency order."""
        return sorted((name for name in names if name in self.place), key=self.place.__getitem__)


KEPT: list[tuple[Mapping[str, Fact], date, Definitions]] = []


def defined(facts: Mapping[str, Fact], day: date) -> Definitions:
    """The facts as they were defined on a day. The last few are kept: a cohort asks for the same again."""
    for given, on, found in KEPT:
        if given is facts and on == day:
            return found
    made = Definitions(facts_on(facts, day))
    KEPT.insert(0, (facts, day, made))
    del KEPT[4:]
    return made
