"""The code lists of the FHIR reader as SQL-on-FHIR ViewDefinitions: the rows that a chart can be made of.

In: a library. Out: views by name, as plain JSON data, for any runner of the specification (version 2).
They select by code and status alone; sides, tissues, components and what a record is about stay with the reader.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..library.library import Library
from .fhir_codes import FhirCodes, Key, codes_of

View = dict[str, Any]
Column = tuple[str, str, str]  # name, path, FHIR type
OWNER: Column = ("patient", "subject.reference", "string")  # as written: some runners fail on keys that are not there
KEY: Column = ("id", "getResourceKey()", "string")
STATUS: Column = ("status", "status", "code")
VALUES: tuple[Column, ...] = (
    ("value_system", "value.ofType(CodeableConcept).coding.first().system", "uri"),
    ("value_code", "value.ofType(CodeableConcept).coding.first().code", "code"),
    ("value_text", "value.ofType(CodeableConcept).text", "string"),
    ("value_quantity", "value.ofType(Quantity).value", "decimal"),
    ("value_unit", "value.ofType(Quantity).unit", "string"),
    ("value_string", "value.ofType(string)", "string"),
    ("value_integer", "value.ofType(integer)", "integer"),
    ("value_boolean", "value.ofType(boolean)", "boolean"),
)


def views(library: Library) -> dict[str, View]:
    """Each view by its name: observations, diagnoses, medications of each kind, procedures."""
    codes = codes_of(library)
    medications = ("MedicationRequest", "MedicationStatement", "MedicationAdministration")
    made = [observations(codes), conditions(codes), procedures(codes)]
    made += [medication(codes, kind) for kind in medications]
    return {view["name"]: view for view in made}


def observations(codes: FhirCodes) -> View:
    found = of_codes("code", codes.asked)
    columns = [KEY, OWNER, STATUS, *code_columns("code", found), *VALUES]
    columns += [
        ("effective_time", "effective.ofType(dateTime)", "dateTime"),
        ("effective_start", "effective.ofType(Period).start", "dateTime"),
        ("specimen", "specimen.reference", "string"),
    ]
    return view("her2guide_observations", "Observation", columns, [found, in_status(codes, "Observation")])


def conditions(codes: FhirCodes) -> View:
    found = of_codes("code", {**codes.stated, **codes.marks["cancers"]})
    columns = [KEY, OWNER, *code_columns("code", found)]
    columns += [
        ("clinical_status", "clinicalStatus.coding.first().code", "code"),
        ("verification_status", "verificationStatus.coding.first().code", "code"),
        ("onset_time", "onset.ofType(dateTime)", "dateTime"),
        ("recorded", "recordedDate", "dateTime"),
    ]
    return view("her2guide_conditions", "Condition", columns, [found])


def procedures(codes: FhirCodes) -> View:
    found = of_codes("code", codes.agents)
    columns = [KEY, OWNER, STATUS, *code_columns("code", found)]
    columns += [
        ("performed_time", "performed.ofType(dateTime)", "dateTime"),
        ("performed_start", "performed.ofType(Period).start", "dateTime"),
        ("performed_end", "performed.ofType(Period).end", "dateTime"),
    ]
    return view("her2guide_procedures", "Procedure", columns, [found, in_status(codes, "Procedure")])


def medication(codes: FhirCodes, kind: str) -> View:
    """Medications that are coded where they stand; those that are referred to are joined by their own key."""
    found = of_codes("medication.ofType(CodeableConcept)", codes.agents)
    columns = [KEY, OWNER, STATUS, *code_columns("medication.ofType(CodeableConcept)", found)]
    if kind == "MedicationRequest":
        columns.append(("authored", "authoredOn", "dateTime"))
    else:
        columns += [
            ("effective_time", "effective.ofType(dateTime)", "dateTime"),
            ("effective_start", "effective.ofType(Period).start", "dateTime"),
            ("effective_end", "effective.ofType(Period).end", "dateTime"),
        ]
    name = "her2guide_" + "".join(f"_{c.lower()}" if c.isupper() else c for c in kind).lstrip("_") + "s"
    return view(name, kind, columns, [found, in_status(codes, "Medication")])


def view(name: str, kind: str, columns: Iterable[Column], where: Iterable[str]) -> View:
    return {
        "resourceType": "ViewDefinition",
        "name": name,
        "status": "active",
        "resource": kind,
        "fhirVersion": ["4.0.1"],
        "select": [{"column": [{"name": n, "path": path, "type": t} for n, path, t in columns]}],
        "where": [{"path": path} for path in where],
    }


def code_columns(path: str, found: str) -> list[Column]:
    """System and code of the first coding that was asked for."""
    asked = found.removesuffix(".exists()")
    return [("system", f"{asked}.first().system", "uri"), ("code", f"{asked}.first().code", "code")]


def of_codes(path: str, keys: Iterable[Key]) -> str:
    """Whether a concept has one of these codings, in the part of FHIRPath that every runner has."""
    systems: dict[str, list[str]] = {}
    for system, code in keys:
        systems.setdefault(system or "", []).append(code or "")
    lists: dict[tuple[str, ...], list[str]] = {}
    for system, listed in sorted(systems.items()):
        lists.setdefault(tuple(sorted(listed)), []).append(system)
    parts = [f"({any_of('system', urls)} and {any_of('code', listed)})" for listed, urls in lists.items()]
    return f"{path}.coding.where({' or '.join(parts)}).exists()"


def any_of(name: str, values: Iterable[str]) -> str:
    return "(" + " or ".join(f"{name} = '{value}'" for value in values) + ")"


def in_status(codes: FhirCodes, kind: str) -> str:
    """A status that counts; a record without one counts too."""
    return f"status.empty() or {any_of('status', sorted(codes.statuses[kind]))}"
