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


def observation(code: str, value: Any, day: str | None = "2026-01-05", **more: Any) -> Resource:
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


def condition(code: str, day: str | None = "2026-01-05", **more: Any) -> Resource:
    made = {"resourceType": "Condition", "id": f"c-{code}", "subject": SUBJECT, "code": concept(SNOMED, code)}
    return {**made, **({"onsetDateTime": day} if day else {}), **more}


def medication(kind: str, code: str, **more: Any) -> Resource:
    made = {"resourceType": kind, "id": f"m-{code}", "medicationCodeableConcept": concept(RXNORM, code)}
    return {**made, "subject": SUBJECT, **more}


def bundle(*resources: Any, patient: Resource | None = PATIENT) -> str:
    every = ([patient] if patient else []) + list(resources)
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in every]})
