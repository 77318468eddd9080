"""Damaged records: whatever stands where something else belongs, the answer is a chart or a sentence."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from her2guide.chart.abstract import abstract
from her2guide.chart.read import read_chart
from her2guide.errors import ChartError
from her2guide.library.read import read_library
from tests.conftest import TODAY

from .fhir_examples import PATIENT, POSITIVE, concept, condition, medication, observation

MANY = settings(
    max_examples=300, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
WHOLE_CHART = {
    "patient": {"id": "test", "born": "1970-01-01", "sex": "female"},
    "records": [
        {"on": "2026-01-05", "report": "visit", "lvef": 60, "pregnant": "no"},
        {"her2_ihc": "2+", "tumour_size": {"value": 2, "unit": "cm"}},
    ],
    "treatments": [{"agent": "lumpectomy", "setting": "adjuvant", "start": "2026-01-01", "end": "2026-01-01"}],
    "treatments_complete": True,
}
WHOLE_BUNDLE = {
    "resourceType": "Bundle",
    "entry": [
        {"fullUrl": "urn:uuid:p1", "resource": PATIENT},
        {"resource": observation("48676-1", POSITIVE)},
        {"resource": observation("10230-1", {"value": 60, "unit": "%"}, effectivePeriod={"start": "2026-01-01"})},
        {"resource": condition("94222008", verificationStatus=concept("x", "confirmed"), clinicalStatus="active")},
        {"resource": medication("MedicationStatement", "224905", status="active", effectivePeriod={"end": "2026"})},
        {"resource": {"resourceType": "Procedure", "code": {"text": "lumpectomy"}, "performedDateTime": "2026-02-01"}},
    ],
}
ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**17), 10**17),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["2026-02-30", "0001-01-01", "9999-12-31", "yes", "unknown", "Patient", "Bundle", "positive"]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
    st.just([[[]]]),
)


def places(data: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every path in the data, its whole first."""
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(place for key, child in inside for place in places(child, (*path, key)))]


def damaged(whole: Any, place: tuple[str | int, ...], value: Any) -> Any:
    if not place:
        return value
    made = copy.deepcopy(whole)
    inner = made
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    return made


def read(folder: Path, data: Any) -> str:
    """'read' or 'refused'; anything else that happens fails the test."""
    record, library = folder / "record.json", read_library()
    record.write_text(json.dumps(data), encoding="utf-8")
    try:
        chart = read_chart(record, library)
    except ChartError as fault:
        assert all(problem.where and problem.what for problem in fault.problems)
        return "refused"
    assert abstract(chart, library.facts, TODAY, library).patient == chart.patient
    return "read"


def test_what_is_whole_is_read(tmp_path: Path) -> None:
    assert [read(tmp_path, whole) for whole in (WHOLE_CHART, WHOLE_BUNDLE)] == ["read", "read"]
    assert read(tmp_path, {}) == "refused"


@MANY
@given(st.sampled_from(places(WHOLE_CHART)), ANYTHING)
def test_a_damaged_chart(tmp_path: Path, place: tuple[str | int, ...], value: Any) -> None:
    assert read(tmp_path, damaged(WHOLE_CHART, place, value)) in ("read", "refused")


@MANY
@given(st.sampled_from(places(WHOLE_BUNDLE)), ANYTHING)
def test_a_damaged_bundle(tmp_path: Path, place: tuple[str | int, ...], value: Any) -> None:
    assert read(tmp_path, damaged(WHOLE_BUNDLE, place, value)) in ("read", "refused")
