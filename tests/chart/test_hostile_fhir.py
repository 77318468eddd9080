"""Thousands of damaged FHIR records: a chart or a sentence, in time, and no value that the record did not hold.

The mutations are drawn from a fixed seed. What a mutation leaves alone is read as before, or not at all; only the
resource that it touched, and those that refer to it, may say something else.
"""

from __future__ import annotations

import copy
import json
import random
import time
from pathlib import Path
from typing import Any

import pytest

from her2guide.chart.abstract import abstract
from her2guide.chart.read import read_chart
from her2guide.errors import ChartError
from her2guide.library.library import Library
from her2guide.model.chart import Chart
from tests.conftest import TODAY

from .fhir_examples import (
    BREAST,
    LEFT,
    LEFT_BREAST,
    LIVER,
    LOINC,
    PATIENT,
    POSITIVE,
    SNOMED,
    Resource,
    body_structure,
    concept,
    condition,
    extension,
    medication,
    observation,
    site,
    specimen,
)

SLOW = 5.0  # seconds for one record; an intact one takes milliseconds
Path_ = tuple[Any, ...]
INTENT = extension("mcode-procedure-intent", concept(SNOMED, "373846009"), "valueCodeableConcept")
PERCENT = {"code": concept(LOINC, "85329-1"), "valueQuantity": {"value": 80, "unit": "%"}}
OF_LIVER, OF_LEFT = ({"reference": f"Condition/{name}"} for name in ("liver", "left"))
STAGE: Resource = {"valueCodeableConcept": {"text": "Stage II"}, "hasMember": [{"reference": "Observation/o-21905-5"}]}
GIVEN: Resource = {"status": "active", "intent": "order", "authoredOn": "2025-03-01", "extension": [INTENT]}
DONE: Resource = {"resourceType": "Procedure", "id": "op", "status": "completed", "performedDateTime": "2026-02-01"}
RESOURCES = (
    PATIENT,
    condition("254837009", id="left", bodySite=[site(BREAST, LEFT)], clinicalStatus="active"),
    condition("94381002", id="liver", verificationStatus=concept("x", "confirmed")),
    specimen(site(LIVER), extension=[extension("mcode-related-condition", OF_LIVER)]),
    body_structure(LEFT_BREAST, extension=[extension("mcode-related-condition", OF_LEFT)]),
    observation("48676-1", POSITIVE, specimen={"reference": "Specimen/s1"}),
    observation("85337-4", POSITIVE, focus=[OF_LEFT], component=[PERCENT]),
    observation("21889-1", {"value": 18, "unit": "mm"}, focus=[{"reference": "BodyStructure/b1"}]),
    observation("10230-1", {"value": 60, "unit": "%"}),
    observation("89247-1", None, valueInteger=1),
    observation("21908-9", None, **STAGE),
    observation("21905-5", (SNOMED, "67673008")),
    medication("MedicationRequest", "224905", **GIVEN),
    medication("MedicationStatement", "3639", effectivePeriod={"start": "2025-01-01", "end": "2025-02-01"}),
    {**DONE, "code": concept(SNOMED, "392021009")},
)
ENTRIES = [{"fullUrl": f"urn:uuid:{number}", "resource": resource} for number, resource in enumerate(RESOURCES)]
WHOLE = {"resourceType": "Bundle", "type": "collection", "entry": ENTRIES}
DEEP: Any = [[]]
for _ in range(200):
    DEEP = [DEEP]
STRANGE: tuple[Any, ...] = (
    None, True, False, 0, -1, 3.5, 10**30, -(10**30), 1e308, "", " ", "x" * 5000, "NaN", "Infinity", [], {}, [None],
    {"reference": "Patient/other"}, {"coding": [{"system": SNOMED, "code": None}]}, {"value": "60"}, DEEP, "\u202eevil",
    "\x00", "\ud7ff", "女性", "0000-00-00", "2026-02-30", "9999-12-31", "0001-01-01", "2026", "#", "/", "urn:uuid:",
    "Patient/", "Condition/left", "__class__", {"resourceType": "Patient"}, "entered-in-error",
)  # fmt: skip
RAW = (b'"\\ud800"', b"NaN", b"-Infinity", b"1e999", b"9" * 400, b'"\xff"', b"{", b"]", b'{"a":1,"a":2}', b"\x00")


def places(data: Any, path: Path_ = ()) -> list[Path_]:
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(place for key, child in inside for place in places(child, (*path, key)))]


def at(data: Any, path: Path_) -> Any:
    for step in path:
        data = data[step]
    return data


def mutated(whole: Any, path: Path_, draw: random.Random) -> bytes:
    """The record with one change: another value, nothing, twice the same, a rough piece of text."""
    made = copy.deepcopy(whole)
    parent, last = at(made, path[:-1]), path[-1]
    how = draw.choice(("swap", "swap", "swap", "delete", "twice", "move", "raw"))
    if how == "delete":
        del parent[last]
    elif how == "twice" and isinstance(parent, list):
        parent.insert(last, copy.deepcopy(parent[last]))
    elif how == "move":
        parent[last] = [parent[last]] if draw.random() < 0.5 else {"value": parent[last]}
    elif how == "raw":
        parent[last] = "@@"
        return json.dumps(made, ensure_ascii=True).encode().replace(b'"@@"', draw.choice(RAW), 1)
    else:
        parent[last] = draw.choice(STRANGE)
    return json.dumps(made).encode()


def read(folder: Path, text: bytes, library: Library) -> Chart | None:
    """The chart, or None where the record is refused with a sentence; anything else fails the test."""
    place = folder / "record.json"
    place.write_bytes(text)
    start = time.monotonic()
    try:
        found = read_chart(place, library)
    except ChartError as fault:
        assert all(problem.what for problem in fault.problems)
        return None
    finally:
        assert time.monotonic() - start < SLOW
    abstract(found, library.facts, TODAY, library)
    return found


def said(chart: Chart) -> set[tuple[Any, ...]]:
    """Every value and every agent that the chart holds."""
    return {(o.fact, o.value) for o in chart.observations} | {("agent", t.agent) for t in chart.treatments}


def said_at(chart: Chart, value: tuple[Any, ...]) -> set[str]:
    """The resources that say it."""
    places = [o.where for o in chart.observations if (o.fact, o.value) == value]
    places += [t.where for t in chart.treatments if ("agent", t.agent) == value]
    return {place.split(" component")[0] for place in places}


def resource_name(text: bytes, path: Path_) -> set[str]:
    """Whatever the resource that a path lies in can be called in the damaged record."""
    steps = 1 if isinstance(path[0], int) else 3
    index = path[0] if steps == 1 else path[1] if len(path) > 1 else None
    if index is None:
        return set()
    try:
        resource = at(json.loads(text), path[:steps])
    except (ValueError, LookupError, TypeError, RecursionError):
        return set()
    named = isinstance(resource, dict) and resource.get("id") and f"{resource.get('resourceType')}/{resource['id']}"
    return {f"resource {index + 1}", *([named] if named else [])}


def try_many(folder: Path, whole: Any, library: Library, count: int, seed: int) -> tuple[int, int]:
    """How many were read and refused of so many mutations."""
    intact = read(folder, json.dumps(whole).encode(), library)
    assert intact
    draw, before, every = random.Random(seed), said(intact), places(whole)[1:]  # noqa: S311 - not for secrets
    results = [0, 0]
    for _ in range(count):
        path = draw.choice(every)
        text = mutated(whole, path, draw)
        found = read(folder, text, library)
        results[found is None] += 1
        for value in said(found) - before if found else ():
            assert said_at(found, value) <= resource_name(text, path), (path, value)  # type: ignore[arg-type]
    return results[0], results[1]


def test_mutations_of_an_invented_record(tmp_path: Path, library: Library) -> None:
    taken, refused = try_many(tmp_path, WHOLE, library, 2000, seed=20261123)
    assert taken > 1000
    assert refused > 50


REAL = [("mcode_trialmatching_patient01.json", 600), ("camino_Maureen.json", 150), ("camino_T0_patient.json", 40)]


@pytest.mark.parametrize(("name", "count"), REAL)
def test_mutations_of_real_records(tmp_path: Path, library: Library, real_data: Path, name: str, count: int) -> None:
    whole = json.loads((real_data / "fhir" / name).read_text(encoding="utf-8"))
    taken, refused = try_many(tmp_path, whole, library, count, seed=count)
    assert taken + refused == count
    assert taken
