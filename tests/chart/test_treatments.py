"""What the list of treatments tells: given or not, completed, how long ago, which operation came last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from her2guide.model.case import Case

Abstract = Callable[..., Case]
HEAD = "patient: {id: test, born: 1970-06-15, sex: female}\n"
COMPLETE = "treatments_complete: yes\n"


def chart_of(*treatments: str, records: str = "", more: str = "") -> str:
    listed = "".join(f"  - {{{entry}}}\n" for entry in treatments)
    return f"{HEAD}{records}treatments:\n{listed}{more}" if treatments else f"{HEAD}{records}{more}"


ADJUVANT = "agent: trastuzumab, setting: adjuvant, start: 2024-01-10"
METASTATIC = "agent: trastuzumab, setting: metastatic, start: 2024-01-10"
UNSTATED = "agent: trastuzumab, start: 2024-01-10"
OTHER = "agent: trastuzumab-emtansine, setting: adjuvant, start: 2024-01-10"

# treatments, complete?, prior trastuzumab, for early disease, for metastatic disease
GIVEN = [
    ([], False, None, None, None),
    ([], True, False, False, False),
    ([ADJUVANT], False, True, True, None),
    ([ADJUVANT], True, True, True, False),
    (["agent: trastuzumab, setting: neoadjuvant, start: 2024-01-10"], True, True, True, False),
    ([METASTATIC], True, True, False, True),
    ([METASTATIC], False, True, None, True),
    ([UNSTATED], True, True, None, None),
    ([UNSTATED, METASTATIC], True, True, None, True),
    ([OTHER], True, False, False, False),
    ([OTHER], False, None, None, None),
]


@pytest.mark.parametrize(("treatments", "complete", "prior", "early", "metastatic"), GIVEN)
def test_given_not_given_or_unknown(
    case: Abstract,
    treatments: list[str],
    complete: bool,
    prior: bool | None,
    early: bool | None,
    metastatic: bool | None,
) -> None:
    values = case(chart_of(*treatments, more=COMPLETE if complete else "")).values()
    names = ("prior_trastuzumab", "prior_adjuvant_trastuzumab", "prior_metastatic_trastuzumab")
    assert tuple(values.get(name) for name in names) == (prior, early, metastatic)


COMPLETED = [
    ([f"{ADJUVANT}, end: 2025-01-10"], True),
    ([f"{ADJUVANT}, ongoing: yes"], False),
    ([ADJUVANT], None),
    ([f"{ADJUVANT}, end: 2025-01-10", "agent: trastuzumab, setting: adjuvant, start: 2025-02-01"], None),
    ([f"{ADJUVANT}, end: 2025-01-10", "agent: trastuzumab, setting: adjuvant, ongoing: yes"], False),
    ([f"{ADJUVANT}, end: 2025-01-10", "agent: trastuzumab, start: 2025-02-01"], None),
    (["agent: trastuzumab, setting: neoadjuvant, start: 2024-06-01, end: 2024-10-10"], False),
]


@pytest.mark.parametrize(("treatments", "completed"), COMPLETED)
def test_completed_only_when_every_treatment_has_ended(
    case: Abstract, treatments: list[str], completed: bool | None
) -> None:
    values = case(chart_of(*treatments, more=COMPLETE)).values()
    assert values.get("adjuvant_trastuzumab_completed") is completed


@pytest.mark.parametrize(("as_of", "completed"), [("2025-04-10", False), ("2025-04-11", None)])
def test_soon_after_it_the_treatment_after_surgery_is_not_over(
    case: Abstract, as_of: str, completed: bool | None
) -> None:
    found = case(
        chart_of("agent: trastuzumab, setting: neoadjuvant, start: 2024-06-01, end: 2024-10-10"),
        date.fromisoformat(as_of),
    )
    assert found.values().get("adjuvant_her2_therapy_completed") is completed


@pytest.mark.parametrize(
    ("treatment", "suppressed"), [("goserelin, ongoing: yes", True), ("tamoxifen, ongoing: yes", False)]
)
def test_ovarian_suppression_is_read_from_the_treatments(case: Abstract, treatment: str, suppressed: bool) -> None:
    found = case(chart_of(f"agent: {treatment}", more=COMPLETE))
    assert found.values()["ovarian_suppression"] is suppressed


@pytest.mark.parametrize(("as_of", "completed"), [("2025-01-09", False), ("2025-01-10", True)])
def test_a_treatment_that_ends_later_is_going_on(case: Abstract, as_of: str, completed: bool) -> None:
    found = case(chart_of(f"{ADJUVANT}, end: 2025-01-10", more=COMPLETE), date.fromisoformat(as_of))
    assert found.values()["adjuvant_trastuzumab_completed"] is completed


def relapse(day: str) -> str:
    return f"records:\n  - {{on: {day}, relapsed: yes}}\n"


ENDED = f"{ADJUVANT}, end: 2025-01-31"
# treatment, relapse, months begun, interval
INTERVALS = [
    (ENDED, "2025-02-28", 1, "within_6_months"),
    (ENDED, "2025-07-31", 6, "within_6_months"),
    (ENDED, "2025-08-01", 7, "6_to_12_months"),
    (ENDED, "2026-01-31", 12, "6_to_12_months"),
    (ENDED, "2026-02-01", 13, "over_12_months"),
    (ENDED, "2025-01-31", 0, "within_6_months"),
    (ENDED, "2024-06-01", 0, "within_6_months"),
    (f"{ADJUVANT}, ongoing: yes", "2025-06-01", 0, "within_6_months"),
    (ADJUVANT, "2025-06-01", None, None),
    (f"{METASTATIC}, end: 2025-01-31", "2025-06-01", None, "none"),
    (f"{UNSTATED}, end: 2025-01-31", "2025-06-01", None, None),
]


@pytest.mark.parametrize(("treatment", "day", "months", "interval"), INTERVALS)
def test_the_interval_to_relapse(
    case: Abstract, treatment: str, day: str, months: int | None, interval: str | None
) -> None:
    values = case(chart_of(treatment, records=relapse(day), more=COMPLETE)).values()
    assert values.get("months_adjuvant_trastuzumab_to_relapse") == months
    assert values.get("relapse_interval") == interval


UNTOLD = [
    "records:\n  - {on: 2025-09-01, relapsed: no}\n",
    "records:\n  - {relapsed: yes}\n",
    "records:\n  - {on: 2025-09-01, relapsed: yes}\n  - {relapsed: yes}\n",
    "records:\n  - {on: 2025-09-01, relapsed: yes}\n  - {on: 2025-09-01, relapsed: no}\n",
    "",
]


@pytest.mark.parametrize("records", UNTOLD)
def test_without_a_dated_relapse_there_is_no_interval(case: Abstract, records: str) -> None:
    values = case(chart_of(ENDED, records=records, more=COMPLETE)).values()
    assert {"months_adjuvant_trastuzumab_to_relapse", "relapse_interval"}.isdisjoint(values)


def test_the_first_relapse_and_the_last_dose_count(case: Abstract) -> None:
    records = "records:\n  - {on: 2025-09-01, relapsed: yes}\n  - {on: 2025-04-01, relapsed: yes}\n"
    later = "agent: trastuzumab, setting: adjuvant, start: 2025-02-05, end: 2025-03-20"
    found = case(chart_of(ENDED, later, records=records, more=COMPLETE))
    known = found.known["months_adjuvant_trastuzumab_to_relapse"]
    assert known.value == 1
    assert known.origin.rule == "calendar months begun from 2025-03-20 to 2025-04-01"


def test_a_course_without_an_end_leaves_the_interval_unknown(case: Abstract) -> None:
    open_ended = "agent: trastuzumab, setting: adjuvant, start: 2024-12-01"
    values = case(chart_of(ENDED, open_ended, records=relapse("2025-09-01"), more=COMPLETE)).values()
    assert "relapse_interval" not in values


LUMPECTOMY = "agent: lumpectomy, start: 2026-02-01"
OPERATIONS = [
    ([LUMPECTOMY], "lumpectomy"),
    ([LUMPECTOMY, "agent: mastectomy, start: 2026-03-01"], "mastectomy"),
    (["agent: mastectomy, start: 2026-03-01", LUMPECTOMY], "mastectomy"),
    ([LUMPECTOMY, "agent: mastectomy, start: 2026-02-01"], None),
    ([LUMPECTOMY, "agent: mastectomy"], None),
    ([LUMPECTOMY, "agent: lumpectomy"], "lumpectomy"),
    (["agent: lumpectomy"], "lumpectomy"),
    (["agent: trastuzumab"], None),
]


@pytest.mark.parametrize(("treatments", "surgery"), OPERATIONS)
def test_the_latest_operation_counts(case: Abstract, treatments: list[str], surgery: str | None) -> None:
    assert case(chart_of(*treatments)).values().get("breast_surgery") == surgery


# what was recorded, and whether the operation of 2026-02-01 came after it
RECORDED = [
    ("on: 2026-01-05, breast_surgery: none", "lumpectomy", 0),
    ("on: 2026-02-01, breast_surgery: none", None, 1),
    ("on: 2026-03-01, breast_surgery: none", None, 1),
    ("breast_surgery: none", None, 1),
    ("on: 2026-03-01, breast_surgery: lumpectomy", "lumpectomy", 0),
]


@pytest.mark.parametrize(("record", "surgery", "conflicts"), RECORDED)
def test_an_operation_outdates_an_older_record_and_contradicts_a_newer(
    case: Abstract, record: str, surgery: str | None, conflicts: int
) -> None:
    found = case(chart_of(LUMPECTOMY, records=f"records:\n  - {{{record}}}\n"))
    assert found.values().get("breast_surgery") == surgery
    assert len(found.conflicts) == conflicts


PRIOR = [
    ("on: 2023-12-01, prior_trastuzumab: no", True, 0),
    ("on: 2024-02-01, prior_trastuzumab: no", None, 1),
    ("on: 2024-02-01, prior_trastuzumab: yes", True, 0),
]


@pytest.mark.parametrize(("record", "prior", "conflicts"), PRIOR)
def test_a_treatment_outdates_an_older_no(case: Abstract, record: str, prior: bool | None, conflicts: int) -> None:
    found = case(chart_of(ADJUVANT, records=f"records:\n  - {{{record}}}\n"))
    assert found.values().get("prior_trastuzumab") is prior
    assert len(found.conflicts) == conflicts


GOING_ON = [
    ("{agent: doxorubicin, start: 2026-01-05, end: 2026-03-09}", "treatments_complete: yes", False),
    ("{agent: doxorubicin, start: 2026-01-05, end: 2026-03-09}", "", None),
    ("{agent: doxorubicin, start: 2026-01-05, ongoing: yes}", "", True),
    ("{agent: doxorubicin, start: 2026-01-05}", "treatments_complete: yes", None),
    ("{agent: paclitaxel, start: 2026-01-05}", "treatments_complete: yes", False),
    ("{agent: paclitaxel, start: 2026-01-05}", "", None),
]


@pytest.mark.parametrize(("treatment", "complete", "expected"), GOING_ON)
def test_whether_an_anthracycline_is_going_on(
    case: Abstract, treatment: str, complete: str, expected: bool | None
) -> None:
    found = case(f"patient: {{id: test}}\ntreatments:\n  - {treatment}\n{complete}\n")
    assert found.values().get("anthracycline_at_the_same_time") is expected


def test_a_drug_that_is_no_agent_answers_for_its_class(case: Callable[..., Case]) -> None:
    text = """
patient: {id: test, sex: female}
treatments:
  - {agent: epirubicin, start: 2024-01-05, end: 2024-03-01}
  - {agent: metformin, start: 2024-01-05}
treatments_complete: yes
"""
    values = case(text).values()
    assert (values["prior_anthracycline"], values["prior_taxane"]) == (True, False)
    assert values["anthracycline_at_the_same_time"] is False
