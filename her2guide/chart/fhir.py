"""FHIR R4 JSON (a Bundle, a bare list of resources, or one resource) -> `Chart`.

In: decoded JSON in mCODE or older shapes. Out: a chart that lists what was passed over and why.
Codes map to facts and agents through the library. Records of two patients are refused.
"""

from __future__ import annotations

import calendar
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
from ..model.fact import Fact
from .birth import before_birth
from .fhir_structs import KINDS, Coding, Concept, Condition, Medication, Patient, Procedure
from .fhir_structs import Observation as FhirObservation
from .names import AgentNames

DAY = re.compile(r"\d{4}-\d\d-\d\d(T|\Z)")  # FHIR R4, data types: dateTime
YEAR_OR_MONTH = re.compile(r"(\d{4})(?:-(\d\d))?\Z")
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
        self.statuses = {kind: set(states.split()) for kind, states in library.codes["statuses"].items()}
        self.asked = code_index(library)
        self.today = date.today()
        self.addresses: dict[str, str] = {}
        self.patients: dict[str, Patient] = {}
        self.subjects: set[str] = set()
        self.servers: set[str] = set()
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
            if self.patients.setdefault(item.id or where, item) != item:
                raise ChartError([Problem(where, "a second, different patient.", "Give one patient at a time.")])
            return
        if not self.is_of_patient(item):
            self.pass_over(where, str(kind), "it does not say whose it is, or is not a person's")
            return
        read: dict[type, Callable[[str, Any], None]] = {
            FhirObservation: self.observation,
            Condition: self.condition,
            Procedure: self.procedure,
            Medication: self.medication,
        }
        read[type(item)](where, item)

    def is_of_patient(self, item: Any) -> bool:
        """Whether a record belongs to a patient; whose it is is noted. Without any subject it is the patient's."""
        subject = item.subject or getattr(item, "patient", None)
        if subject is None:
            return True
        reference = (subject.reference or "").partition("/_history/")[0]
        kind = reference.rsplit("/", 1)[0].rsplit("/", 1)[-1] if "/" in reference else "Patient"
        if not reference or kind != "Patient":
            return False
        if "://" in reference:
            self.servers.add(reference.rsplit("/", 2)[0])
        name = tail(reference)
        self.subjects.add(self.addresses.get(name, name))
        return True

    def chart(self) -> Chart:
        people = list(dict.fromkeys([*self.patients, *sorted(self.subjects)]))
        if len(people) > 1 or len(self.servers) > 1:
            named = ", ".join(people[:3] if len(people) > 1 else sorted(self.servers)[:3])
            what = f"holds records of {max(len(people), 2)} patients ({named})."
            raise ChartError([Problem(self.source, what, "Give one patient at a time.")])
        if not people:
            raise ChartError(
                [Problem(self.source, "holds no patient and no record of one.", "Give a FHIR Bundle of one patient.")]
            )
        name, patient = people[0], next(iter(self.patients.values()), Patient())
        born = self.full_day(f"Patient/{name}", patient.birthDate)
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
        problems = before_birth(born, self.observations, self.treatments)
        if problems:
            raise ChartError(problems)

    def days(self, text: str | None) -> tuple[date, date] | None:
        """The first and the last day that a FHIR dateTime can mean; None for what is no date."""
        with contextlib.suppress(ValueError):
            if text and DAY.match(text):
                day = date.fromisoformat(text[:10])
                return day, day
            if text and (found := YEAR_OR_MONTH.match(text)):
                year, month = int(found[1]), int(found[2] or 0)
                last = month or 12
                return date(year, month or 1, 1), date(year, last, calendar.monthrange(year, last)[1])
        return None

    def full_day(self, where: str, text: str | None) -> date | None:
        """A day given in full; anything less is noted and left out."""
        found = self.days(text)
        if found and found[0] == found[1]:
            return found[0]
        if text:
            self.pass_over(where, text[:30], "the date is not a day and was left out")
        return None

    def usable(self, kind: str, where: str, what: str, states: set[str], on: date | None) -> bool:
        """Only records whose every status is among those of the codes that count, and not of the future."""
        other = states - self.statuses[kind] - {""}
        if other:
            self.pass_over(where, what, f"its status is {', '.join(sorted(other))}")
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
        first, on = self.seen_on(where, item.day())
        if not self.usable("Observation", where, what, {item.status or ""}, first):
            return
        reasons = []
        for fact in facts:
            try:
                value = self.value(fact, item)
            except NotAValue as fault:
                reasons.append(f"{fault.what} {fault.do}".strip())
            else:
                self.observations.append(Observation(fact.id, value, on, where, first if first != on else None))
        if len(reasons) == len(facts):
            self.pass_over(where, what, f"not understood: {reasons[0]}")

    def seen_on(self, where: str, text: str | None) -> tuple[date | None, date | None]:
        """The first and the last day that a record can be of; what is no date is noted."""
        found = self.days(text)
        if text and not found:
            self.pass_over(where, text[:30], "the date is not a day and was left out")
        return found or (None, None)

    def value(self, fact: Fact, item: FhirObservation) -> Value:
        """The typed value of an observation. Raises `NotAValue`."""
        if item.valueCodeableConcept:
            return self.concept_value(fact, item.valueCodeableConcept)
        if item.valueQuantity:
            quantity = item.valueQuantity
            if quantity.comparator:
                raise NotAValue(f"'{quantity.comparator} {quantity.value}' is a bound, not a value of `{fact.id}`.")
            unit = quantity.code or quantity.unit
            if unit is None and "1" not in fact.units:  # only counts and ratios may come without one
                raise NotAValue(f"{quantity.value} of `{fact.id}` has no unit.")
            return typed_value(fact, quantity.value, unit)
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
        first, on = self.seen_on(where, item.day())
        if item.states() & PAST or item.abatementDateTime:
            self.pass_over(where, what, "it is recorded as past")
        elif self.usable("Condition", where, what, item.states(), first):
            not_before = first if first != on else None
            self.observations += [Observation(fact.id, value, on, where, not_before) for fact, value in found]

    def procedure(self, where: str, item: Procedure) -> None:
        self.treatment("Procedure", where, item.code, item.states(), item.period())

    def medication(self, where: str, item: Medication) -> None:
        self.treatment("Medication", where, item.medicationCodeableConcept, item.states(), item.period())

    def treatment(
        self, kind: str, where: str, concept: Concept, states: set[str], period: tuple[str | None, str | None]
    ) -> None:
        """One agent as given; a start known only to the month counts from that month's last day."""
        what = concept.label()
        agents = {agent for system, code in self.keys(concept) for agent in [self.names.coded(system, code)] if agent}
        agents |= {agent for agent in [self.names.agent(what)] if agent}
        if len(agents) != 1:
            why = "its codes name different agents" if agents else "no agent has this code or name"
            self.pass_over(where, what, why)
            return
        first, start = self.seen_on(where, period[0])
        end = self.full_day(where, period[1])
        if start and end and end < start:
            self.pass_over(where, what, f"it ends on {end}, before it starts on {start}")
        elif self.usable(kind, where, what, states, first):
            self.treatments.append(Treatment(agents.pop(), start, end, None, where))


def code_index(library: Library) -> dict[tuple[str, str], list[str]]:
    """(system, code) -> the facts whose question it answers."""
    index: dict[tuple[str, str], list[str]] = {}
    for fact in library.facts.values():
        for system, codes in fact.codes.items():
            for code in codes:
                index.setdefault((system, code), []).append(fact.id)
    return index
