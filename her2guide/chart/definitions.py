"""The facts as they were defined on a day -> what of them abstraction needs for every chart, worked out once.

In: facts and a day. Out: the facts with the lines that count, ready to be settled, all and by group of tests.
It knows no chart.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from ..language.settle import Settling
from ..library.library import facts_on
from ..model.fact import Fact
from .computed import Tell, teller


class Group:
    """The facts that are tested together, and those of them whose changes are shown."""

    def __init__(self, facts: Mapping[str, Fact], name: str | None) -> None:
        self.facts = tuple(fact for fact in facts.values() if fact.tested_with == name)
        self.watched = tuple(fact for fact in self.facts if fact.watched)
        self.settling = Settling(self.facts)


class Definitions:
    """Facts as defined. `told`: by fact, what tells it from a chart that does not state it.

    `abstracted`: those and the ones that a specimen tells on its own.
    """

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        self.facts = facts
        self.settling = Settling(facts.values())
        self.groups = {name: Group(facts, name) for name in {fact.tested_with for fact in facts.values()} if name}
        found = {fact.id: teller(fact) for fact in facts.values()}
        self.told: dict[str, Tell] = {name: tell for name, tell in found.items() if tell}
        alone = (fact.id for fact in facts.values() if fact.abstract and fact.abstract.in_specimen)
        self.abstracted = frozenset([*self.told, *alone])


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
