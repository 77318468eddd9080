"""The published views: in the structure of SQL on FHIR, and they select what the reader takes by code."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from her2guide.chart.fhir_views import views
from her2guide.library.library import Library
from her2guide.model.chart import Chart

from .fhir_examples import POSITIVE, bundle, concept, condition, medication, observation

# StructureDefinition ViewDefinition (SQL on FHIR 3.0.0-ballot): what a view and its columns may have, and must have.
ELEMENTS = {"resourceType", "name", "status", "resource", "fhirVersion", "select", "where"}
NEEDED = {"status", "resource", "select"}
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
TYPES = {"string", "code", "uri", "decimal", "integer", "boolean", "dateTime"}


def test_the_views_have_the_structure_of_the_specification(library: Library) -> None:
    made = views(library)
    assert len(made) == 6
    for name, view in made.items():
        assert view["resourceType"] == "ViewDefinition"
        assert set(view) <= ELEMENTS and set(view) >= NEEDED
        assert NAME.match(name) and view["status"] == "active"
        columns = [column for select in view["select"] for column in select["column"]]
        names = [column["name"] for column in columns]
        assert len(set(names)) == len(names) and all(NAME.match(each) for each in names)
        assert all(set(column) == {"name", "path", "type"} and column["type"] in TYPES for column in columns)
        assert all(
            set(where) == {"path"} and where["path"].count("(") == where["path"].count(")") for where in view["where"]
        )


def selects(view: dict[str, Any], coding: dict[str, str]) -> bool:
    """The first where-clause of a view by its own text: a coding of the listed systems and codes."""
    parts = re.findall(
        r"\(\(((?:system = '[^']*'(?: or )?)+)\) and \(((?:code = '[^']*'(?: or )?)+)\)\)", view["where"][0]["path"]
    )
    assert parts
    return any(f"'{coding['system']}'" in systems and f"'{coding['code']}'" in codes for systems, codes in parts)


RESOURCES = [
    ("her2guide_observations", observation("48676-1", POSITIVE)),
    ("her2guide_observations", observation("29463-7", {"value": 70, "unit": "kg"})),
    ("her2guide_conditions", condition("94222008")),
    ("her2guide_conditions", condition("38341003")),
    ("her2guide_medication_requests", medication("MedicationRequest", "224905")),
    ("her2guide_medication_requests", medication("MedicationRequest", "1")),
    ("her2guide_procedures", {"resourceType": "Procedure", "code": concept("http://snomed.info/sct", "392021009")}),
]


@pytest.mark.parametrize(("name", "resource"), RESOURCES)
def test_a_view_selects_what_the_reader_takes(
    chart: Callable[..., Chart], library: Library, name: str, resource: dict[str, Any]
) -> None:
    coding = (resource.get("code") or resource["medicationCodeableConcept"])["coding"][0]
    read = chart(bundle(resource))
    taken = any(o.fact != "sex" for o in read.observations) or bool(read.treatments)
    assert selects(views(library)[name], coding) is taken
