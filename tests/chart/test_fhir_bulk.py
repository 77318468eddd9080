"""FHIR Bulk Data: every patient's chart, whatever the files are called, and every line that belongs to none."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from her2guide.chart import fhir_bulk
from her2guide.chart.read import read_chart, read_charts
from her2guide.errors import ChartError
from her2guide.library.library import Library
from her2guide.model.chart import Chart, Unread

from .fhir_examples import NEGATIVE, PATIENT, POSITIVE, RXNORM, Resource, bundle, concept, medication, observation

HER2, LVEF = "48676-1", "10230-1"


def of(name: str, resource: Resource) -> Resource:
    if resource["resourceType"] == "Patient":
        return {**resource, "id": name}
    return {**resource, "id": f"{name}-{resource['id']}", "subject": {"reference": f"Patient/{name}"}}


def ndjson(*resources: Any) -> str:
    return "".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in resources)


def every(folder: Path, library: Library) -> tuple[list[Chart], list[Unread]]:
    unread: list[Unread] = []
    return list(read_charts(folder, library, unread)), unread


def values(chart: Chart) -> dict[str, Any]:
    return {o.fact: (o.value, o.where) for o in chart.observations if o.fact != "sex"}


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Two patients over three files, one of them zipped."""
    (tmp_path / "Patient.ndjson").write_text(ndjson(of("b", PATIENT), of("a", PATIENT)))
    rows = [of("a", observation(HER2, POSITIVE)), of("b", observation(HER2, NEGATIVE)), of("a", observation("0", None))]
    (tmp_path / "part-000.NDJSON.gz").write_bytes(gzip.compress(ndjson(*rows).encode()))
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "x.jsonl").write_text(ndjson(of("b", observation(LVEF, {"value": 60, "unit": "%"}))))
    return tmp_path


def test_each_patient_has_one_chart_with_file_and_line(export: Path, library: Library) -> None:
    charts, unread = every(export, library)
    assert [(c.patient, c.born) for c in charts] == [("a", date(1970, 1, 1)), ("b", date(1970, 1, 1))]
    assert values(charts[0]) == {"her2_status": ("positive", "part-000.NDJSON.gz:1")}
    assert values(charts[1]) == {"her2_status": ("negative", "part-000.NDJSON.gz:2"), "lvef": (60, "deep/x.jsonl:1")}
    assert [(u.where, u.why) for u in charts[0].unread] == [("part-000.NDJSON.gz:3", "no fact asks for it")]
    assert unread == []


def test_a_patient_is_read_as_from_a_bundle(export: Path, library: Library) -> None:
    one = export / "one.json"
    one.write_text(
        bundle(of("a", observation(HER2, POSITIVE)), of("a", observation("0", None)), patient=of("a", PATIENT))
    )
    alone = read_chart(one, library)
    (first, _), _ = every(export, library)
    assert [(o.fact, o.value, o.on) for o in first.observations] == [
        (o.fact, o.value, o.on) for o in alone.observations
    ]
    assert [(u.what, u.why) for u in first.unread] == [(u.what, u.why) for u in alone.unread]


BROKEN = [
    ('{"resourceType": "Observation"', "it is not valid JSON"),
    ("not JSON", "it is not valid JSON"),
    ("[1, 2]", "it is not a FHIR resource"),
    ('{"resourceType": "Observation", "id": "x", "code": 5}', "it cannot be read"),
    (json.dumps({"resourceType": "Observation", "id": "x"}), "it does not say whose it is"),
    ("[" * 5000, "it is not a FHIR resource"),
    (b"\xff\xfe".decode("latin-1"), "it is not valid JSON"),
]


@pytest.mark.parametrize(("line", "why"), BROKEN)
def test_a_broken_line_is_listed_and_the_rest_is_read(tmp_path: Path, library: Library, line: str, why: str) -> None:
    file = tmp_path / "all.ndjson"
    file.write_text(ndjson(of("a", PATIENT), "", line, of("a", observation(HER2, POSITIVE))), encoding="latin-1")
    (chart,), unread = every(file, library)
    assert values(chart) == {"her2_status": ("positive", "all.ndjson:4")}
    (listed,) = unread
    assert listed.where == "all.ndjson:3"
    assert listed.why.startswith(why)


def test_a_line_without_end_is_not_taken_in(tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fhir_bulk, "LONGEST_LINE", 1000)
    file = tmp_path / "all.ndjson"
    file.write_text(ndjson(of("a", PATIENT), json.dumps({"x": "y" * 5000}), of("a", observation(HER2, POSITIVE))))
    (chart,), unread = every(file, library)
    assert values(chart) == {"her2_status": ("positive", "all.ndjson:3")}
    assert [u.where for u in unread] == ["all.ndjson:2"]


def test_a_patient_written_in_parts_is_one(export: Path, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = every(export, library)
    monkeypatch.setattr(fhir_bulk, "BATCH", 0)
    assert every(export, library) == whole


def test_kinds_that_are_not_used_are_counted(export: Path, library: Library) -> None:
    (export / "Claim.ndjson").write_text(ndjson(*[{"resourceType": "Claim", "id": str(n)} for n in range(3)]))
    charts, unread = every(export, library)
    assert len(charts) == 2
    assert unread == [Unread("Claim.ndjson", "3 Claim", "this kind of resource is not used")]


def test_a_patient_in_error_does_not_stop_the_others(export: Path, library: Library) -> None:
    (export / "z.ndjson").write_text(ndjson(of("a", observation(HER2, POSITIVE, "1950-01-01"))))
    charts, unread = every(export, library)
    assert [c.patient for c in charts] == ["b"]
    assert [(u.where, u.what) for u in unread] == [("z.ndjson:1", "patient a")]


def test_a_medication_of_its_own_file_is_found(export: Path, library: Library) -> None:
    order = {**medication("MedicationRequest", "0"), "medicationReference": {"reference": "Medication/m1"}}
    del order["medicationCodeableConcept"]
    (export / "MedicationRequest.ndjson").write_text(ndjson(of("a", order)))
    drugs = [{"resourceType": "Medication", "id": "m1", "code": concept(RXNORM, "224905")}]
    (export / "ZMedication.ndjson").write_text(ndjson(*drugs))
    (first, _), _ = every(export, library)
    assert [t.agent for t in first.treatments] == ["trastuzumab"]


def test_a_zip_that_is_cut_off_is_listed(export: Path, library: Library) -> None:
    whole = (export / "part-000.NDJSON.gz").read_bytes()
    (export / "part-000.NDJSON.gz").write_bytes(whole[: len(whole) // 2])
    charts, unread = every(export, library)
    assert len(charts) == 2
    assert [u.what for u in unread] == ["the rest of the file"]


def test_a_folder_without_charts_is_refused(tmp_path: Path, library: Library) -> None:
    with pytest.raises(ChartError, match="holds no charts"):
        list(read_charts(tmp_path, library))


def test_a_folder_of_bundles_is_read_file_by_file(tmp_path: Path, library: Library) -> None:
    for name in "ab":
        rows = bundle(of(name, observation(HER2, POSITIVE)), patient=of(name, PATIENT))
        (tmp_path / f"{name}.json").write_text(rows)
    (tmp_path / "broken.json").write_text('{"resourceType": "Bundle"')
    charts, unread = every(tmp_path, library)
    assert [c.patient for c in charts] == ["a", "b"]
    assert [u.what for u in unread] == ["broken.json"]


def test_any_other_file_is_the_chart_of_one(tmp_path: Path, library: Library) -> None:
    place = tmp_path / "one.json"
    place.write_text(bundle(observation(HER2, POSITIVE)))
    assert [c.patient for c in read_charts(place, library)] == ["p1"]
