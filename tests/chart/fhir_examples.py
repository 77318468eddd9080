"""Small invented FHIR resources for the tests: one patient, `p1`, born in 1970."""

from __future__ import annotations

import json
from typing import Any

Resource = dict[str, Any]
LOINC, SNOMED, RXNORM = "http://loinc.org", "http://snomed.info/sct", "http://www.nlm.nih.gov/research/umls/rxnorm"
PATIENT: Resource = {"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1970-01-01"}
SUBJECT = {"reference": "Patient/p1"}
POSITIVE, NEGATIVE = (SNOMED, "10828004"), (SNOMED, "260385009")


def concept(system: str, code: str, display: str | None = None) -> Resource:
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    return {"coding": [coding]}


def observation(code: str, value: Any, day: str | None = "2026-01-05", /, **more: Any) -> Resource:
    """A LOINC observation; a pair is a coded value, a dict a quantity, text stays text."""
    made: Resource = {"resourceType": "Observation", "id": f"o-{code}", "status": "final", "subject": SUBJECT}
    made["code"] = concept(LOINC, code, f"question {code}")
    if day:
        made["effectiveDateTime"] = day
    if isinstance(value, tuple):
        made["valueCodeableConcept"] = concept(*value)
    elif isinstance(value, dict):
        made["valueQuantity"] = value
    elif value is not None:
        made["valueString"] = value
    return {**made, **more}


def condition(code: str, day: str | None = "2026-01-05", /, **more: Any) -> Resource:
    made = {"resourceType": "Condition", "id": f"c-{code}", "subject": SUBJECT, "code": concept(SNOMED, code)}
    return {**made, **({"onsetDateTime": day} if day else {}), **more}


def medication(kind: str, code: str, **more: Any) -> Resource:
    made = {"resourceType": kind, "id": f"m-{code}", "medicationCodeableConcept": concept(RXNORM, code)}
    return {**made, "subject": SUBJECT, **more}


def bundle(*resources: Any, patient: Resource | None = PATIENT) -> str:
    every = ([patient] if patient else []) + list(resources)
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in every]})


BREAST, LEFT_BREAST, RIGHT_BREAST, LIVER = "76752008", "80248007", "73056007", "10200004"
LEFT, RIGHT = "7771000", "24028007"
MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition"


def extension(name: str, value: Resource, kind: str = "valueReference") -> Resource:
    return {"url": f"{MCODE}/{name}", kind: value}


def site(code: str, side: str | None = None) -> Resource:
    """A body site, with a laterality qualifier where a side is given."""
    qualifier = [extension("mcode-laterality-qualifier", concept(SNOMED, side), "valueCodeableConcept")] if side else []
    return {**concept(SNOMED, code), **({"extension": qualifier} if side else {})}


def specimen(body_site: Resource | None, day: str = "2026-01-02", **more: Any) -> Resource:
    taken = {"collectedDateTime": day, **({"bodySite": body_site} if body_site else {})}
    return {"resourceType": "Specimen", "id": "s1", "subject": SUBJECT, "collection": taken, **more}


def body_structure(code: str, **more: Any) -> Resource:
    """A tumour in the body."""
    return {"resourceType": "BodyStructure", "id": "b1", "patient": SUBJECT, "location": concept(SNOMED, code), **more}
