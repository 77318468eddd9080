"""Chart -> case: which record counts, what contradicts, what stays unknown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from her2guide.library.library import Library
from her2guide.model.case import Case

Abstract = Callable[..., Case]
HEAD = "patient: {id: test, born: 1970-06-15, sex: female}\n"


def records(*entries: str) -> str:
    """A chart of records such as `on: 2026-01-05, lvef: 60`."""
    return f"{HEAD}records:\n" + "".join(f"  - {{{entry}}}\n" for entry in entries)


def test_the_newest_record_counts(case: Abstract) -> None:
    found = case(records("on: 2026-09-01, lvef: 55", "on: 2025-01-01, lvef: 65", "on: 2024-01-01, lvef: 40"))
    known = found.known["lvef"]
    assert (known.value, known.origin.kind, known.origin.on) == (55, "recorded", date(2026, 9, 1))
    assert known.origin.where[0].endswith("chart.yaml:3")


def test_an_undated_record_must_agree_with_the_newest(case: Abstract) -> None:
    differing = case(records("pregnant: yes", "on: 2020-01-01, pregnant: no"))
    assert "pregnant" not in differing.known and len(differing.conflicts) == 1
    assert case(records("lvef: 55", "on: 2026-10-01, lvef: 55")).values()["lvef"] == 55
    assert case(records("lvef: 70")).values()["lvef"] == 70


@pytest.mark.parametrize("day", ["on: 2026-01-05, ", ""])
def test_two_values_on_one_date_are_a_conflict(case: Abstract, day: str) -> None:
    found = case(records(f"{day}her2_ihc: 3+", f"{day}her2_ihc: 1+", f"{day}er_percent: 0"))
    (conflict,) = found.conflicts
    assert conflict.facts == ("her2_ihc",)
    assert "3+ and 1+" in conflict.says
    assert [place.rsplit(":", 1)[1] for place in conflict.where] == ["3", "4"]
    unknown = {"her2_ihc", "her2_ihc_result", "her2_status", "her2_level"}
    assert unknown.isdisjoint(found.known)
    assert found.values()["er_status"] == "negative"


def test_the_same_value_twice_on_one_date_is_no_conflict(case: Abstract) -> None:
    found = case(records("on: 2026-01-05, her2_ihc: 3+", "on: 2026-01-05, her2_ihc: 3"))
    assert found.conflicts == ()
    assert len(found.known["her2_ihc"].origin.where) == 2


def test_an_older_conflict_gives_way_to_a_newer_record(case: Abstract) -> None:
    found = case(records("on: 2025-01-05, lvef: 50", "on: 2025-01-05, lvef: 60", "on: 2026-10-05, lvef: 58"))
    assert (found.conflicts, found.values()["lvef"]) == ((), 58)


FALLS = [
    (("on: 2025-01-05, lvef: 64", "on: 2025-04-05, lvef: 70", "on: 2025-07-05, lvef: 51"), 13),
    (("on: 2025-01-05, lvef: 55", "on: 2025-07-05, lvef: 60"), 0),
    (("on: 2025-01-05, lvef: 64",), None),
    (("lvef: 64", "on: 2025-07-05, lvef: 64"), None),
    (("on: 2025-01-05, lvef: 64", "on: 2025-01-05, lvef: 60", "on: 2025-07-05, lvef: 51"), None),
    (("on: 2025-01-05, lvef: 64", "on: 2025-07-05, lvef: 51", "on: 2025-08-05, lvef_fall: 20"), None),
]


@pytest.mark.parametrize(("entries", "points"), FALLS)
def test_the_fall_of_a_value_is_from_the_first_day_to_the_newest(
    case: Abstract, entries: tuple[str, ...], points: float | None
) -> None:
    assert case(records(*entries)).values().get("lvef_fall") == points


SEEN = [
    ("2025-12-31", {}),
    ("2026-01-01", {"lvef": 60}),
    ("2026-05-31", {"lvef": 60, "prior_trastuzumab": True}),
    ("2026-06-01", {"lvef": 45, "prior_trastuzumab": True}),
]


@pytest.mark.parametrize(("as_of", "expected"), SEEN)
def test_records_after_the_day_asked_for_are_not_seen(case: Abstract, as_of: str, expected: dict[str, object]) -> None:
    text = records("on: 2026-01-01, lvef: 60", "on: 2026-06-01, lvef: 45")
    text += "treatments:\n  - {agent: trastuzumab, start: 2026-02-01}\n"
    values = case(text, date.fromisoformat(as_of)).values()
    assert {fact: values[fact] for fact in ("lvef", "prior_trastuzumab") if fact in values} == expected


@pytest.mark.parametrize(("as_of", "age"), [("2026-06-14", 55), ("2026-06-15", 56)])
def test_age_is_of_the_day_asked_for(case: Abstract, as_of: str, age: int) -> None:
    assert case(records("on: 2020-01-01, age: 49"), date.fromisoformat(as_of)).values()["age"] == age


def test_men_are_not_pregnant_and_have_no_menopause(case: Abstract) -> None:
    values = case("patient: {id: test, sex: male}\n").values()
    assert values["pregnant"] is False
    assert values["breastfeeding"] is False
    assert values["menopausal_status"] == "not_applicable"


def test_a_fact_in_conflict_is_not_derived_instead(case: Abstract) -> None:
    found = case(records("on: 2026-01-05, er_status: positive", "on: 2026-01-05, er_status: negative, er_percent: 90"))
    assert [conflict.facts for conflict in found.conflicts] == [("er_status",)]
    assert {"er_status", "hr_status"}.isdisjoint(found.known)


@pytest.mark.parametrize(("status", "pregnant"), [("postmenopausal", False), ("premenopausal", None)])
def test_only_the_menopause_answers_for_pregnancy(case: Abstract, status: str, pregnant: bool | None) -> None:
    values = case(records(f"on: 2026-01-05, menopausal_status: {status}")).values()
    assert values.get("pregnant") is pregnant


def test_a_pregnant_man_is_a_conflict(case: Abstract) -> None:
    found = case("patient: {id: test, sex: male}\nrecords:\n  - {on: 2026-11-05, pregnant: yes}\n")
    assert [conflict.facts for conflict in found.conflicts] == [("pregnant",)]
    assert "pregnant" not in found.known


def test_results_that_contradict_each_other_are_named_with_their_place(case: Abstract) -> None:
    found = case(records("on: 2026-01-05, her2_status: negative", "on: 2026-01-05, her2_ihc: 3+"))
    statuses = [conflict for conflict in found.conflicts if "her2_status" in conflict.facts]
    assert len(statuses) == 1
    assert "4" in {place.rsplit(":", 1)[1] for place in statuses[0].where}
    assert "positive" in statuses[0].says
    assert "negative" in statuses[0].says
    assert "her2_status" not in found.known


def test_what_is_not_known_has_no_entry(case: Abstract, library: Library) -> None:
    found = case("patient: {id: test}\n")
    assert found.known == {}
    assert set(found.values()) < set(library.facts)


SIZES = ["20", "{value: 2.0, unit: cm}", "55"]


@pytest.mark.parametrize("size", SIZES)
def test_size_alone_makes_no_t_category(case: Abstract, size: str) -> None:
    values = case(records(f"on: 2026-01-05, tumour_size: {size}")).values()
    assert {"t", "t_category", "anatomic_stage", "stage"}.isdisjoint(values)


def test_the_recorded_category_stands_whatever_the_size(case: Abstract) -> None:
    values = case(records("on: 2026-01-05, tumour_size: 20, clinical_t: T1c")).values()
    assert (values["t_category"], values["t"]) == ("T1c", "T1")


def test_the_pathological_category_stands_before_the_clinical(case: Abstract) -> None:
    found = case(records("on: 2026-03-05, clinical_t: T1c, clinical_n: N0", "on: 2026-01-05, pathological_t: T2"))
    assert (found.values()["t_category"], found.values()["n_category"]) == ("T2", "N0")
    assert found.known["t_category"].origin.facts == ("pathological_t",)


# AJCC 8 anatomic stage, in the order N0, N1mi, N1, N2, N3; 28 rows with M0 and, for each, M1 is IV.
STAGES = {
    "Tis": ["0", None, None, None, None],
    "T0": [None, "IB", "IIA", "IIIA", "IIIC"],
    "T1": ["IA", "IB", "IIA", "IIIA", "IIIC"],
    "T2": ["IIA", "IIB", "IIB", "IIIA", "IIIC"],
    "T3": ["IIB", "IIIA", "IIIA", "IIIA", "IIIC"],
    "T4": ["IIIB", "IIIB", "IIIB", "IIIB", "IIIC"],
}
NODES = ["N0", "N1mi", "N1", "N2", "N3"]
STAGE_ROWS = [(t, n, stage) for t, row in STAGES.items() for n, stage in zip(NODES, row, strict=True)]
DCIS_WITH_MANY_NODES = [("Tis", "N2", None), ("Tis", "N3", None)]  # no such patient: the nodes decide
NO_STAGE = [row for row in STAGE_ROWS if row[2] is None and row not in DCIS_WITH_MANY_NODES]
WITH_STAGE = [(t, n, stage.rstrip("ABC")) for t, n, stage in STAGE_ROWS if stage]


@pytest.mark.parametrize(("t", "n", "stage"), WITH_STAGE)
def test_anatomic_stage(case: Abstract, t: str, n: str, stage: str) -> None:
    found = case(records(f"on: 2026-01-05, clinical_t: {t}, clinical_n: {n}, m: M0"))
    assert found.values()["anatomic_stage"] == stage
    assert found.values()["stage"] == stage
    assert found.values()["disease_extent"] == ("in_situ" if stage == "0" else "early")


@pytest.mark.parametrize(("t", "n", "stage"), STAGE_ROWS)
def test_any_metastasis_is_stage_iv(case: Abstract, t: str, n: str, stage: str | None) -> None:
    found = case(records(f"on: 2026-01-05, clinical_t: {t}, clinical_n: {n}, m: M1"))
    assert (found.values()["stage"], found.values()["disease_extent"]) == ("IV", "metastatic")


@pytest.mark.parametrize(("t", "n", "stage"), NO_STAGE)
def test_combinations_outside_the_table_have_no_stage(case: Abstract, t: str, n: str, stage: None) -> None:
    found = case(records(f"on: 2026-01-05, clinical_t: {t}, clinical_n: {n}, m: M0"))
    assert found.values().get("anatomic_stage") is stage


@pytest.mark.parametrize(
    "left_out", ["clinical_t: T2, clinical_n: N0", "clinical_t: T2, m: M0", "clinical_n: N0, m: M0"]
)
def test_a_stage_needs_t_and_n_and_m(case: Abstract, left_out: str) -> None:
    values = case(records(f"on: 2026-01-05, {left_out}")).values()
    assert "disease_extent" not in values or left_out.endswith("M0")
    assert "anatomic_stage" not in values


@pytest.mark.parametrize("site", ["bone_metastases: yes", "liver_metastases: yes", "brain_metastases: active"])
def test_a_metastasis_makes_m1(case: Abstract, site: str) -> None:
    values = case(records(f"on: 2026-01-05, {site}")).values()
    assert (values["m"], values["disease_extent"]) == ("M1", "metastatic")


def test_a_metastasis_against_m0_on_the_same_day_is_a_conflict(case: Abstract) -> None:
    found = case(records("on: 2026-01-05, bone_metastases: yes, m: M0"))
    assert [conflict.facts for conflict in found.conflicts] == [("m",)]
    assert "disease_extent" not in found.known


AT_DIAGNOSIS = "on: 2022-01-10, m: M0, clinical_t: T2, clinical_n: N0"


def test_a_later_metastasis_does_not_contradict_its_absence_at_diagnosis(case: Abstract) -> None:
    found = case(records(AT_DIAGNOSIS, "on: 2026-01-05, liver_metastases: yes"))
    assert found.conflicts == ()
    assert (found.values()["m"], found.values()["disease_extent"]) == ("M1", "metastatic")
    assert found.known["disease_extent"].origin.on == date(2026, 1, 5)


@pytest.mark.parametrize("day", ["on: 2021-03-04, ", "on: 2022-01-10, ", ""])
def test_an_earlier_or_undated_metastasis_contradicts_m0(case: Abstract, day: str) -> None:
    found = case(records(AT_DIAGNOSIS, f"{day}liver_metastases: yes"))
    assert [conflict.facts for conflict in found.conflicts] == [("m",)]
    assert "m" not in found.known


def test_recorded_early_disease_gives_way_to_a_later_metastasis(case: Abstract) -> None:
    found = case(records("on: 2022-01-10, disease_extent: early", "on: 2026-01-05, m: M1"))
    assert (found.conflicts, found.values()["disease_extent"]) == ((), "metastatic")


def test_what_follows_from_facts_names_their_places_and_latest_day(case: Abstract) -> None:
    found = case(records("on: 2026-01-05, er_percent: 0", "on: 2026-02-01, pr_percent: 0"))
    origin = found.known["hr_status"].origin
    assert (origin.on, [place.rsplit(":", 1)[1] for place in origin.where]) == (date(2026, 2, 1), ["3", "4"])


def test_a_relapse_before_the_treatment_says_nothing_about_it(case: Abstract) -> None:
    chart = records("on: 2020-01-15, relapsed: yes", "on: 2024-06-15, relapsed: yes")
    drug = "treatments:\n  - {agent: trastuzumab, setting: adjuvant, start: 2021-01-04, end: 2022-01-03}\n"
    assert "relapse_interval" not in case(chart + drug).known


def test_a_preferred_source_in_conflict_is_not_passed_by(case: Abstract) -> None:
    found = case(records("clinical_t: T1c", "on: 2026-03-01, pathological_t: T2", "on: 2026-03-01, pathological_t: T4"))
    assert {"pathological_t", "t_category", "t"}.isdisjoint(found.known)


STATED_AND_MEASURED = [
    (("on: 2024-03-04, er_percent: 90", "on: 2026-03-04, er_status: negative"), "er_status", "negative"),
    (("on: 2022-03-04, er_status: positive", "on: 2026-03-04, er_percent: 0"), "er_status", "negative"),
    (("on: 2026-03-04, er_status: positive", "on: 2026-03-04, er_percent: 0"), "er_status", None),
    (("er_status: positive", "on: 2026-03-04, er_percent: 0"), "er_status", None),
    (
        ("on: 2026-08-04, menopausal_status: premenopausal", "on: 2026-08-04, lvef: 60"),
        "menopausal_status",
        "premenopausal",
    ),
    (("on: 2026-03-01, clinical_n: N0", "on: 2026-05-01, positive_nodes: 3"), "node_status", "positive"),
    (("on: 2026-03-01, clinical_n: N1", "on: 2026-05-01, positive_nodes: 0"), "node_status", None),
    (("on: 2024-01-01, her2_ihc: 3+", "on: 2026-01-01, her2_ish_result: negative"), "her2_status", None),
]


@pytest.mark.parametrize(("entries", "fact", "expected"), STATED_AND_MEASURED)
def test_the_newer_of_what_is_stated_and_what_follows(
    case: Abstract, entries: tuple[str, ...], fact: str, expected: str | None
) -> None:
    found = case(records(*entries))
    assert found.values().get(fact) == expected
    assert bool(found.conflicts) == (expected is None)


def test_one_size_in_two_units_is_one_size(case: Abstract) -> None:
    found = case(records("on: 2026-01-05, tumour_size: 25", "on: 2026-01-05, tumour_size: {value: 2.5, unit: cm}"))
    assert (found.conflicts, found.values()["tumour_size"]) == ((), 25)


def test_chemotherapy_in_the_list_of_treatments_counts(case: Abstract) -> None:
    drugs = "treatments:\n  - {agent: docetaxel, setting: adjuvant, start: 2026-02-02, end: 2026-05-04}\n"
    assert (
        case(records("on: 2026-01-05, chemotherapy_status: not_given") + drugs).values()["chemotherapy_status"]
        == "completed"
    )
    assert case(HEAD + drugs.replace("end: 2026-05-04", "ongoing: yes")).values()["chemotherapy_status"] == "ongoing"
    assert case(HEAD + "treatments_complete: yes\n").values()["chemotherapy_status"] == "not_given"
    assert "chemotherapy_status" not in case(HEAD).known
