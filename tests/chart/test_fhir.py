"""FHIR records: what is read, what is passed over and why, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from her2guide.errors import ChartError
from her2guide.library.library import Library
from her2guide.model.chart import Chart

from .fhir_examples import (
    LOINC,
    NEGATIVE,
    PATIENT,
    POSITIVE,
    RXNORM,
    SNOMED,
    Resource,
    bundle,
    concept,
    condition,
    medication,
    observation,
)

Read = Callable[..., Chart]
TOMORROW = (date.today() + timedelta(days=1)).isoformat()
TRASTUZUMAB = "224905"


def facts(read: Chart) -> dict[str, Any]:
    return {o.fact: o.value for o in read.observations if o.fact != "sex"}


def whys(read: Chart) -> list[str]:
    return [unread.why for unread in read.unread]


def test_a_bundle_a_list_and_a_single_resource_are_read_alike(chart: Read) -> None:
    asked = observation("48676-1", POSITIVE)
    for text in (bundle(asked), json.dumps([PATIENT, asked]), json.dumps(asked)):
        read = chart(text)
        assert (read.patient, facts(read)) == ("p1", {"her2_status": "positive"})
        assert read.observations[0].where == "Observation/o-48676-1"
        assert read.observations[0].on == date(2026, 1, 5)


def test_the_patient_is_read(chart: Read) -> None:
    read = chart(json.dumps(PATIENT))
    assert (read.patient, read.born, facts(read)) == ("p1", date(1970, 1, 1), {})
    assert [(o.fact, o.value) for o in read.observations] == [("sex", "female")]
    assert read.treatments_complete is False


# observation code and value -> what it answers
ANSWERS = [
    ("48676-1", POSITIVE, {"her2_status": "positive"}),
    ("48676-1", (SNOMED, "431396003"), {"her2_status": "negative"}),
    ("48676-1", (LOINC, "LA6576-8"), {"her2_status": "positive"}),
    ("85319-2", POSITIVE, {"her2_ihc_result": "positive"}),
    ("85319-2", NEGATIVE, {"her2_ihc_result": "negative"}),
    ("85319-2", (SNOMED, "280414007"), {"her2_ihc_result": "equivocal"}),
    ("85319-2", "Positive", {"her2_ihc_result": "positive"}),
    ("85318-4", NEGATIVE, {"her2_ish_result": "negative"}),
    ("49683-6", {"value": 2.4}, {"her2_ish_ratio": 2.4}),
    ("16112-5", POSITIVE, {"er_status": "positive"}),
    ("85329-1", {"value": 90, "unit": "%", "code": "%"}, {"er_percent": 90}),
    ("21889-1", {"value": 1.8, "unit": "cm", "code": "cm"}, {"tumour_size": 18}),
    ("21889-1", {"value": 18, "unit": "mm"}, {"tumour_size": 18}),
    ("21893-3", {"value": 2, "code": "{#}"}, {"positive_nodes": 2}),
    ("21905-5", (SNOMED, "67673008"), {"clinical_t": "T2"}),
    ("21906-3", (SNOMED, "62455006"), {"clinical_n": "N0"}),
    ("21907-1", (SNOMED, "55440008"), {"m": "M1"}),
    ("10230-1", {"value": 61, "code": "%"}, {"lvef": 61}),
]


@pytest.mark.parametrize(("code", "value", "expected"), ANSWERS)
def test_an_observation_answers_a_fact(chart: Read, code: str, value: Any, expected: dict[str, Any]) -> None:
    read = chart(bundle(observation(code, value)))
    assert facts(read) == expected
    assert read.unread == ()


NOT_UNDERSTOOD = [
    ("85318-4", "greater than 2.2", "not understood: 'greater than 2.2' is not a value of `her2_ish_result`."),
    ("85319-2", ("http://example.org", "pos"), "not understood: 'pos' is not a value of `her2_ihc_result`."),
    ("10230-1", {"value": 50, "comparator": "<"}, "not understood: '< 50' is a bound, not a value of `lvef`."),
    ("10230-1", {"value": 61, "code": "mm"}, "not understood: the unit 'mm' is not one of `lvef`."),
    ("10230-1", {"value": 61}, "not understood: 61 of `lvef` has no unit."),
    ("10230-1", {"value": 610, "unit": "%"}, "not understood: 610 % is outside the range of `lvef`"),
    ("10230-1", {"unit": "%"}, "not understood: None is not a number for `lvef`."),
    ("10230-1", None, "not understood: there is no value for `lvef`."),
    ("99999-9", POSITIVE, "no fact asks for it"),
]


@pytest.mark.parametrize(("code", "value", "why"), NOT_UNDERSTOOD)
def test_what_is_not_understood_is_listed(chart: Read, code: str, value: Any, why: str) -> None:
    read = chart(bundle(observation(code, value)))
    assert facts(read) == {}
    (unread,) = read.unread
    assert (unread.where, unread.what) == (f"Observation/o-{code}", f"question {code}")
    assert unread.why.startswith(why)


def test_codes_that_contradict_each_other_are_no_value(chart: Read) -> None:
    both = {"coding": [*concept(*POSITIVE)["coding"], *concept(*NEGATIVE)["coding"]]}
    read = chart(bundle(observation("48676-1", None, valueCodeableConcept=both)))
    assert (facts(read), whys(read)) == ({}, ["not understood: its codes say both positive and negative."])


def status(code: str) -> Resource:
    return concept("http://terminology.hl7.org/CodeSystem/condition-clinical", code)


BONE = "94222008"
PASSED_OVER = [
    (observation("48676-1", POSITIVE, status="entered-in-error"), "its status is entered-in-error"),
    (observation("48676-1", POSITIVE, status="cancelled"), "its status is cancelled"),
    (observation("48676-1", POSITIVE, status="registered"), "its status is registered"),
    (observation("48676-1", POSITIVE, TOMORROW), f"it is dated in the future ({TOMORROW})"),
    (observation("48676-1", POSITIVE, f"{date.today().year + 1}"), "it is dated in the future"),
    (observation("48676-1", POSITIVE, f"{date.today().year + 1}-03"), "it is dated in the future"),
    (condition(BONE, verificationStatus=status("refuted")), "its status is refuted"),
    (condition(BONE, verificationStatus=status("entered-in-error")), "its status is entered-in-error"),
    (condition(BONE, verificationStatus=status("provisional")), "its status is provisional"),
    (condition(BONE, verificationStatus="differential"), "its status is differential"),
    (condition(BONE, clinicalStatus=status("resolved")), "it is recorded as past"),
    (condition(BONE, clinicalStatus="inactive"), "it is recorded as past"),
    (condition("38341003"), "no fact asks for it"),
    (medication("MedicationStatement", TRASTUZUMAB, status="not-taken"), "its status is not-taken"),
    (medication("MedicationStatement", TRASTUZUMAB, status="intended"), "its status is intended"),
    (medication("MedicationStatement", TRASTUZUMAB, wasNotTaken=True), "its status is not-taken"),
    (medication("MedicationRequest", TRASTUZUMAB, status="draft"), "its status is draft"),
    (medication("MedicationRequest", TRASTUZUMAB, status="active", intent="proposal"), "its status is proposal"),
    (medication("MedicationRequest", TRASTUZUMAB, doNotPerform=True), "its status is not-taken"),
    (medication("MedicationRequest", TRASTUZUMAB, authoredOn=TOMORROW), "it is dated in the future"),
    (medication("MedicationRequest", "1"), "no agent has this code or name"),
    (
        medication("MedicationStatement", TRASTUZUMAB, effectivePeriod={"start": "2025-02-01", "end": "2025-01-01"}),
        "it ends on 2025-01-01, before it starts on 2025-02-01",
    ),
    ({"resourceType": "Claim", "id": "x"}, "this kind of resource is not used"),
    ({"resourceType": ["Patient"]}, "this kind of resource is not used"),
    ("text", "this kind of resource is not used"),
    (None, "this kind of resource is not used"),
    ({**observation("48676-1", None), "code": "HER2"}, "it cannot be read: Expected `object`, got `str`"),
    (observation("48676-1", None, valueQuantity={"value": "61"}), "it cannot be read: Expected `int | float | null`"),
    ({"resourceType": "Procedure", "subject": SNOMED}, "it cannot be read: Expected `object"),
    (observation("10230-1", {"value": int("9" * 40), "unit": "%"}), "not understood: 1e+40 % is outside the range"),
]


@pytest.mark.parametrize(("resource", "why"), PASSED_OVER)
def test_what_does_not_count_is_listed(chart: Read, resource: Any, why: str) -> None:
    read = chart(bundle(resource))
    assert (facts(read), read.treatments) == ({}, ())
    assert len(read.unread) == 1
    assert read.unread[0].why.startswith(why)


def test_an_active_condition_is_a_yes(chart: Read) -> None:
    read = chart(bundle(condition(BONE, clinicalStatus=status("active"), verificationStatus=status("confirmed"))))
    assert facts(read) == {"bone_metastases": True}


PARTIAL = [("2025", "2025-01-01", "2025-12-31"), ("2024-02", "2024-02-01", "2024-02-29")]


@pytest.mark.parametrize(("text", "first", "last"), PARTIAL)
def test_a_partial_date_keeps_the_days_it_can_mean(chart: Read, text: str, first: str, last: str) -> None:
    read = chart(bundle(observation("48676-1", POSITIVE, None, effectiveDateTime=text)))
    (found,) = [o for o in read.observations if o.fact == "her2_status"]
    assert (str(found.not_before), str(found.on)) == (first, last)


@pytest.mark.parametrize("day", ["03/04/2025", "2025-02-30", "2025-13"])
def test_what_is_no_date_is_left_out_and_said(chart: Read, day: str) -> None:
    read = chart(bundle(observation("48676-1", POSITIVE, None, effectiveDateTime=day)))
    assert [(o.fact, o.on) for o in read.observations if o.fact != "sex"] == [("her2_status", None)]
    assert whys(read) == ["the date is not a day and was left out"]


OTHERS = ["Group/1", "Device/p1", ""]


@pytest.mark.parametrize("reference", OTHERS)
def test_a_record_of_something_else_than_the_patient_is_passed_over(chart: Read, reference: str) -> None:
    read = chart(bundle(observation("48676-1", POSITIVE, subject={"reference": reference, "display": "another"})))
    assert [o.fact for o in read.observations] == ["sex"]
    assert whys(read) == ["it does not say whose it is, or is not a person's"]


def test_two_different_patients_of_one_id_are_refused(chart: Read) -> None:
    other = {"resourceType": "Patient", "id": "p1", "gender": "male", "birthDate": "1990-01-01"}
    with pytest.raises(ChartError, match="a second, different patient"):
        chart(bundle(observation("48676-1", POSITIVE), other))


def test_patients_of_two_servers_are_refused(chart: Read) -> None:
    rows = [observation("48676-1", POSITIVE, subject={"reference": f"http://{s}/Patient/p1"}) for s in ("a", "b")]
    with pytest.raises(ChartError, match="holds records of 2 patients"):
        chart(bundle(*rows))


UNUSABLE = [
    observation("48676-1", POSITIVE, status="preliminary"),
    condition(BONE, verificationStatus={"text": "refuted"}),
    condition(BONE, abatementDateTime="2026-02-01"),
]


@pytest.mark.parametrize("record", UNUSABLE)
def test_a_status_that_is_not_among_those_that_count_is_passed_over(chart: Read, record: Resource) -> None:
    read = chart(bundle(record))
    assert [o.fact for o in read.observations] == ["sex"] and len(read.unread) == 1


@pytest.mark.parametrize("day", ["2026-01-05", "2026-01-05T23:30:00-05:00", "2026-01-05T08:00:00Z"])
def test_a_moment_has_a_day(chart: Read, day: str) -> None:
    read = chart(bundle(observation("48676-1", POSITIVE, day)))
    assert read.observations[0].on == date(2026, 1, 5)


MEDICATIONS = [
    ("MedicationRequest", {"status": "active", "intent": "order", "authoredOn": "2025-03-01"}, ("2025-03-01", None)),
    (
        "MedicationStatement",
        {"effectivePeriod": {"start": "2025-03-01", "end": "2025-09-01"}},
        ("2025-03-01", "2025-09-01"),
    ),
    ("MedicationAdministration", {"effectiveDateTime": "2025-03-01"}, ("2025-03-01", None)),
    ("MedicationOrder", {"dateWritten": "2018-12-12"}, ("2018-12-12", None)),
]


@pytest.mark.parametrize(("kind", "more", "period"), MEDICATIONS)
def test_a_medication_is_a_treatment(chart: Read, kind: str, more: Resource, period: tuple[str, str | None]) -> None:
    (treatment,) = chart(bundle(medication(kind, TRASTUZUMAB, **more))).treatments
    assert treatment.agent == "trastuzumab"
    assert (str(treatment.start), treatment.end and str(treatment.end)) == period
    assert (treatment.setting, treatment.ongoing) == (None, False)


def test_an_older_order_names_its_patient_otherwise(chart: Read) -> None:
    order = medication("MedicationOrder", TRASTUZUMAB, dateWritten="2018-12-12", patient={"reference": "Patient/p2"})
    del order["subject"]
    with pytest.raises(ChartError, match="holds records of 2 patients"):
        chart(bundle(order))


def test_a_procedure_is_a_treatment(chart: Read) -> None:
    done = {"resourceType": "Procedure", "status": "completed", "code": concept(SNOMED, "392021009")}
    (treatment,) = chart(bundle({**done, "performedDateTime": "2026-02-01"})).treatments
    assert (treatment.agent, treatment.start, treatment.end) == ("lumpectomy", date(2026, 2, 1), date(2026, 2, 1))
    for undone in ({"status": "preparation"}, {"status": "not-done"}, {"notPerformed": True}):
        assert chart(bundle({**done, **undone})).treatments == ()


def test_every_code_of_an_agent_is_its_own(chart: Read, library: Library) -> None:
    for agent in library.agents.values():
        for code in agent.codes.get("rxnorm", ()):
            (treatment,) = chart(bundle(medication("MedicationRequest", code))).treatments
            assert treatment.agent == agent.id


def test_codes_of_two_agents_are_no_treatment(chart: Read) -> None:
    two = {"coding": [{"system": RXNORM, "code": TRASTUZUMAB}, {"system": RXNORM, "code": "1371041"}]}
    read = chart(bundle(medication("MedicationRequest", "1", medicationCodeableConcept=two)))
    assert (read.treatments, whys(read)) == ((), ["its codes name different agents"])


SAME_PATIENT = [
    "Patient/p1",
    "https://example.org/fhir/Patient/p1",
    "urn:uuid:p1",
    "Patient/p1/_history/4",
]


@pytest.mark.parametrize("reference", SAME_PATIENT)
def test_references_to_the_same_patient(chart: Read, reference: str) -> None:
    assert facts(chart(bundle(observation("48676-1", POSITIVE, subject={"reference": reference}))))


def test_a_patient_known_only_by_the_address_in_the_bundle(chart: Read) -> None:
    nameless = {key: value for key, value in PATIENT.items() if key != "id"}
    asked = observation("48676-1", POSITIVE, subject={"reference": "urn:uuid:aaaa"})
    entries = [{"fullUrl": "urn:uuid:aaaa", "resource": nameless}, {"resource": asked}]
    read = chart(json.dumps({"resourceType": "Bundle", "entry": entries}))
    assert (facts(read), read.born) == ({"her2_status": "positive"}, date(1970, 1, 1))


TWO_PATIENTS = [
    [PATIENT, {**PATIENT, "id": "p2"}],
    [PATIENT, observation("48676-1", POSITIVE, subject={"reference": "Patient/p2"})],
    [
        observation("48676-1", POSITIVE, subject={"reference": "Patient/p1/_history/1"}),
        observation("85319-2", POSITIVE, subject={"reference": "Patient/p2/_history/1"}),
    ],
    [{"resourceType": "Patient"}, {"resourceType": "Patient"}],
]


@pytest.mark.parametrize("resources", TWO_PATIENTS)
def test_two_patients_are_refused(chart: Read, resources: list[Resource]) -> None:
    with pytest.raises(ChartError, match="holds records of 2 patients"):
        chart(json.dumps(resources))


NO_PATIENT = [
    {"resourceType": "Bundle"},
    {"resourceType": "Bundle", "entry": []},
    {"resourceType": "Bundle", "entry": {"resource": PATIENT}},
    {"resourceType": "Claim"},
]


@pytest.mark.parametrize("record", NO_PATIENT)
def test_a_record_of_nobody_is_refused(chart: Read, record: Resource) -> None:
    with pytest.raises(ChartError, match="holds no patient and no record of one"):
        chart(json.dumps(record))


REFUSED = [
    ('{"resourceType": "Patient", "id": "p1", "id": "p2"}', "the key `id` stands twice in one object"),
    ('{"resourceType": "Patient",\n "id": }', r"chart\.yaml:2: is not valid JSON"),
    ('{"resourceType": "Observation", "valueQuantity": {"value": NaN}}', "NaN is not a number"),
    ("[" * 100_000, "deep"),
    (json.dumps({**PATIENT, "birthDate": TOMORROW}), f"the date of birth, {TOMORROW}, lies in the future"),
    (bundle(observation("48676-1", POSITIVE, "1969-12-31")), "1969-12-31 lies before the date of birth, 1970-01-01"),
    (
        bundle(medication("MedicationRequest", TRASTUZUMAB, authoredOn="1969-12-31")),
        "1969-12-31 lies before the date of birth, 1970-01-01",
    ),
]


@pytest.mark.parametrize(("text", "says"), REFUSED)
def test_a_record_that_cannot_be_taken_in_is_refused(chart: Read, text: str, says: str) -> None:
    with pytest.raises(ChartError, match=says):
        chart(text)
