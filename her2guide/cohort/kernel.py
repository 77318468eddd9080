"""An edition over many cases -> a verdict for each recommendation and a standing for each option, in every row.

In: an edition in force and recorded columns of some rows. Out: planes. The meaning is that of `engine.apply`; a
generated test holds the two together. It gives no traces and no reasons.
What is to be done is written into a plan once for each edition and set of columns, then done for every chunk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from threading import Lock
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from ..library.library import EditionInForce
from ..model.fact import Fact
from ..model.guidance import Standing
from ..model.knowledge import Recommendation
from .columns import Coded, Column, Numbers, plane_for
from .conditions import Codes, Known, Rails
from .missing import missing_facts
from .plan import NOTHING, Input, Plan, Slot, do
from .planes import Plane, Rows, Truths, union
from .safety import Safety
from .settled import settle_facts


class Verdicts(Struct, frozen=True):
    """For each recommendation its truth, and for each that brings up a regimen the rows of each standing.

    `given_way`: recommendation -> rows in which another takes its place. `missing`: fact -> rows in which it could
    settle something; None where that was not asked for. `settled`: fact -> what is known of it in the end.
    """

    applies: Mapping[str, Truths]
    options: Mapping[str, Mapping[Standing, Plane]]
    given_way: Mapping[str, Plane]
    missing: Mapping[str, Plane] | None
    settled: Mapping[str, Column]


def judge(
    edition: EditionInForce, recorded: Mapping[str, Column], rows: Rows, *, missing: bool = False, settled: bool = False
) -> Verdicts:
    """Apply an edition to some rows. `missing`: whether the facts that could settle something are named as well.

    `settled`: the columns are those of finished cases: nothing follows from them that they do not hold.
    """
    return judging(edition, frozenset(recorded), missing=missing, settled=settled).judge(recorded, rows)


KEPT: dict[tuple[int, frozenset[str], bool, bool], Judging] = {}
MOST_KEPT = 16
KEEPING = Lock()


def judging(edition: EditionInForce, recorded: frozenset[str], *, missing: bool, settled: bool) -> Judging:
    """What is to be done for an edition and these columns; the last few are kept."""
    key = (id(edition), recorded, missing, settled)
    with KEEPING:
        made = KEPT.pop(key, None) or Judging(edition, recorded, missing=missing, settled=settled)
        KEPT[key] = made  # the newest stands last; it holds its edition, so that no other can have the same id
        while len(KEPT) > MOST_KEPT:
            del KEPT[next(iter(KEPT))]
        return made


class Judging:
    """An edition made ready for tables with certain columns."""

    def __init__(
        self, edition: EditionInForce, recorded: Collection[str], *, missing: bool = False, settled: bool = False
    ) -> None:
        library, plan = edition.library, Plan()
        facts = map(bare, library.facts.values()) if settled else library.facts.values()
        self.contradictions = () if settled else library.contradictions
        self.edition, self.plan = edition, plan
        items = [entry.item for entry in edition.recommendations]
        met = Counter(criterion.expression for item in items for criterion in item.when.criteria)
        rank = {expression: -count for expression, count in met.items()}
        found = settle_facts(facts, recorded, self.contradictions, plan, rank)
        self.known = found.known
        self.broken = {rule.id: found.condition(rule.when).true for rule in self.contradictions}
        plan.mark()
        self.applies = {item.id: found.condition(item.when) for item in items}
        self.given_way = given_way(items, self.applies, plan)
        self.options = {}
        safety = Safety(edition.library, found)
        for item in items:
            if regimen := item.recommend.option():
                brought_up = plan.less(self.applies[item.id].true, self.given_way.get(item.id, NOTHING))
                self.options[item.id] = safety.option(regimen, brought_up)
        self.missing = missing_facts(edition, found, self.applies, self.checked()) if missing else None
        plan.ready(self.wanted())

    def checked(self) -> dict[str, Slot]:
        return {name: standings["needs check"] for name, standings in self.options.items()}

    def wanted(self) -> Iterator[Slot]:
        for rails in self.applies.values():
            yield from rails
        for standings in self.options.values():
            yield from standings.values()
        for found in (self.given_way, self.missing or {}, self.broken):
            yield from found.values()
        for known in self.known.values():
            parts = known.values if isinstance(known, Codes) else known.parts
            yield from (*parts.values(), known.present, known.unsure)

    def judge(self, recorded: Mapping[str, Column], rows: Rows) -> Verdicts:
        slots = self.settle(recorded, rows)
        do(self.plan.second, slots, rows)
        return Verdicts(
            {name: Truths(slots[true], slots[false]) for name, (true, false) in self.applies.items()},
            {name: {level: slots[s] for level, s in found.items()} for name, found in self.options.items()},
            {name: slots[slot] for name, slot in self.given_way.items()},
            None if self.missing is None else {fact: slots[slot] for fact, slot in self.missing.items()},
            {fact: column_in(slots, known, recorded, rows) for fact, known in self.known.items()},
        )

    def settle(self, recorded: Mapping[str, Column], rows: Rows) -> list[Plane]:
        """Do the first part; where a contradiction stands, withdraw its facts and do it again for these words."""
        plan = self.plan
        slots = plan.start({slot: plane_for(asked, recorded, rows) for asked, slot in plan.inputs.items()}, rows)
        do(plan.first, slots, rows)
        words = np.flatnonzero(union((slots[slot] for slot in self.broken.values()), rows))
        if words.size:
            plan.put_back(self.without_broken(slots, words, rows.at(words)), words, slots, rows)
        return slots

    def without_broken(self, slots: Sequence[Plane], words: NDArray[np.intp], rows: Rows) -> list[Plane]:
        """The first part again for some words, until no contradiction is new in any row."""
        part = self.plan.cut(slots, words, rows)
        new = stated = {rule: rows.known(slots[slot][words]) for rule, slot in self.broken.items()}
        while any(plane.any() for plane in new.values()):
            for rule in self.contradictions:
                for slot in (self.plan.input(Input("withdrawn", fact)) for fact in rule.facts):
                    part[slot] = rows.either(part[slot], new[rule.id])
            do(self.plan.again, part, rows)
            new = {rule: rows.less(part[slot], stated[rule]) for rule, slot in self.broken.items()}
            stated = {rule: rows.either(stated[rule], plane) for rule, plane in new.items()}
        return part


def bare(fact: Fact) -> Fact:
    """The fact of a finished case: it follows from nothing."""
    return replace(fact, derive=(), findings=(), abstract=None)


def given_way(items: Iterable[Recommendation], applies: Mapping[str, Rails], plan: Plan) -> dict[str, Slot]:
    """For each recommendation the rows in which another that applies takes its place."""
    found: dict[str, Slot] = {}
    for item in items:
        for name in item.in_place_of:
            found[name] = plan.either(found.get(name, NOTHING), applies[item.id].true)
    return found


def column_in(slots: list[Plane], known: Known, recorded: Mapping[str, Column], rows: Rows) -> Column:
    """What is known of a fact in the end, out of the planes of a plan that was done."""
    if isinstance(known, Codes):
        values = {value: slots[slot] for value, slot in known.values.items()}
        return Coded(values, slots[known.present], slots[known.unsure])
    numbers: NDArray[Any] | None = None
    for origin, slot in known.parts.items():
        if slots[slot] is not rows.none or numbers is None:
            column = recorded[origin] if isinstance(origin, str) else None
            new = column.numbers if isinstance(column, Numbers) else np.full(rows.count, origin, np.float64)
            numbers = new if numbers is None else np.where(rows.unpack(slots[slot]), new, numbers)
    return Numbers(np.zeros(rows.count) if numbers is None else numbers, slots[known.present], slots[known.unsure])
