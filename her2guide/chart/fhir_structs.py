"""The parts of FHIR R4 (and the older shapes still seen) that a chart is read from, as typed decoding wants them.

In: one resource as JSON. Out: a struct, told by `resourceType`, that ignores every element not named here.
Source: HL7 FHIR R4 (4.0.1), mCODE STU4; MedicationOrder, dateWritten and notPerformed are DSTU2.
"""

from __future__ import annotations

from typing import get_args

from msgspec import Raw, Struct, field


class Part(Struct, frozen=True, gc=False):
    """A part of a resource: it holds no cycles, so the garbage collector need not follow it."""


class Coding(Part, frozen=True, gc=False):
    system: str | None = None
    code: str | None = None
    display: str | None = None


class Reference(Part, frozen=True, gc=False):
    reference: str | None = None
    display: str | None = None


class Extension(Part, frozen=True, gc=False):
    url: str | None = None
    valueCodeableConcept: Concept | None = None
    valueReference: Reference | None = None


class Concept(Part, frozen=True, gc=False):
    coding: tuple[Coding, ...] = ()
    text: str | None = None
    extension: tuple[Extension, ...] = ()

    def label(self) -> str:
        """What a person would call it."""
        if self.text:
            return self.text
        for coding in self.coding:
            if name := coding.display or coding.code:
                return name
        return "without a code"

    def names(self) -> tuple[str, ...]:
        """Every wording of it."""
        return tuple(name for name in (self.text, *(coding.display for coding in self.coding)) if name)


NO_CONCEPT = Concept()
Concepts = tuple[Concept, ...] | Concept | None


def each(concepts: Concepts) -> tuple[Concept, ...]:
    """One concept or several: FHIR versions differ."""
    if concepts is None:
        return ()
    return (concepts,) if isinstance(concepts, Concept) else concepts


class Quantity(Part, frozen=True, gc=False):
    value: float | int | None = None
    unit: str | None = None
    code: str | None = None
    comparator: str | None = None


class Period(Part, frozen=True, gc=False):
    start: str | None = None
    end: str | None = None


class Resource(Struct, frozen=True, gc=False, tag_field="resourceType"):
    """What every resource can have. `extension` and `contained` stand where a struct needs them."""

    id: str | None = None


class Patient(Resource, frozen=True, gc=False, tag=True):
    gender: str | None = None
    birthDate: str | None = None


class Valued(Part, frozen=True, gc=False):
    """A question with its answer: an observation or one of its components."""

    code: Concept = NO_CONCEPT
    valueCodeableConcept: Concept | None = None
    valueQuantity: Quantity | None = None
    valueString: str | None = None
    valueInteger: int | None = None
    valueBoolean: bool | None = None
    valueRange: dict[str, Raw] | None = None
    valueRatio: dict[str, Raw] | None = None
    dataAbsentReason: Concept | None = None


class Observation(Resource, frozen=True, gc=False, tag=True):
    code: Concept = NO_CONCEPT
    status: str | None = None
    subject: Reference | None = None
    effectiveDateTime: str | None = None
    effectiveInstant: str | None = None
    effectivePeriod: Period | None = None
    valueCodeableConcept: Concept | None = None
    valueQuantity: Quantity | None = None
    valueString: str | None = None
    valueInteger: int | None = None
    valueBoolean: bool | None = None
    valueRange: dict[str, Raw] | None = None
    valueRatio: dict[str, Raw] | None = None
    dataAbsentReason: Concept | None = None
    component: tuple[Valued, ...] = ()
    hasMember: tuple[Reference, ...] = ()
    focus: tuple[Reference, ...] = ()
    specimen: Reference | None = None
    bodySite: Concepts = None
    extension: tuple[Extension, ...] = ()
    contained: tuple[Raw, ...] = ()

    def day(self) -> str | None:
        return (
            self.effectiveDateTime
            or self.effectiveInstant
            or (self.effectivePeriod.start if self.effectivePeriod else None)
        )


class Stage(Part, frozen=True, gc=False):
    summary: Concept | None = None
    assessment: tuple[Reference, ...] | Reference = ()


class Condition(Resource, frozen=True, gc=False, tag=True):
    code: Concept = NO_CONCEPT
    subject: Reference | None = None
    patient: Reference | None = None
    clinicalStatus: Concept | str | None = None
    verificationStatus: Concept | str | None = None
    onsetDateTime: str | None = None
    abatementDateTime: str | None = None
    recordedDate: str | None = None
    assertedDate: str | None = None
    dateRecorded: str | None = None
    bodySite: Concepts = None
    stage: tuple[Stage, ...] | Stage = ()
    extension: tuple[Extension, ...] = ()

    def day(self) -> str | None:
        return self.onsetDateTime or self.recordedDate or self.assertedDate or self.dateRecorded

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


class Collection(Part, frozen=True, gc=False):
    collectedDateTime: str | None = None
    collectedPeriod: Period | None = None
    bodySite: Concepts = None

    def day(self) -> str | None:
        return self.collectedDateTime or (self.collectedPeriod.start if self.collectedPeriod else None)


class Specimen(Resource, frozen=True, gc=False, tag=True):
    status: str | None = None
    subject: Reference | None = None
    type: Concept = NO_CONCEPT
    collection: Collection = field(default_factory=Collection)
    extension: tuple[Extension, ...] = ()


class BodyStructure(Resource, frozen=True, gc=False, tag=True):
    """A tumour that is still in the body (mCODE Tumor)."""

    patient: Reference | None = None
    location: Concept | None = None
    extension: tuple[Extension, ...] = ()


class Medication(Resource, frozen=True, gc=False, tag=True):
    """What a request or a statement can refer to. It is nobody's."""

    code: Concept = NO_CONCEPT


class Procedure(Resource, frozen=True, gc=False, tag=True):
    """`notPerformed` is the DSTU2 way to say that it was not done."""

    code: Concept = NO_CONCEPT
    status: str | None = None
    statusReason: Concepts = None
    notPerformed: bool = False
    subject: Reference | None = None
    performedDateTime: str | None = None
    performedPeriod: Period | None = None
    bodySite: Concepts = None
    reasonCode: Concepts = None
    extension: tuple[Extension, ...] = ()

    def states(self) -> set[str]:
        return {self.status or ""} | ({"not-done"} if self.notPerformed else set())

    def period(self) -> tuple[str | None, str | None]:
        if self.performedPeriod:
            return self.performedPeriod.start, self.performedPeriod.end
        return self.performedDateTime, self.performedDateTime


class MedicationUse(Resource, frozen=True, gc=False):
    """A medication that was ordered, given or taken. `wasNotTaken` and `wasNotGiven` are the DSTU2 ways to deny it."""

    status: str | None = None
    statusReason: Concepts = None
    intent: str | None = None
    doNotPerform: bool = False
    wasNotTaken: bool = False
    wasNotGiven: bool = False
    subject: Reference | None = None
    patient: Reference | None = None
    medicationCodeableConcept: Concept = NO_CONCEPT
    medicationReference: Reference | None = None
    authoredOn: str | None = None
    dateWritten: str | None = None
    effectiveDateTime: str | None = None
    effectiveTimeDateTime: str | None = None
    effectivePeriod: Period | None = None
    effectiveTimePeriod: Period | None = None
    reasonCode: Concepts = None
    extension: tuple[Extension, ...] = ()
    contained: tuple[Raw, ...] = ()

    def states(self) -> set[str]:
        """The status and the intent; a request not to give it counts as not given."""
        refused = self.doNotPerform or self.wasNotTaken or self.wasNotGiven
        return {self.status or "", self.intent or ""} | ({"not-taken"} if refused else set())

    def period(self) -> tuple[str | None, str | None]:
        period = self.effectivePeriod or self.effectiveTimePeriod
        if period:
            return period.start, period.end
        return self.effectiveDateTime or self.effectiveTimeDateTime or self.authoredOn or self.dateWritten, None


class MedicationRequest(MedicationUse, frozen=True, gc=False, tag=True):
    """R4 and STU3."""


class MedicationOrder(MedicationUse, frozen=True, gc=False, tag=True):
    """DSTU2."""


class MedicationStatement(MedicationUse, frozen=True, gc=False, tag=True):
    """Every version."""


class MedicationAdministration(MedicationUse, frozen=True, gc=False, tag=True):
    """Every version; DSTU2 names its time otherwise."""


Known = (
    Patient
    | Observation
    | Condition
    | Specimen
    | BodyStructure
    | Medication
    | Procedure
    | MedicationRequest
    | MedicationOrder
    | MedicationStatement
    | MedicationAdministration
)
KINDS = tuple(kind.__name__ for kind in get_args(Known))
