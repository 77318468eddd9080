"""The parts of FHIR R4 (and the older DSTU2 shapes still seen) that a chart is read from.

In: a resource as decoded JSON. Out: structs that ignore every element not named here.
Source: HL7 FHIR R4 (4.0.1), mCODE STU4; MedicationOrder and dateWritten are DSTU2.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field


class Coding(Struct, frozen=True):
    system: str | None = None
    code: str | None = None
    display: str | None = None


class Concept(Struct, frozen=True):
    coding: tuple[Coding, ...] = ()
    text: str | None = None

    def label(self) -> str:
        """What a person would call it."""
        shown = [coding.display or coding.code for coding in self.coding]
        return self.text or next((name for name in shown if name), "without a code")


class Quantity(Struct, frozen=True):
    value: float | int | None = None
    unit: str | None = None
    code: str | None = None
    comparator: str | None = None


class Period(Struct, frozen=True):
    start: str | None = None
    end: str | None = None


class Reference(Struct, frozen=True):
    reference: str | None = None


class Patient(Struct, frozen=True):
    id: str | None = None
    gender: str | None = None
    birthDate: str | None = None


class Observation(Struct, frozen=True):
    code: Concept = field(default_factory=Concept)
    status: str | None = None
    subject: Reference | None = None
    effectiveDateTime: str | None = None
    effectivePeriod: Period | None = None
    valueCodeableConcept: Concept | None = None
    valueQuantity: Quantity | None = None
    valueString: str | None = None
    valueInteger: int | None = None
    valueBoolean: bool | None = None

    def day(self) -> str | None:
        return self.effectiveDateTime or (self.effectivePeriod.start if self.effectivePeriod else None)


class Condition(Struct, frozen=True):
    code: Concept = field(default_factory=Concept)
    subject: Reference | None = None
    patient: Reference | None = None
    clinicalStatus: Concept | str | None = None
    verificationStatus: Concept | str | None = None
    onsetDateTime: str | None = None
    abatementDateTime: str | None = None
    recordedDate: str | None = None
    dateRecorded: str | None = None

    def day(self) -> str | None:
        return self.onsetDateTime or self.recordedDate or self.dateRecorded

    def states(self) -> set[str]:
        """The clinical and verification status as codes, whichever shape they have."""
        found: set[str] = set()
        for status in (self.clinicalStatus, self.verificationStatus):
            if isinstance(status, str):
                found.add(status)
            elif status:
                codes = {coding.code for coding in status.coding if coding.code}
                found |= codes or ({status.text} if status.text else set())
        return found


class Procedure(Struct, frozen=True):
    """`notPerformed` is the DSTU2 way to say that it was not done."""

    code: Concept = field(default_factory=Concept)
    status: str | None = None
    notPerformed: bool = False
    subject: Reference | None = None
    performedDateTime: str | None = None
    performedPeriod: Period | None = None

    def states(self) -> set[str]:
        return {self.status or ""} | ({"not-done"} if self.notPerformed else set())

    def period(self) -> tuple[str | None, str | None]:
        if self.performedPeriod:
            return self.performedPeriod.start, self.performedPeriod.end
        return self.performedDateTime, self.performedDateTime


class Medication(Struct, frozen=True):
    """MedicationRequest, MedicationStatement, MedicationAdministration and DSTU2 MedicationOrder.

    `wasNotTaken` and `wasNotGiven` are the DSTU2 ways to say so.
    """

    status: str | None = None
    intent: str | None = None
    doNotPerform: bool = False
    wasNotTaken: bool = False
    wasNotGiven: bool = False
    subject: Reference | None = None
    patient: Reference | None = None
    medicationCodeableConcept: Concept = field(default_factory=Concept)
    authoredOn: str | None = None
    dateWritten: str | None = None
    effectiveDateTime: str | None = None
    effectivePeriod: Period | None = None

    def states(self) -> set[str]:
        """The status and the intent; a request not to give it counts as not given."""
        refused = self.doNotPerform or self.wasNotTaken or self.wasNotGiven
        return {self.status or "", self.intent or ""} | ({"not-taken"} if refused else set())

    def period(self) -> tuple[str | None, str | None]:
        if self.effectivePeriod:
            return self.effectivePeriod.start, self.effectivePeriod.end
        return self.effectiveDateTime or self.authoredOn or self.dateWritten, None


KINDS: dict[str, Any] = {
    "Patient": Patient,
    "Observation": Observation,
    "Condition": Condition,
    "Procedure": Procedure,
    "MedicationRequest": Medication,
    "MedicationOrder": Medication,
    "MedicationStatement": Medication,
    "MedicationAdministration": Medication,
}
