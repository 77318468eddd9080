"""OMOP CDM 5.4 tables -> `Chart`, one for each person.

In: a DuckDB or SQLite file, or a folder of CSV or Parquet files named after the tables. Out: charts one by one, in
the order of person ids; only one person's records are in memory at a time. Each record becomes what it would be in FHIR
and is read by the same reader: one meaning for a code, wherever it comes from.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from ..errors import ChartError, Problem
from ..library.library import Library
from ..model.chart import Chart, Specimen, Unread
from .birth import before_birth
from .fhir import FhirReader
from .fhir_decode import record_of
from .fhir_structs import Coding, Concept, Quantity
from .omop_concepts import Concepts
from .omop_rows import CLINICAL, TABLES, VOCABULARY, Record, check_columns, records, refuse_strangers
from .omop_tables import Tables, open_tables

WANTED = (*TABLES, *VOCABULARY)
Resource = dict[str, Any]


def read_omop(place: Path, library: Library) -> Iterator[Chart]:
    """The chart of each person. Raises `ChartError` for tables that cannot be read, before the first chart."""
    systems = {**library.codes["systems"], **library.codes["omop_vocabularies"]}
    known = replace(library, codes={**library.codes, "systems": systems})
    with open_tables(place, WANTED) as tables:
        check_columns(tables)
        refuse_strangers(tables)
        concepts = Concepts(tables, library)
        for person, found in by_person(tables):
            yield PersonReader(tables.source, known, concepts).chart(person, found)


def by_person(tables: Tables) -> Iterator[tuple[Record, dict[str, list[Record]]]]:
    """Each person with the records of each table: one pass over all tables at once, as all are in one order."""
    streams = {name: groupby(records(tables, name), key=lambda record: record.person) for name in CLINICAL}
    heads = {name: next(stream, None) for name, stream in streams.items()}
    for person in records(tables, "person"):
        found = {}
        for name, stream in streams.items():
            head = heads[name]
            if head and head[0] == person.person:
                found[name] = list(head[1])
                heads[name] = next(stream, None)
        yield person, found


class PersonReader:
    """Reads the records of one person through the reader of FHIR."""

    def __init__(self, source: str, library: Library, concepts: Concepts) -> None:
        self.library = library
        self.codes = library.codes
        self.concepts = concepts
        self.reader = FhirReader(source, library)
        self.specimens: dict[str, Specimen] = {}
        self.tissue: dict[str, Specimen] = {}

    def chart(self, person: Record, found: dict[str, list[Record]]) -> Chart:
        """Everything that the tables say of the person."""
        gender = self.codes["omop_genders"].get(person.concept or "")
        self.hand_on(f"person/{person.key}", {"resourceType": "Patient", "id": person.person, "gender": gender})
        for table, rows in found.items():
            for row in rows:
                self.take(table, row)
        chart = self.reader.chart()
        first, last = self.born(person)
        self.refuse_impossible_birth(f"person/{person.key}", first, chart)
        own = {f"Patient/{person.person}": f"person/{person.key}"}
        seen = dict.fromkeys(
            replace(o, where=own.get(o.where, o.where), specimen=o.specimen or self.tissue.get(o.where))
            for o in chart.observations
        )
        unread = (*chart.unread, *self.unread_birth(person, last))
        known = first if first != last else None
        return replace(chart, born=last, born_not_before=known, observations=tuple(seen), unread=unread)

    def refuse_impossible_birth(self, where: str, first: date | None, chart: Chart) -> None:
        """Raises `ChartError` for a birth that is certainly in the future, or after what is recorded."""
        problems = before_birth(first, chart.observations, chart.treatments)
        if first and first > self.reader.today:
            problems.append(Problem(where, f"the date of birth, {first}, lies in the future.", "Correct the date."))
        if problems:
            raise ChartError(problems)

    def born(self, person: Record) -> tuple[date | None, date | None]:
        """The first and the last day on which the person can have been born."""
        try:
            year, month, day = (int(part) if part else 0 for part in (person.year, person.month, person.day))
            last = month or 12
            until = day or calendar.monthrange(year, last)[1]
            return date(year, month or 1, (day or 1) if month else 1), date(year, last, until if month else 31)
        except (ValueError, calendar.IllegalMonthError):
            return None, None

    def unread_birth(self, person: Record, last: date | None) -> list[Unread]:
        if last or not person.year:
            return []
        told = "-".join(part for part in (person.year, person.month, person.day) if part)
        return [Unread(f"person/{person.key}", told[:30], "the date of birth is not a date")]

    def take(self, table: str, row: Record) -> None:
        """One record: as it would be in FHIR, or noted as passed over."""
        where = f"{table}/{row.key}"
        if table == "specimen":
            self.keep_specimen(where, row)
            return
        if table == "death":
            self.reader.pass_over(where, f"death on {row.start}", "no fact asks for it")
            return
        tissue = self.specimens.get(row.event or "")
        if tissue and self.concepts.name(row.event_field) == "specimen.specimen_id":
            self.tissue[where] = tissue
        for resource in self.resources(table, row):
            self.hand_on(where, resource)

    def hand_on(self, where: str, resource: Resource) -> None:
        """Hand a resource to the FHIR reader, as if it had been read there."""
        self.reader.take(record_of(msgspec.json.encode(resource), where, named=False))

    def keep_specimen(self, where: str, row: Record) -> None:
        """A specimen counts where a measurement was made on it."""
        sites = self.codes["omop_sites"]
        keys = [f"{coding.system}|{coding.code}" for coding in self.concepts.codings(row.site)]
        site = next((sites[key] for key in keys if key in sites), None)
        taken = self.reader.full_day(where, day(row.start))
        part = self.concepts.name(row.site) or row.part or ""
        self.specimens[row.key or ""] = Specimen(row.key or "", site, taken, part)  # type: ignore[arg-type]

    def resources(self, table: str, row: Record) -> Iterator[Resource]:
        about = {"subject": {"reference": f"Patient/{row.person}"}}
        if table in ("measurement", "observation"):
            yield from ({**about, **made} for made in self.seen(row))
        elif table in ("condition_occurrence", "episode"):
            yield {**about, **self.condition(row)}
        elif table == "procedure_occurrence":
            code = self.treatment(row, self.concepts.codings(row.concept, row.source_concept))
            period = {"start": day(row.start), "end": day(row.end) or day(row.start)}
            yield {**about, "resourceType": "Procedure", "status": "completed", "code": code, "performedPeriod": period}
        else:
            period = {"start": day(row.start), "end": day(row.end)}
            given = {
                **about,
                "resourceType": "MedicationAdministration",
                "status": "completed",
                "effectivePeriod": period,
            }
            yield from ({**given, "medicationCodeableConcept": code} for code in self.drugs(row))

    def seen(self, row: Record) -> Iterator[Resource]:
        """A test with its value; number and concept each on its own, as a fact asks for one of them."""
        head = {"resourceType": "Observation", "status": "final", "effectiveDateTime": day(row.start)}
        said = [*self.concepts.says(row.concept), *self.concepts.says(row.value_concept)]
        for question, value in said:
            yield {**head, "code": Concept((question,)), "valueString": value}
        if said:
            return
        about = {**head, "code": self.concept(row)}
        coded = self.concepts.codings(row.value_concept)
        number = finite(row.number)
        if number is not None:
            yield {**about, "valueQuantity": self.quantity(number, row)}
        if coded:
            yield {**about, "valueCodeableConcept": Concept(coded, row.text if not coded[0].display else None)}
        elif number is None and (row.text or row.number):
            yield {**about, "valueString": row.text or row.number}
        elif number is None:
            yield about

    def quantity(self, number: float, row: Record) -> Quantity:
        """The number with its unit: the code of UCUM, or the unit as written; 0 says that there is no unit."""
        known = self.concepts.known.get(row.unit_concept or "")
        comparator = self.codes["omop_operators"].get(row.operator or "")
        return Quantity(number, known.display if known else row.unit, known.code if known else row.unit, comparator)

    def condition(self, row: Record) -> Resource:
        """A diagnosis. Where start and end are one day the source knew one date only (CDM conventions)."""
        start, end = day(row.start), day(row.end)
        doubt = self.codes["omop_doubts"].get(row.status or "", "confirmed")
        head = {"resourceType": "Condition", "verificationStatus": doubt, "onsetDateTime": start}
        return {**head, "code": self.concept(row), "abatementDateTime": end if end != start else None}

    def concept(self, row: Record) -> Concept:
        codings = self.concepts.codings(row.concept, row.source_concept)
        return Concept(codings, None if any(coding.display for coding in codings) else row.source)

    def treatment(self, row: Record, codings: Sequence[Coding]) -> Concept:
        """A code with the name as written, where that names an agent: the two must agree."""
        named = self.reader.codes.names.agent(row.source or "")
        return Concept(tuple(codings), row.source if named or not any(c.display for c in codings) else None)

    def drugs(self, row: Record) -> Iterator[Concept]:
        """One concept for each ingredient that is an agent; the drug as a whole where at most one is."""
        whole = self.concepts.codings(row.concept, row.source_concept)
        parts = {key: self.concepts.codings(key) for key in self.concepts.ingredients(row.concept)}
        agents = {self.agent(codings): codings for codings in parts.values() if self.agent(codings)}
        if len(agents) > 1:
            named = self.reader.codes.names.agent(row.source or "")
            text = row.source if named and named not in agents else None
            yield from (Concept(codings, text) for codings in agents.values())
        else:
            yield self.treatment(row, [*whole, *(c for codings in agents.values() for c in codings)])

    def agent(self, codings: Sequence[Coding]) -> str | None:
        systems = self.codes["systems"]
        found = [self.reader.codes.names.coded(systems.get(c.system or "", "?"), c.code or "") for c in codings]
        return next((agent for agent in found if agent), None)


def day(text: str | None) -> str | None:
    """A date as FHIR writes it; a time of the day follows a T."""
    return text.replace(" ", "T", 1) if text else None


def finite(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None
