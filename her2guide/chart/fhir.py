"""FHIR R4 JSON (a Bundle, a bare list of resources, or one resource) -> `Chart`.

In: resources in mCODE STU4 or older shapes. Out: a chart that lists what was passed over and why.
Codes map to facts and agents through the library. Records of two patients are refused.
"""

from __future__ import annotations

import calendar
import contextlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from ..errors import ChartError, Problem
from ..language.typed import NotAValue, typed_value
from ..library.library import Library
from ..model.chart import Chart, Observation, Setting, Side, Specimen, Treatment, Unread
from ..model.condition import Value
from ..model.fact import Fact
from . import fhir_structs as fhir
from .birth import before_birth
from .fhir_codes import FhirCodes, codes_of
from .fhir_decode import Entry, Record, record_of, refuse_repeated_keys
from .fhir_places import NOWHERE, Place, Places, panels, tail
from .fhir_structs import Concept, Reference, each

DAY = re.compile(r"\d{4}-\d\d-\d\d(T|\Z)")  # FHIR R4, data types: dateTime
YEAR_OR_MONTH = re.compile(r"(\d{4})(?:-(\d\d))?\Z")
PAST = {"resolved", "inactive", "remission"}
KEPT = 10_000  # days: records name the same ones again and again
NOT_ASKED = "no fact asks for it"


def read_fhir(rows: Iterable[Entry], source: str, library: Library) -> Chart:
    """Read the resources of one patient. Raises `ChartError` when they are not the record of one patient."""
    records = [record_of(row.resource, f"resource {n + 1}", row.fullUrl) for n, row in enumerate(rows)]
    return chart_of(records, source, library)


Shared = Mapping[str, fhir.Medication]
Answers = list[tuple[Fact, Value]]


def chart_of(records: Iterable[Record], source: str, library: Library, shared: Shared | None = None) -> Chart:
    """The chart of decoded resources; `shared`: medications that stand outside the patient's own record, by id."""
    every = list(records)
    reader = FhirReader(source, library, every, shared)
    for record in every:
        reader.take(record)
    for record in reader.used:
        refuse_repeated_keys(record, source)
    return reader.chart()


class FhirReader:
    """Reads resource by resource, with all of them at hand: records refer to one another."""

    def __init__(
        self, source: str, library: Library, records: Sequence[Record] = (), shared: Shared | None = None
    ) -> None:
        self.source = source
        self.codes = codes_of(library)
        self.places = Places(self.codes, records, shared or {})
        self.panels = panels(self.places.records.get(fhir.Observation, ()))
        self.today = date.today()
        people = self.places.records.get(fhir.Patient, ())
        self.addresses = {tail(r.url): r.item.id or r.where for r in people if r.item and r.url}
        self.patients: dict[str, fhir.Patient] = {}
        self.subjects: set[str] = set()
        self.owners: dict[str | None, bool] = {}
        self.servers: set[str] = set()
        self.used: list[Record] = []
        self.cancers: dict[Side, None] = {}
        self.observations: list[Observation] = []
        self.treatments: list[Treatment] = []
        self.unread: list[Unread] = []
        self.read: dict[type, Callable[[str, Any], None]] = {
            fhir.Patient: self.patient,
            fhir.Specimen: self.specimen,
            fhir.Observation: self.observation,
            fhir.Condition: self.condition,
            fhir.Procedure: self.procedure,
        }

    def pass_over(self, where: str, what: str, why: str) -> None:
        self.unread.append(Unread(where, what, why))

    def take(self, record: Record) -> None:
        """Read one resource, or note why it was passed over."""
        item, where = record.item, record.where
        kind = type(item)
        if item is None:
            why = record.fault or "this kind of resource is not used"
            self.pass_over(where, record.kind or "not a resource", why)
        elif kind is fhir.Medication or kind is fhir.BodyStructure:
            return  # it is read where others refer to it
        elif kind is not fhir.Patient and not self.is_of_patient(item):
            self.pass_over(where, record.kind, "it does not say whose it is, or is not a person's")
        elif isinstance(item, fhir.Observation) and is_unasked(item, self.codes):
            self.pass_over(where, item.code.label(), NOT_ASKED)  # most records end here
        else:
            unread = len(self.unread)
            self.read.get(kind, self.medication)(where, item)
            if len(self.unread) == unread or self.unread[-1].why != NOT_ASKED:
                self.used.append(record)

    def specimen(self, where: str, item: fhir.Specimen) -> None:
        """Read where tests refer to it; only a day that is none is said here."""
        self.full_day(where, item.collection.day())

    def patient(self, where: str, item: fhir.Patient) -> None:
        if self.patients.setdefault(item.id or where, item) != item:
            raise ChartError([Problem(where, "a second, different patient.", "Give one patient at a time.")])

    def is_of_patient(self, item: Any) -> bool:
        """Whether a record belongs to a patient; whose it is is noted. Without any subject it is the patient's."""
        subject = getattr(item, "subject", None) or getattr(item, "patient", None)
        if subject is None:
            return True
        owned = self.owners.get(subject.reference)
        if owned is None:
            owned = self.owners[subject.reference] = self.is_patient(subject.reference or "")
        return owned

    def is_patient(self, target: str) -> bool:
        """Whether a reference is to a patient, who is noted."""
        reference = target.partition("/_history/")[0]
        kind = reference.rsplit("/", 2)[-2] if "/" in reference else "Patient"
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
        name, patient = people[0], next(iter(self.patients.values()), fhir.Patient())
        born = self.full_day(f"Patient/{name}", patient.birthDate)
        if patient.gender in ("female", "male"):
            self.observations.append(Observation("sex", patient.gender, None, f"Patient/{name}"))
        self.refuse_impossible_birth(born)
        return Chart(
            name,
            self.source,
            born,
            tuple(self.observations),
            tuple(self.treatments),
            False,
            tuple(self.unread),
            tuple(self.cancers),
        )

    def refuse_impossible_birth(self, born: date | None) -> None:
        if born and born > self.today:
            do = "Correct the date."
            raise ChartError([Problem(self.source, f"the date of birth, {born}, lies in the future.", do)])
        problems = before_birth(born, self.observations, self.treatments)
        if problems:
            raise ChartError(problems)

    def full_day(self, where: str, text: str | None) -> date | None:
        """A day given in full; anything less is noted and left out."""
        found = days(text)
        if found and found[0] == found[1]:
            return found[0]
        if text:
            self.pass_over(where, text[:30], "the date is not a day and was left out")
        return None

    def seen_on(self, where: str, text: str | None) -> tuple[date | None, date | None]:
        """The first and the last day that a record can be of; what is no date is noted."""
        found = days(text)
        if text and not found:
            self.pass_over(where, text[:30], "the date is not a day and was left out")
        return found or (None, None)

    def usable(self, kind: str, where: str, what: str, states: set[str], on: date | None, why: str = "") -> bool:
        """Only records whose every status is among those of the codes that count, and not of the future."""
        other = states - self.codes.statuses[kind] - {""}
        if other:
            self.pass_over(where, what, f"its status is {', '.join(sorted(other))}" + (f" ({why})" if why else ""))
        elif on and on > self.today:
            self.pass_over(where, what, f"it is dated in the future ({on})")
        else:
            return True
        return False

    def observation(self, where: str, item: fhir.Observation) -> None:
        """The answer of an observation and of each of its components, with side and tissue."""
        parts: list[tuple[str, Any]] = [(where, item)]
        parts += [(f"{where} component {n + 1}", part) for n, part in enumerate(item.component)]
        asked = [(at, part, facts) for at, part in parts if (facts := self.codes.facts_asked(part.code))]
        listed = self.codes.mark("comorbidities", item.code) if item.extension else None
        if not asked and not listed:
            self.pass_over(where, item.code.label(), NOT_ASKED)
            return
        first, on = self.seen_on(where, item.day())
        if not self.usable("Observation", where, item.code.label(), {item.status or ""}, first):
            return
        if listed:
            self.comorbidities(where, item, on)
        place = self.places.of_observation(item, self.panels.get(item.id or ""), on)
        for at, part, facts in asked:
            what = part.code.label()
            if not self.is_about_the_cancer(at, what, place, facts):
                continue
            if part is item and (item.hasMember or len(asked) > 1) and not has_value(item):
                continue  # a panel: its members and components carry the values
            found, why = self.answers(facts, part)
            for fact, value in found:
                side, tissue = about(fact, place)
                self.observations.append(
                    Observation(fact.id, value, on, at, first if first != on else None, side, tissue)
                )
            if not found:
                self.pass_over(at, what, why)

    def is_about_the_cancer(self, where: str, what: str, place: Place, facts: Iterable[Fact]) -> bool:
        """Whether a result of a cancer is of the breast cancer, and of no more than one breast."""
        if place is NOWHERE or not any(is_of_cancer(fact) or fact.topic == "stage" for fact in facts):
            return True
        if place.about == "other":
            self.pass_over(where, what, f"it is about another diagnosis ({place.other})")
        elif len(place.sides) > 1:
            self.pass_over(where, what, "it names both sides, left and right")
        else:
            return True
        return False

    def answers(self, facts: Iterable[Fact], part: fhir.Observation | fhir.Valued) -> tuple[Answers, str]:
        """The facts that an observation answers, or why none."""
        found: Answers = []
        why = ""
        for fact in facts:
            try:
                found.append((fact, self.value(fact, part)))
            except NotAValue as fault:
                why = why or f"not understood: {fault.what} {fault.do}".strip()
        return found, why

    def value(self, fact: Fact, item: fhir.Observation | fhir.Valued) -> Value:
        """The typed value of an observation. Raises `NotAValue`."""
        if item.valueCodeableConcept:
            return self.codes.value(fact, item.valueCodeableConcept)
        if item.valueQuantity:
            quantity = item.valueQuantity
            if quantity.comparator:
                raise NotAValue(f"'{quantity.comparator} {quantity.value}' is a bound, not a value of `{fact.id}`.")
            unit = quantity.code or quantity.unit
            if unit is None and "1" not in fact.units:  # only counts and ratios may come without one
                raise NotAValue(f"{quantity.value} of `{fact.id}` has no unit.")
            return typed_value(fact, quantity.value, unit)
        if item.valueString is not None:
            return self.codes.written(fact, item.valueString)
        for raw in (item.valueInteger, item.valueBoolean):
            if raw is not None:
                return typed_value(fact, raw)
        reason = f": {item.dataAbsentReason.label()}" if item.dataAbsentReason else ""
        if item.valueRange or item.valueRatio:
            reason = ", only a range or a ratio"
        raise NotAValue(f"there is no value for `{fact.id}`{reason}.")

    def comorbidities(self, where: str, item: fhir.Observation, on: date | None) -> None:
        """The illnesses that a list says are present, and those that it says are absent."""
        for which, there in (("present", True), ("absent", False)):
            for extension in self.places.named(item.extension, which):
                concept = extension.valueCodeableConcept
                if concept is None:
                    continue  # a reference: the diagnosis has a record of its own
                found = [f for f, value in self.codes.facts_stated(concept) if f.kind == "yes_no" and value is True]
                self.observations += [Observation(fact.id, there, on, where) for fact in found]
                if not found:
                    self.pass_over(where, concept.label(), NOT_ASKED)

    def condition(self, where: str, item: fhir.Condition) -> None:
        """A diagnosis: yes to a yes/no fact that has its code, a value that reads from it, or a breast cancer."""
        what, place = item.code.label(), self.places.of_condition(item)
        found = self.codes.facts_stated(item.code)
        if place.about == "secondary" and not found:
            found = self.codes.facts_at(each(item.bodySite))
        if not found and place.about != "breast":
            self.pass_over(where, what, NOT_ASKED)
            return
        first, on = self.seen_on(where, item.day())
        if found and (item.states() & PAST or item.abatementDateTime):
            self.pass_over(where, what, "it is recorded as past")
        elif self.usable("Condition", where, what, item.states(), first):
            not_before = first if first != on else None
            self.observations += [Observation(fact.id, value, on, where, not_before) for fact, value in found]
            if place.about == "breast":
                self.cancer(where, item, place)

    def cancer(self, where: str, item: fhir.Condition, place: Place) -> None:
        """A cancer of the breast: its side, and its stage where no observation of the record states that."""
        self.cancers.update(dict.fromkeys(sorted(place.sides)))
        if not place.sides:
            self.pass_over(where, item.code.label(), "a cancer of the breast that does not say of which side")
        for stage in (item.stage,) if isinstance(item.stage, fhir.Stage) else item.stage:
            sources = (stage.assessment,) if isinstance(stage.assessment, Reference) else stage.assessment
            if stage.summary and not any(self.places.get(fhir.Observation, source) for source in sources):
                self.pass_over(where, f"stage {stage.summary.label()}", "the day of this stage is not recorded")

    def procedure(self, where: str, item: fhir.Procedure) -> None:
        self.treatment("Procedure", where, item.code, item, self.places.sides_of(each(item.bodySite)))

    def medication(self, where: str, item: fhir.MedicationUse) -> None:
        """A medication that is named, contained, or referred to."""
        concept, reference = item.medicationCodeableConcept, item.medicationReference
        if reference and concept is fhir.NO_CONCEPT:
            found = self.places.get(fhir.Medication, reference, item.contained)
            concept = found.code if found else Concept(text=reference.display)
        self.treatment("Medication", where, concept, item, frozenset())

    def treatment(
        self, kind: str, where: str, concept: Concept, item: fhir.Procedure | fhir.MedicationUse, sides: frozenset[Side]
    ) -> None:
        """Each drug as given; a start known only to the month counts from that month's last day."""
        what = concept.label()
        given, why = self.codes.drugs_named(concept)
        if why or not given:
            self.pass_over(where, what, why or "no agent has this code or name")
        if not given:
            return
        period = item.period()
        reason = ", ".join(reason.label() for reason in each(item.statusReason))
        first, start = self.seen_on(where, period[0])
        end = self.full_day(where, period[1])
        if start and end and end < start:
            self.pass_over(where, what, f"it ends on {end}, before it starts on {start}")
        elif self.usable(kind, where, what, item.states(), first, reason):
            setting, rule = self.setting(item)
            side = next(iter(sides)) if len(sides) == 1 else None
            self.treatments += [Treatment(drug, start, end, setting, where, False, side, rule) for drug in given]
            if reason:
                self.pass_over(where, f"{what}: {reason}", "the reason for its status is not used")

    def setting(self, item: fhir.Procedure | fhir.MedicationUse) -> tuple[Setting | None, str]:
        """The setting that the intent of a treatment tells. Two that differ tell nothing."""
        said = [e.valueCodeableConcept for e in self.places.named(item.extension, "intent")]
        concepts = [c for c in (*said, *each(item.reasonCode)) if c]
        found: dict[Any, str] = {s: c.label() for c in concepts for s in self.codes.mark("intents", c)}
        if len(found) != 1:
            return None, ""
        setting, label = next(iter(found.items()))
        return setting, f"its intent is recorded as {label}"


def is_unasked(item: fhir.Observation, codes: FhirCodes) -> bool:
    """Whether no fact can ask for an observation; a panel may still say what its members are about."""
    return not (item.component or item.extension or item.hasMember or codes.facts_asked(item.code))


def days(text: str | None) -> tuple[date, date] | None:
    """The first and the last day that a FHIR dateTime can mean; None for what is no date."""
    return days_of(text[:11]) if text else None  # the time of the day is not read


@lru_cache(KEPT)
def days_of(text: str) -> tuple[date, date] | None:
    with contextlib.suppress(ValueError):
        if DAY.match(text):
            day = date.fromisoformat(text[:10])
            return day, day
        if found := YEAR_OR_MONTH.match(text):
            year, month = int(found[1]), int(found[2] or 0)
            last = month or 12
            return date(year, month or 1, 1), date(year, last, calendar.monthrange(year, last)[1])
    return None


def has_value(item: fhir.Observation) -> bool:
    """Whether an observation has a value of its own, or says why it has none."""
    values = (item.valueCodeableConcept, item.valueQuantity, item.valueString, item.valueInteger, item.valueBoolean)
    return any(value is not None for value in (*values, item.valueRange, item.valueRatio, item.dataAbsentReason))


def is_of_cancer(fact: Fact) -> bool:
    return fact.of == "cancer" or fact.tested_with is not None


def about(fact: Fact, place: Place) -> tuple[Side | None, Specimen | None]:
    """The side and the tissue of an answer, where the fact is about a cancer at all."""
    if place is NOWHERE or not is_of_cancer(fact):
        return None, None
    elsewhere = place.specimen is not None and place.specimen.site == "metastasis"
    side = next(iter(place.sides)) if len(place.sides) == 1 and not elsewhere else None
    return side, place.specimen
