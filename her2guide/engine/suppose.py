"""A consultation and supposed values -> the case as it would be.

In: values that replace what the record says of some facts. Out: a case in which everything that follows
from them is worked out anew, and what of the record had to be set aside for it.
It does not know whether the supposed could be true: contradictions are left in the case.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from ..language.needs import inputs_of
from ..model.case import Case
from ..model.condition import Value
from ..model.fact import Fact
from .consultation import Consultation

SUPPOSED = "supposed"
Values = Mapping[str, Value | None]  # None: unknown


class SetAside(Struct, frozen=True):
    """The value that the record gives a fact, from where, and the value that counts instead (null: unknown)."""

    fact: str
    recorded: Value
    instead: Value | None
    facts: tuple[str, ...]
    where: tuple[str, ...]


class Supposing:
    """What would hold if: the order in which facts follow from each other is worked out once."""

    def __init__(self, consultation: Consultation) -> None:
        self.consultation = consultation
        self.facts = consultation.edition.library.facts
        self.observed = {observation.fact for observation in consultation.chart.observations}
        self.inputs = {name: inputs(fact) for name, fact in self.facts.items()}

    def case(self, supposed: Values) -> Case:
        """The case with these values. A record of what follows counts only where nothing else tells it."""
        after = self.following(supposed) & self.observed
        case = self.case_without(after, supposed)
        settled = {*case.known, *(fact for conflict in case.conflicts for fact in conflict.facts)}
        return self.case_without(after & settled, supposed) if after - settled else case

    def case_without(self, passed_over: Collection[str], supposed: Values) -> Case:
        chart = self.consultation.chart
        kept = [o for o in chart.observations if o.fact not in supposed and o.fact not in passed_over]
        added = [self.consultation.said(f, value, SUPPOSED) for f, value in supposed.items() if value is not None]
        return replace(self.consultation, chart=replace(chart, observations=(*kept, *added))).case(stated_only=supposed)

    def following(self, supposed: Iterable[str]) -> set[str]:
        """The facts that follow from these, however far. Facts stand in the order in which they follow."""
        reached = set(supposed)
        for name in self.facts:
            if not reached.isdisjoint(self.inputs[name]):
                reached.add(name)
        return reached - set(supposed)

    def set_aside(self, before: Case, after: Case, supposed: Values) -> tuple[SetAside, ...]:
        """Records that do not fit the supposed values: of what follows from them, and of what they follow from."""
        return (*self.overruled(before, after, supposed), *self.misfits(supposed))

    def overruled(self, before: Case, after: Case, supposed: Values) -> Iterator[SetAside]:
        """Recorded values that what is supposed gives another value."""
        for name in self.facts:
            old, new = before.known.get(name), after.known.get(name)
            if name in supposed or old is None or old.origin.kind != "recorded":
                continue
            if new is None or new.value != old.value:
                yield SetAside(name, old.value, new.value if new else None, (), old.origin.where)

    def misfits(self, supposed: Values) -> Iterator[SetAside]:
        """Supposed values of facts that the rest of the record answers otherwise."""
        for name, value in supposed.items():
            others = {fact: other for fact, other in supposed.items() if fact != name}
            known = self.case(others).known.get(name)
            if known and known.origin.kind != "recorded" and known.value != value:
                yield SetAside(name, known.value, value, known.origin.facts, known.origin.where)


def inputs(fact: Fact) -> tuple[str, ...]:
    """What a fact follows from, the event that a duration ends with included."""
    duration = fact.abstract.months if fact.abstract else None
    return (*inputs_of(fact), *((duration.until_first,) if duration and duration.until_first else ()))
