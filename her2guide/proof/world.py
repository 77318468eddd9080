"""An edition -> every time and place in which its answers can differ, with any patient in each.

In: a library and an edition. Out: spans (a region, from a day to the next on which the knowledge changes, and the
recommendations in force), and for each the facts as they were defined then. It proves nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from ..library.library import Library, facts_on, place_on
from ..model.condition import Condition, Value
from ..model.fact import Fact
from ..model.knowledge import Recommendation
from .advice import Advice
from .circuit import Bit, Circuit
from .domain import domains_of
from .patient import Column, Patient, column_of, open_record

Given = dict[str, Value]


class Era(Struct, frozen=True):
    """A stretch of time without a change of a definition: any patient in it.

    `any`: advice for all records; `sound`: for those of consistent patients.
    """

    since: date
    patient: Patient
    any: Advice
    sound: Advice


class Span(Struct, frozen=True):
    """A region from a day on, and what is in force until the next change. `takers`: those that others give way to."""

    region: str
    since: date
    items: tuple[Recommendation, ...]
    takers: tuple[Recommendation, ...]
    era: Era

    def options(self) -> Iterator[tuple[Recommendation, str]]:
        """Every recommendation that brings up a regimen, with the regimen."""
        for item in self.items:
            if regimen := item.recommend.option():
                yield item, regimen


class World:
    """One edition at all times, for any record at all."""

    def __init__(
        self, library: Library, edition: str, further: Iterable[Condition] = (), on: date | None = None
    ) -> None:
        """`further`: conditions that are asked besides those of the library. `on`: that day alone."""
        self.library = library
        self.edition = library.editions[edition]
        self.circuit = Circuit()
        self.domains = domains_of(library, further)
        self.record = open_record(self.circuit, self.domains)
        self.learned = open_record(self.circuit, self.domains)
        self.later: dict[date, Patient] = {}
        self.on = on
        first = self.edition.head.first_day
        days = {day for fact in library.facts.values() for day in days_of(fact) if day > first}
        self.eras = [self.era(day) for day in ([on] if on else sorted({first, *days}))]

    def era(self, day: date) -> Era:
        library = replace(self.library, facts=facts_on(self.library.facts, day))
        patient = Patient(self.circuit, self.record, library.facts, library.contradictions)
        return Era(day, patient, Advice(library, patient.settled()), Advice(library, patient.first))

    def afterwards(self, era: Era) -> Patient:
        """The same patient once what is `learned` has been added; nothing recorded is changed by it."""
        if era.since not in self.later:
            record = {fact: self.added(column, self.learned[fact]) for fact, column in self.record.items()}
            facts = era.patient.facts
            self.later[era.since] = Patient(self.circuit, record, facts, era.patient.contradictions)
        return self.later[era.since]

    def added(self, before: Column, new: Column) -> Column:
        bits = {
            v: self.circuit.some([b, self.circuit.every([new.values[v], -before.present])])
            for v, b in before.values.items()
        }
        return column_of(self.circuit, bits)

    def spans(self) -> Iterator[Span]:
        """Every span of every region, in order."""
        first, items = self.edition.head.first_day, self.edition.recommendations
        for region in self.edition.head.regions:
            days = {day for item in items for day in item.in_force.get(region, {}) if day > first}
            for day in [self.on] if self.on else sorted({*days, *(era.since for era in self.eras)}):
                in_force = tuple(item for item in items if place_on(item, region, day))
                takers = tuple(item for item in in_force if item.in_place_of)
                yield Span(region, day, in_force, takers, self.era_of(day))

    def new_in_eras(self) -> Iterator[Span]:
        """The spans of each era in turn, each with the recommendations that no span of that era had before."""
        spans = list(self.spans())
        for era in self.eras:
            seen: set[str] = set()
            for span in spans:
                if span.era is era:
                    new = tuple(item for item in span.items if item.id not in seen)
                    seen |= {item.id for item in new}
                    yield replace(span, items=new)

    def era_of(self, day: date) -> Era:
        return [era for era in self.eras if era.since <= day][-1]

    def example(self, *claims: Bit) -> tuple[Given, Given] | None:
        """A record for which all claims hold and what is learned after it, with as few entries as can be."""
        model = self.circuit.model(*claims)
        if model is None:
            return None
        columns = {
            **{(0, fact): c for fact, c in self.record.items()},
            **{(1, fact): c for fact, c in self.learned.items()},
        }
        kept = [key for key, column in columns.items() if any(map(model, column.values.values()))]
        for key in list(kept):
            if key in kept:
                left_out = [-column.present for other, column in columns.items() if other not in kept or other == key]
                fewer = self.circuit.model(*claims, *left_out)
                if fewer is not None:
                    model = fewer
                    kept = [other for other in kept if any(map(model, columns[other].values.values()))]
        said = [(key, value) for key in kept for value, bit in columns[key].values.items() if model(bit)]
        return tuple({fact: value for (when, fact), value in said if when == now} for now in (0, 1))  # type: ignore


def days_of(fact: Fact) -> set[date]:
    """The days on which the definition of a fact changes."""
    return {day for line in (*fact.derive, *fact.findings) for day in (line.since, line.until) if day}
