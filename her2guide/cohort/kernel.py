"""An edition over many cases -> a verdict for each recommendation and a standing for each option, in every row.

In: an edition in force and recorded columns of some rows. Out: planes. The meaning is that of `engine.apply`; a
generated test holds the two together. It gives no traces and no reasons.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from ..library.library import EditionInForce
from ..model.condition import Value
from ..model.guidance import BEST_FIRST, Standing
from ..model.knowledge import Agent, Regimen
from .columns import Column
from .planes import Plane, Rows, Truths
from .settled import SettledColumns, settle_columns

# For each standing but the best: the rows that stand at least so badly.
Levels = tuple[Plane, Plane, Plane]


class Verdicts(Struct, frozen=True):
    """For each recommendation its truth, and for each that brings up a regimen the rows of each standing."""

    applies: Mapping[str, Truths]
    options: Mapping[str, Mapping[Standing, Plane]]
    settled: SettledColumns


def judge(edition: EditionInForce, recorded: Mapping[str, Column], rows: Rows) -> Verdicts:
    """Apply an edition to some rows."""
    library = edition.library
    settled = settle_columns(list(library.facts.values()), recorded, library.contradictions, rows)
    applies = {entry.item.id: settled.condition(entry.item.when) for entry in edition.recommendations}
    given_way: dict[str, Plane] = {}
    for entry in edition.recommendations:
        for name in entry.item.in_place_of:
            given_way[name] = given_way.get(name, rows.none) | applies[entry.item.id].true
    safety = Safety(edition, settled)
    options = {}
    for entry in edition.recommendations:
        item = entry.item
        if item.recommend.regimen and item.recommend.action not in ("avoid", "obtain"):
            brought_up = applies[item.id].true & ~given_way.get(item.id, rows.none)
            options[item.id] = safety.standings(item.recommend.regimen, brought_up)
    return Verdicts(applies, options, settled)


class Safety:
    """How regimens stand in the rows of a settling; each agent and regimen is worked out once."""

    def __init__(self, edition: EditionInForce, settled: SettledColumns) -> None:
        self.library = edition.library
        self.settled = settled
        self.regimens: dict[str, Levels] = {}
        self.agents: dict[str, Levels] = {}

    def standings(self, name: str, brought_up: Plane) -> dict[Standing, Plane]:
        """The rows in which a regimen is brought up, by its standing."""
        if name not in self.regimens:
            self.regimens[name] = self.regimen(self.library.regimens[name])
        caution, check, out = self.regimens[name]
        offered, careful, checked, ruled_out = BEST_FIRST
        return {
            offered: brought_up & ~caution,
            careful: brought_up & caution & ~check,
            checked: brought_up & check & ~out,
            ruled_out: brought_up & out,
        }

    def regimen(self, regimen: Regimen) -> Levels:
        """As its worst agent; where one of several agents is given, as the best of those."""
        safety = self
        if regimen.provides:
            given: dict[str, Value] = dict(regimen.provides)
            safety = Safety.__new__(Safety)
            safety.library, safety.regimens, safety.agents = self.library, {}, {}
            safety.settled = SettledColumns(self.settled.columns, self.settled.rows, given)
        worst = (self.settled.rows.none,) * 3
        for names in regimen.choices():
            best = (self.settled.rows.all,) * 3
            for name in names:
                best = tuple(a & b for a, b in zip(best, safety.agent(name), strict=True))  # type: ignore[assignment]
            worst = tuple(a | b for a, b in zip(worst, best, strict=True))  # type: ignore[assignment]
        return worst

    def agent(self, name: str) -> Levels:
        if name not in self.agents:
            self.agents[name] = self.work_out(self.library.agents[name])
        return self.agents[name]

    def work_out(self, agent: Agent) -> Levels:
        """Barred where a bar holds; to be checked where one cannot be told or a fact to know first is unknown."""
        rows = self.settled.rows
        barred, check, caution = rows.none, rows.none, rows.none
        for rule in agent.never_when:
            truths = self.settled.condition(rule.when)
            barred, check = barred | truths.true, check | rows.unknown(truths)
        for rule in agent.caution_when:
            caution = caution | self.settled.condition(rule.when).true
        for fact in agent.know_before:
            column = self.settled.columns.get(fact)
            check = check | (rows.all & ~column.present if column else rows.all)
        return (caution | check | barred, check | barred, barred)
