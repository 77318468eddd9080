"""FHIR R4 JSON (a Bundle, a bare list of resources, or one resource) -> `Chart`.

In: decoded JSON in mCODE or older shapes. Out: a chart that lists what was passed over and why.
Codes map to facts and agents through the library. Records of two patients are refused.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import msgspec

from ..errors import ChartError, Problem
from ..language.typed import NotAValue, typed_value
from ..library.library import Library
from ..model.chart import Chart, Observation, Treatment, Unread
from ..model.condition import Value
from ..model.knowledge import Fact
from .fhir_structs import KINDS, Coding, Concept, Condition, Medication, Patient, Procedure
from .fhir_structs import Observation as FhirObservation
from .names import AgentNames

WITHDRAWN = {"entered-in-error", "refuted", "not-taken", "not-done", "cancelled", "stopped-before-start"}
PLANNED = {"draft", "proposal", "plan", "option", "proposed", "planned", "intended", "preparation", "registered"}
UNSURE = {"unconfirmed", "provisional", "differential"}
DAY = re.compile(r"\d{4}-\d\d-\d\d(T|\Z)")  # FHIR R4, data types: dateTime
PART_OF_DAY = re.compile(r"\d{4}(-\d\d)?\Z")
PAST = {"resolved", "inactive", "remission"}


def read_fhir(data: Any, source: str, library: Library) -> Chart:
    """Read FHIR JSON. Raises `ChartError` when it is not the record of one patient."""
    reader = FhirReader(source, library)
    reader.note_addresses(data)
    for where, resource in resources_of(data):
        reader.take(where, resource)
    return reader.chart()


def tail(reference: str) -> str:
    """The id at the end of a reference: relative, absolute, versioned or urn:uuid."""
    return reference.partition("/_history/")[0].rsplit("/", 1)[-1].rsplit(":", 1)[-1]


def resources_of(data: Any) -> Iterator[tuple[str, Any]]:
    """Each resource with its place: `Observation/123` where it has an id."""
    rows = data if isinstance(data, list) else [data]
    if isinstance(data, dict) and data.get("resourceType") == "Bundle":
        entries = data.get("entry")
        rows = [e.get("resource") if isinstance(e, dict) else e for e in entries] if isinstance(entries, list) else []
    for index, row in enumerate(rows):
        named = isinstance(row, dict) and isinstance(row.get("id"), str)
        kind = row.get("resourceType") if isinstance(row, dict) else None
        yield (f"{kind}/{row['id']}" if named else f"resource {index + 1}"), row


class FhirReader:
    def __init__(self, source: str, library: Library) -> None:
        self.source = source
        self.library = library
        self.names = AgentNames(library)
        self.systems = library.codes["systems"]
        self.values = library.codes["values"]
        self.asked = code_index(library)
        self.today = date.today()
        self.addresses: dict[str, str] = {}
        self.patients: dict[str, Patient] = {}
        self.subjects: dict[str, str] = {}
        self.observations: list[Observation] = []
        self.treatments: list[Treatment] = []
        self.unread: list[Unread] = []

    def pass_over(self, where: str, what: str, why: str) -> None:
        self.unread.append(Unread(where, what, why))

    def note_addresses(self, data: Any) -> None:
        """The `fullUrl` of a patient in a Bundle: others may refer to the patient by it."""
        entries = data.get("entry") if isinstance(data, dict) else None
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            resource = entry.get("resource") if isinstance(entry, dict) else None
            if isinstance(resource, dict) and resource.get("resourceType") == "Patient":
                url, name = entry.get("fullUrl"), resource.get("id")
                if isinstance(url, str):
                    self.addresses[tail(url)] = name if isinstance(name, str) else f"resource {index + 1}"

    def take(self, where: str, resource: Any) -> None:
        """Read one resource, or note why it was passed over."""
        kind = resource.get("resourceType") if isinstance(resource, dict) else None
        if not isinstance(kind, str) or kind not in KINDS:
            self.pass_over(where, str(kind)[:40] if kind else "not a resource", "this kind of resource is not used")
            return
        try:
            item = msgspec.convert(resource, KINDS[kind])
        except msgspec.ValidationError as fault:
            self.pass_over(where, str(kind), f"it cannot be read: {fault}")
            return
        if isinstance(item, Patient):
            self.patients[item.id or where] = item
            return
        self.note_subject(where, item)
        read: dict[type, Callable[[str, Any], None]] = {
            FhirObservation: self.observation,
            Condition: self.condition,
            Procedure: self.procedure,
            Medication: self.medication,
        }
        read[type(item)](where, item)

    def note_subject(self, where: str, item: Any) -> None:
        subject = item.subject or getattr(item, "patient", None)
        if subject and subject.reference:
            name = tail(subject.reference)
            self.subjects.setdefault(self.addresses.get(name, name), where)

    def chart(self) -> Chart:
        people = dict.fromkeys([*self.patients, *self.subjects])
        if len(people) > 1:
            named = ", ".join(list(people)[:3])
            raise ChartError(
                [
                    Problem(
                        self.source,
                        f"holds records of {len(people)} patients ({named}).",
                        "Give one patient at a time.",
                    )
                ]
            )
        if not people:
            raise ChartError(
                [Problem(self.source, "holds no patient and no record of one.", "Give a FHIR Bundle of one patient.")]
            )
        name, patient = next(iter(people)), next(iter(self.patients.values()), Patient())
        born = self.day(f"Patient/{name}", patient.birthDate)
        if patient.gender in ("female", "male"):
            self.observations.append(Observation("sex", patient.gender, None, f"Patient/{name}"))
        self.refuse_impossible_birth(born)
        return Chart(
            name, self.source, born, tuple(self.observations), tuple(self.treatments), False, tuple(self.unread)
        )

    def refuse_impossible_birth(self, born: date | None) -> None:
        if born and born > self.today:
            do = "Correct the date."
            raise ChartError([Problem(self.source, f"the date of birth, {born}, lies in the future.", do)])
        dated = [(o.where, o.on) for o in self.observations] + [(t.where, t.start) for t in self.treatments]
        problems = [
            Problem(where, f"{day} lies before the date of birth, {born}.", "Correct the date.")
            for where, day in dated
            if born and day and day < born
        ]
        if problems:
            raise ChartError(problems)

    def day(self, where: str, text: str | None) -> date | None:
        """The day of a FHIR dateTime; a date given only to the month is no day, unless it lies ahead."""
        if text is None:
            return None
        if DAY.match(text):
            with contextlib.suppress(ValueError):
                return date.fromisoformat(text[:10])
        if PART_OF_DAY.match(text) and text > self.today.isoformat():
            year, month = int(text[:4]), int(text[5:7] or 1)
            with contextlib.suppress(ValueError):
                return date(year, month, 1)
        self.pass_over(where, text[:30], "the date is not a full day and was left out")
        return None

    def usable(self, where: str, what: str, states: set[str], on: date | None) -> bool:
        """Withdrawn, planned and unconfirmed records and records of the future do not count."""
        unusable = states & (WITHDRAWN | PLANNED | UNSURE)
        if unusable:
            self.pass_over(where, what, f"its status is {', '.join(sorted(unusable))}")
        elif on and on > self.today:
            self.pass_over(where, what, f"it is dated in the future ({on})")
        else:
            return True
        return False

    def keys(self, concept: Concept) -> list[tuple[str, str]]:
        """(system, code) of each coding whose system is known."""
        return [(self.systems[c.system], c.code) for c in concept.coding if c.system in self.systems and c.code]

    def observation(self, where: str, item: FhirObservation) -> None:
        what = item.code.label()
        asked = dict.fromkeys(fact for key in self.keys(item.code) for fact in self.asked.get(key, ()))
        facts = [self.library.facts[name] for name in asked]
        if not facts:
            self.pass_over(where, what, "no fact asks for it")
            return
        on = self.day(where, item.day())
        if not self.usable(where, what, {item.status or ""}, on):
            return
        reasons = []
        for fact in facts:
            try:
                value = self.value(fact, item)
            except NotAValue as fault:
                reasons.append(f"{fault.what} {fault.do}".strip())
            else:
                self.observations.append(Observation(fact.id, value, on, where))
        if len(reasons) == len(facts):
            self.pass_over(where, what, f"not understood: {reasons[0]}")

    def value(self, fact: Fact, item: FhirObservation) -> Value:
        """The typed value of an observation. Raises `NotAValue`."""
        if item.valueCodeableConcept:
            return self.concept_value(fact, item.valueCodeableConcept)
        if item.valueQuantity:
            quantity = item.valueQuantity
            if quantity.comparator:
                raise NotAValue(f"'{quantity.comparator} {quantity.value}' is a bound, not a value of `{fact.id}`.")
            return typed_value(fact, quantity.value, quantity.code or quantity.unit)
        for raw in (item.valueString, item.valueInteger, item.valueBoolean):
            if raw is not None:
                return typed_value(fact, raw)
        raise NotAValue(f"there is no value for `{fact.id}`.")

    def concept_value(self, fact: Fact, concept: Concept) -> Value:
        """A coded value: the fact's own codes, then common ones, then the words as written."""
        found = [value for coding in concept.coding for value in self.coding_values(fact, coding)]
        if len(set(found)) == 1:
            return found[0]
        if found:
            raise NotAValue(f"its codes say both {' and '.join(str(v) for v in dict.fromkeys(found))}.")
        return typed_value(fact, concept.text or concept.label())

    def coding_values(self, fact: Fact, coding: Coding) -> Iterator[Value]:
        key = f"{self.systems.get(coding.system or '', '?')}|{coding.code}"
        if key in fact.reads:
            yield fact.reads[key]
        elif self.values.get(key) in fact.values:
            yield self.values[key]

    def condition(self, where: str, item: Condition) -> None:
        """A diagnosis: yes to a yes/no fact that has its code, or a value that reads from it."""
        what = item.code.label()
        found: list[tuple[Fact, Value]] = []
        for system, code in self.keys(item.code):
            asked = [self.library.facts[name] for name in self.asked.get((system, code), ())]
            found += [(fact, True) for fact in asked if fact.kind == "yes_no"]
            key = f"{system}|{code}"
            found += [(fact, fact.reads[key]) for fact in self.library.facts.values() if key in fact.reads]
        if not found:
            self.pass_over(where, what, "no fact asks for it")
            return
        on = self.day(where, item.day())
        if item.states() & PAST:
            self.pass_over(where, what, "it is recorded as past")
        elif self.usable(where, what, item.states(), on):
            self.observations += [Observation(fact.id, value, on, where) for fact, value in found]

    def procedure(self, where: str, item: Procedure) -> None:
        self.treatment(where, item.code, item.states(), item.period())

    def medication(self, where: str, item: Medication) -> None:
        self.treatment(where, item.medicationCodeableConcept, item.states(), item.period())

    def treatment(self, where: str, concept: Concept, states: set[str], period: tuple[str | None, str | None]) -> None:
        what = concept.label()
        agents = {agent for system, code in self.keys(concept) for agent in [self.names.coded(system, code)] if agent}
        agents |= {agent for agent in [self.names.agent(what)] if agent}
        if len(agents) != 1:
            self.pass_over(
                where, what, "its codes name different agents" if agents else "no agent has this code or name"
            )
            return
        start, end = (self.day(where, text) for text in period)
        if start and end and end < start:
            self.pass_over(where, what, f"it ends on {end}, before it starts on {start}")
        elif self.usable(where, what, states, start):
            self.treatments.append(Treatment(agents.pop(), start, end, None, where))


def code_index(library: Library) -> dict[tuple[str, str], list[str]]:
    """(system, code) -> the facts whose question it answers."""
    index: dict[tuple[str, str], list[str]] = {}
    for fact in library.facts.values():
        for system, codes in fact.codes.items():
            for code in codes:
                index.setdefault((system, code), []).append(fact.id)
    return index
