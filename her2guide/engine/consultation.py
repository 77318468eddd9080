"""One chart before one edition -> the case and the guidance, as recorded or with answers added.

In: a chart, an edition in force, the day up to which records count. Out: guidance.
It does not know which answers are likely or who gave them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from ..chart.abstract import abstract
from ..library.library import EditionInForce
from ..model.case import Case, Conflict
from ..model.chart import Chart, Observation, Side
from ..model.condition import Value
from ..model.guidance import Guidance
from .apply import apply

ANSWER = "answer"  # where an answer stands: it has no place in the record


class Consultation(Struct, frozen=True):
    """A chart and the edition that it is held against. Records after `seen_on` do not count, nor the other side's."""

    chart: Chart
    edition: EditionInForce
    seen_on: date
    side: Side | None = None

    def case(self, stated_only: Collection[str] = ()) -> Case:
        """The case; facts of `stated_only` follow from nothing else."""
        library = self.edition.library
        return abstract(self.chart, library.facts, self.seen_on, library, self.edition.as_of, self.side, stated_only)

    def guidance(self) -> Guidance:
        return self.guidance_for(self.case())

    def guidance_for(self, case: Case) -> Guidance:
        return apply(self.edition, case, clocks_apart=True)

    def answered(self, answers: Mapping[str, Value]) -> Consultation:
        """The same with answers as the newest records."""
        added = tuple(self.said(fact, value, ANSWER) for fact, value in answers.items())
        return replace(self, chart=replace(self.chart, observations=(*self.chart.observations, *added)))

    def said(self, fact: str, value: Value, where: str) -> Observation:
        """A value that is no record. Of a test on tissue it is about the specimen that counts, whatever its day."""
        of_tissue = self.edition.library.facts[fact].tested_with is not None
        return Observation(fact, value, self.seen_on, where, date.min if of_tissue else None, self.side)


def new_conflicts(before: Case, after: Case) -> tuple[Conflict, ...]:
    """The contradictions of a case that were not there before."""
    known = {conflict.says for conflict in before.conflicts}
    return tuple(conflict for conflict in after.conflicts if conflict.says not in known)
