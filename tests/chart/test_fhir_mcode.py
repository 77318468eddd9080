"""FHIR in the shapes of mCODE STU4: tissue, side, what a record is about, components, panels, intents, references."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from her2guide.chart.abstract import abstract
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
    NEGATIVE,
    POSITIVE,
    RIGHT,
    RIGHT_BREAST,
    RXNORM,
    SNOMED,
    Resource,
    body_structure,
    bundle,
    concept,
    condition,
    extension,
    medication,
    observation,
    site,
    specimen,
)

Read = Callable[..., Chart]
HER2, ER = "48676-1", "85337-4"
TRASTUZUMAB = "224905"
CANCER, LUNG_CANCER, LIVER_METASTASIS, BONE_METASTASIS = "254837009", "254637007", "94381002", "94222008"


def refer(kind: str, name: str) -> Resource:
    return {"reference": f"{kind}/{name}"}


def only(read: Chart, fact: str) -> Any:
    (found,) = [o for o in read.observations if o.fact == fact]
    return found


def facts(read: Chart) -> dict[str, Any]:
    return {o.fact: o.value for o in read.observations if o.fact != "sex"}


def whys(read: Chart) -> list[str]:
    return [unread.why for unread in read.unread]


METASTASIS = condition(LIVER_METASTASIS)
SPECIMENS = [
    (specimen(site(LEFT_BREAST)), "primary", "left"),
    (specimen(site(BREAST, RIGHT)), "primary", "right"),
    (specimen(site("68171009", LEFT)), "node", "left"),
    (specimen(site(LIVER)), "metastasis", None),
    (specimen({"text": "Left breast, upper outer"}), "primary", "left"),
    (specimen({"text": "axillary lymph node, right breast"}), "node", "right"),
    (specimen(None, type={"text": "Lymph node biopsy"}), "node", None),
    (
        specimen(None, extension=[extension("mcode-related-condition", refer("Condition", "c-94381002"))]),
        "metastasis",
        None,
    ),
    (specimen(site("64033007")), None, None),
    (specimen(site(LIVER, LEFT)), "metastasis", None),
    (specimen(None), None, None),
]


@pytest.mark.parametrize(("tissue", "where_from", "side"), SPECIMENS)
def test_a_specimen_says_where_its_test_is_from(chart: Read, tissue: Resource, where_from: Any, side: Any) -> None:
    read = chart(bundle(METASTASIS, observation(HER2, POSITIVE, specimen=refer("Specimen", "s1")), tissue))
    found = only(read, "her2_status")
    assert found.specimen is not None
    assert (found.specimen.id, found.specimen.site, found.specimen.taken) == ("s1", where_from, date(2026, 1, 2))
    assert found.side == side


def test_a_day_of_collection_that_is_none_is_said(chart: Read) -> None:
    test = observation(HER2, POSITIVE, specimen=refer("Specimen", "s1"))
    read = chart(bundle(test, specimen(site(LIVER), "2026-01")))
    assert only(read, "her2_status").specimen.taken is None
    assert [(u.where, u.what) for u in read.unread] == [("Specimen/s1", "2026-01")]


def test_specimens_keep_tests_apart(chart: Read, library: Library) -> None:
    liver = observation(HER2, NEGATIVE, "2026-02-05", id="o2", specimen=refer("Specimen", "s2"))
    breast = observation(HER2, POSITIVE, specimen=refer("Specimen", "s1"))
    read = chart(bundle(breast, liver, specimen(site(BREAST)), specimen(site(LIVER), "2026-02-03", id="s2")))
    case = abstract(read, library.facts, TODAY, library)
    assert case.values()["her2_status"] == "negative"
    assert [change.fact for change in case.changes] == ["her2_status"]


def test_a_contained_specimen_is_its_own(chart: Read) -> None:
    inside = {key: value for key, value in specimen(site(LIVER)).items() if key != "subject"}
    read = chart(bundle(observation(HER2, POSITIVE, specimen={"reference": "#s1"}, contained=[inside, 7])))
    assert only(read, "her2_status").specimen.site == "metastasis"


def test_a_specimen_that_the_record_does_not_hold_still_has_a_name(chart: Read) -> None:
    found = only(chart(bundle(observation(HER2, POSITIVE, specimen=refer("Specimen", "gone")))), "her2_status")
    assert (found.specimen.id, found.specimen.site) == ("gone", None)


SIDES = [
    ({"bodySite": site(LEFT_BREAST)}, "left"),
    ({"bodySite": site(BREAST, RIGHT)}, "right"),
    ({"bodySite": {"text": "Right breast"}}, "right"),
    ({"bodySite": {"text": "Left"}}, "left"),
    ({"bodySite": {"text": "Left thigh"}}, None),
    ({"bodySite": site("39607008", LEFT)}, None),
    ({"bodySite": site(BREAST)}, None),
    ({"focus": [refer("Condition", "left")]}, "left"),
    ({"focus": [refer("BodyStructure", "b1")]}, "right"),
]


@pytest.mark.parametrize(("more", "side"), SIDES)
def test_an_observation_has_the_side_of_its_site_or_focus(chart: Read, more: Resource, side: Any) -> None:
    cancer = condition(CANCER, id="left", bodySite=[site(LEFT_BREAST)])
    read = chart(bundle(cancer, body_structure(RIGHT_BREAST), observation("21905-5", (SNOMED, "67673008"), **more)))
    assert only(read, "clinical_t").side == side


def test_a_tissue_or_diagnosis_that_does_not_count_says_nothing(chart: Read) -> None:
    wrong = specimen(site(LEFT_BREAST), status="entered-in-error")
    refuted = condition(CANCER, id="right", bodySite=[site(RIGHT_BREAST)], verificationStatus="refuted")
    more = {"specimen": refer("Specimen", "s1"), "focus": [refer("Condition", "right")]}
    found = only(chart(bundle(wrong, refuted, observation(HER2, POSITIVE, **more))), "her2_status")
    assert (found.side, found.specimen.id, found.specimen.site) == (None, "s1", None)


def test_an_observation_that_names_both_sides_is_passed_over(chart: Read) -> None:
    cancer = condition(CANCER, id="left", bodySite=[site(LEFT_BREAST)])
    both = observation(HER2, POSITIVE, bodySite=site(RIGHT_BREAST), focus=[refer("Condition", "left")])
    read = chart(bundle(cancer, both))
    assert (facts(read), whys(read)) == ({}, ["it names both sides, left and right"])


def test_two_cancers_are_kept_apart(chart: Read, library: Library) -> None:
    sides = [("a", LEFT_BREAST, POSITIVE), ("b", RIGHT_BREAST, NEGATIVE)]
    rows = [condition(CANCER, id=name, bodySite=[site(place)]) for name, place, _ in sides]
    rows += [observation(HER2, value, id=name, focus=[refer("Condition", name)]) for name, _, value in sides]
    read = chart(bundle(*rows))
    assert set(read.cancers) == {"left", "right"}
    assert "her2_status" not in abstract(read, library.facts, TODAY, library).values()
    for side, value in (("left", "positive"), ("right", "negative")):
        case = abstract(read, library.facts, TODAY, library, side=side)  # type: ignore[arg-type]
        assert case.values()["her2_status"] == value


CANCERS = [
    (condition("353431000119107"), ("left",)),
    (condition(CANCER, bodySite=[site(BREAST, RIGHT)]), ("right",)),
    (condition("363346000", bodySite=[site(LEFT_BREAST)]), ("left",)),
    (condition(CANCER, code=concept("http://hl7.org/fhir/sid/icd-10-cm", "C50.411")), ("right",)),
    (condition(CANCER, code={"text": "Carcinoma of left breast"}), ("left",)),
    (condition(CANCER, code={"text": "Family history of carcinoma of left breast"}), ()),
    (condition(CANCER, bodySite=[site(LEFT_BREAST)], verificationStatus="refuted"), ()),
    (condition(CANCER, bodySite=[site(LEFT_BREAST)], verificationStatus="entered-in-error"), ()),
    (condition(LUNG_CANCER, bodySite=[site("39607008", LEFT)]), ()),
    (condition(CANCER), ()),
]


@pytest.mark.parametrize(("diagnosis", "sides"), CANCERS)
def test_the_record_states_cancers_by_side(chart: Read, diagnosis: Resource, sides: tuple[str, ...]) -> None:
    read = chart(bundle(diagnosis))
    assert read.cancers == sides
    assert bool(read.unread) != bool(sides)


def test_a_result_about_another_cancer_is_passed_over(chart: Read) -> None:
    other = condition(LUNG_CANCER, code=concept(SNOMED, LUNG_CANCER, "Non-small cell lung cancer"))
    stage = observation("21908-9", None, valueCodeableConcept={"text": "IV"}, focus=[refer("Condition", other["id"])])
    read = chart(bundle(other, stage))
    assert facts(read) == {}
    assert "it is about another diagnosis (Non-small cell lung cancer)" in whys(read)


def test_a_test_about_a_metastasis_is_of_its_tissue(chart: Read) -> None:
    read = chart(bundle(METASTASIS, observation(HER2, POSITIVE, focus=[refer("Condition", METASTASIS["id"])])))
    found = only(read, "her2_status")
    assert (found.specimen.site, found.side) == ("metastasis", None)


SECONDARY = [
    (condition(LIVER_METASTASIS), {"liver_metastases": True}),
    (condition("94225005"), {"m": "M1"}),
    (condition(CANCER, code=concept("http://hl7.org/fhir/sid/icd-10-cm", "C79.51")), {"bone_metastases": True}),
    (condition("128462008", bodySite=[site(LIVER)]), {"liver_metastases": True}),
    (condition("128462008", bodySite=[site("12738006")]), {"m": "M1"}),
    (condition("128462008", bodySite=[site("68171009")]), {}),
    (condition("94181007"), {}),
    (condition(LIVER_METASTASIS, code={"text": "Liver metastases"}), {"liver_metastases": True}),
]


@pytest.mark.parametrize(("diagnosis", "expected"), SECONDARY)
def test_a_secondary_cancer_is_a_metastasis_with_its_site(chart: Read, diagnosis: Resource, expected: Any) -> None:
    assert facts(chart(bundle(diagnosis))) == expected


def part(code: str, **value: Any) -> Resource:
    return {"code": concept(LOINC, code), **value}


PERCENT = part("85329-1", valueQuantity={"value": 80, "unit": "%"})


def test_components_are_read_each_with_its_place(chart: Read) -> None:
    read = chart(bundle(observation(ER, POSITIVE, component=[part("1"), PERCENT], bodySite=site(LEFT_BREAST))))
    assert facts(read) == {"er_status": "positive", "er_percent": 80}
    assert (only(read, "er_percent").where, only(read, "er_percent").side) == (
        "Observation/o-85337-4 component 2",
        "left",
    )
    assert read.unread == ()


def test_a_size_is_read_from_its_longest_dimension(chart: Read) -> None:
    sizes = [
        part("33729-5", valueQuantity={"value": 1, "code": "cm"}),
        part("33728-7", valueQuantity={"value": 1.2, "code": "cm"}),
    ]
    read = chart(bundle(observation("21889-1", None, component=sizes)))
    assert (facts(read), read.unread) == ({"tumour_size": 12}, ())


def test_a_component_that_is_not_understood_is_listed(chart: Read) -> None:
    read = chart(
        bundle(observation("0", None, component=[part("85329-1", dataAbsentReason={"text": "not performed"})]))
    )
    assert [(u.where, u.why.strip()) for u in read.unread] == [
        ("Observation/o-0 component 1", "not understood: there is no value for `er_percent`: not performed.")
    ]


def test_members_of_a_panel_have_its_focus_and_specimen(chart: Read) -> None:
    cancer = condition(CANCER, id="right", bodySite=[site(RIGHT_BREAST)])
    members = [observation("21905-5", (SNOMED, "1228938002")), observation("21906-3", (SNOMED, "1229967007"))]
    refs = [refer("Observation", member["id"]) for member in members]
    panel = observation(
        "399537006", None, code=concept(SNOMED, "399537006"), hasMember=refs, focus=[refer("Condition", "right")]
    )
    read = chart(bundle(cancer, panel, *members))
    assert facts(read) == {"clinical_t": "T3", "clinical_n": "N0"}
    assert {o.side for o in read.observations if o.fact != "sex"} == {"right"}
    assert read.unread == ()


ABSENT = concept("http://terminology.hl7.org/CodeSystem/data-absent-reason", "not-applicable", "Not Applicable")
NO_VALUE = [
    ({"dataAbsentReason": {"text": "unknown"}}, "there is no value for `her2_status`: unknown."),
    ({"valueCodeableConcept": ABSENT}, "there is no value for `her2_status`: Not Applicable."),
    ({"valueString": "pending"}, "there is no value for `her2_status`: pending."),
    ({"valueString": "Not done"}, "there is no value for `her2_status`: Not done."),
    ({"valueRatio": {"numerator": {"value": 1}}}, "there is no value for `her2_status`, only a range or a ratio."),
]


@pytest.mark.parametrize(("more", "why"), NO_VALUE)
def test_the_reason_for_no_value_is_said(chart: Read, more: Resource, why: str) -> None:
    read = chart(bundle(observation(HER2, None, **more)))
    assert (facts(read), whys(read)) == ({}, [f"not understood: {why}"])


VALUES = [
    ("97509-4", (SNOMED, "271299001"), {"progressing": True}),
    ("97509-4", (SNOMED, "359746009"), {"progressing": False}),
    ("97509-4", (SNOMED, "709137006"), {}),
    ("88040-1", (SNOMED, "271299001"), {"progressing": True}),
    ("88040-1", (SNOMED, "255594003"), {"pathological_response": "pcr"}),
    ("89247-1", (LOINC, "LA9623-5"), {"ecog": 1}),
    ("82810-3", (SNOMED, "77386006"), {"pregnant": True}),
    ("85319-2", "2+", {"her2_ihc": "2+"}),
    ("85319-2", "Positive (score 3+)", {}),
    ("85319-2", "Score 3+", {"her2_ihc": "3+"}),
]


@pytest.mark.parametrize(("code", "value", "expected"), VALUES)
def test_coded_answers_of_mcode(chart: Read, code: str, value: Any, expected: Resource) -> None:
    assert facts(chart(bundle(observation(code, value)))) == expected


def test_a_stage_is_read_from_the_words_of_its_code(chart: Read) -> None:
    value = concept(SNOMED, "0", "American Joint Committee on Cancer stage IIB (qualifier value)")
    assert facts(chart(bundle(observation("21908-9", None, valueCodeableConcept=value)))) == {"recorded_stage": "II"}


def test_a_question_in_words_alone_is_found_by_the_title_of_its_fact(chart: Read) -> None:
    assert facts(chart(bundle(observation(HER2, "positive", code={"text": "HER2 status"})))) == {
        "her2_status": "positive"
    }
    assert facts(chart(bundle(observation(HER2, "positive", code={"text": "HER2 status of the other"})))) == {}


def test_other_illnesses_are_listed_as_present_or_absent(chart: Read) -> None:
    there = extension("mcode-related-condition", concept(SNOMED, "42343007"), "valueCodeableConcept")
    gone = extension("mcode-related-condition-absent", concept(SNOMED, "84229001"), "valueCodeableConcept")
    other = extension("mcode-related-condition-absent", concept(SNOMED, "414916001"), "valueCodeableConcept")
    read = chart(bundle(observation("x", None, code=concept(SNOMED, "398192003"), extension=[there, gone, other])))
    assert facts(read) == {"heart_failure": True, "fatigue": False}
    assert whys(read) == ["no fact asks for it"]


CODED = {"resourceType": "Medication", "id": "m1", "code": concept(RXNORM, TRASTUZUMAB)}
NAMED = {"resourceType": "Medication", "id": "m1", "code": {"text": "trastuzumab"}}
REFERRED: list[tuple[Resource, list[Resource]]] = [
    ({"medicationReference": refer("Medication", "m1")}, [CODED]),
    ({"medicationReference": {"reference": "#m1"}, "contained": [NAMED]}, []),
    ({"medicationReference": {"reference": "Medication/gone", "display": "Trastuzumab"}}, []),
]


@pytest.mark.parametrize(("more", "others"), REFERRED)
def test_a_medication_is_found_where_it_is_referred_to(chart: Read, more: Resource, others: list[Resource]) -> None:
    order = {
        key: value for key, value in medication("MedicationRequest", "0").items() if key != "medicationCodeableConcept"
    }
    read = chart(bundle({**order, **more}, *others))
    assert [t.agent for t in read.treatments] == ["trastuzumab"]
    assert read.unread == ()


INTENTS = [("373847000", "neoadjuvant"), ("373846009", "adjuvant"), ("363676003", "metastatic"), ("373808002", None)]


@pytest.mark.parametrize("name", ["mcode-procedure-intent", "mcode-treatment-intent"])
@pytest.mark.parametrize(("code", "setting"), INTENTS)
def test_the_intent_tells_the_setting(chart: Read, name: str, code: str, setting: str | None) -> None:
    intent = extension(name, concept(SNOMED, code, "the intent"), "valueCodeableConcept")
    (treatment,) = chart(bundle(medication("MedicationRequest", TRASTUZUMAB, extension=[intent]))).treatments
    assert (treatment.setting, treatment.rule) == (setting, "its intent is recorded as the intent" if setting else "")


def test_two_intents_tell_nothing(chart: Read) -> None:
    both = [
        extension("mcode-procedure-intent", concept(SNOMED, code), "valueCodeableConcept") for code, _ in INTENTS[:2]
    ]
    (treatment,) = chart(bundle(medication("MedicationRequest", TRASTUZUMAB, extension=both))).treatments
    assert treatment.setting is None


def test_the_reason_of_a_status_is_said(chart: Read) -> None:
    reason = [{"text": "Treatment not tolerated"}]
    stopped = chart(bundle(medication("MedicationStatement", TRASTUZUMAB, status="stopped", statusReason=reason)))
    assert [t.agent for t in stopped.treatments] == ["trastuzumab"]
    assert [u.what for u in stopped.unread] == ["224905: Treatment not tolerated"]
    undone = chart(bundle(medication("MedicationStatement", TRASTUZUMAB, status="not-taken", statusReason=reason)))
    assert whys(undone) == ["its status is not-taken (Treatment not tolerated)"]


def test_an_operation_has_its_side(chart: Read) -> None:
    done = {"resourceType": "Procedure", "status": "completed", "code": concept(SNOMED, "392021009")}
    (treatment,) = chart(bundle({**done, "bodySite": [site(BREAST, LEFT)]})).treatments
    assert (treatment.agent, treatment.side) == ("lumpectomy", "left")


def test_older_shapes_of_the_same_are_read(chart: Read) -> None:
    laterality = extension("onco-core-Laterality-extension", concept(SNOMED, LEFT), "valueCodeableConcept")
    older = {**concept(SNOMED, BREAST), "extension": [laterality]}
    read = chart(bundle(condition(CANCER, bodySite=older, clinicalStatus="active")))
    assert read.cancers == ("left",)
    dated = condition(BONE_METASTASIS, None, assertedDate="2018-02-01")
    assert only(chart(bundle(dated)), "bone_metastases").on == date(2018, 2, 1)


TWICE = [
    '{"resourceType": "Bundle", "entry": [], "entry": [{"resource": {}}]}',
    '{"resourceType": "Bundle", "entry" : [], "entry": [{"resource": {}}]}',
    '{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient"}, "resource": {}}]}',
    '{"resourceType": "Bundle", "resourceType": "Patient"}',
    r'{"resourceType": "Bundle", "entry": [{"fullUrl": "a", "fullUrl": "b\u003ac", "resource": {}}]}',
]


@pytest.mark.parametrize("text", TWICE)
def test_a_key_that_stands_twice_around_the_records_is_refused(chart: Read, text: str) -> None:
    with pytest.raises(ChartError, match="stands twice"):
        chart(text)


def test_a_key_that_stands_twice_in_a_record_that_is_read_is_refused(chart: Read) -> None:
    asked = json.dumps([observation(HER2, POSITIVE)]).replace(
        '"status": "final"', '"status": "final", "status": "amended"'
    )
    with pytest.raises(ChartError, match=r"Observation/o-48676-1: the key `status` stands twice"):
        chart(asked)
