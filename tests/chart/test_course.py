"""Settings and lines of therapy from dates: what they tell, and what they leave unknown."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from her2guide.model.case import Case

Abstract = Callable[..., Case]
SPREAD = "  - {on: 2024-01-10, m: M1, relapsed: yes}\n"
HEAD = "patient: {id: test, born: 1970-06-15, sex: female}\nrecords:\n"


def chart(records: str, *treatments: str, complete: str = "yes") -> str:
    rows = "".join(f"  - {{agent: {treatment}}}\n" for treatment in treatments)
    return f"{HEAD}{records}treatments:\n{rows}treatments_complete: {complete}\n"


EARLY = "  - {on: 2020-01-10, m: M0}\n"
OPERATION = "mastectomy, start: 2020-06-01, end: 2020-06-01"

SETTINGS = [
    ("trastuzumab, start: 2020-01-15, end: 2020-05-10", "neoadjuvant_her2_therapy", True),
    ("trastuzumab, start: 2020-07-15, end: 2021-05-10", "prior_adjuvant_trastuzumab", True),
    ("trastuzumab, start: 2024-02-15, end: 2024-05-10", "prior_metastatic_trastuzumab", True),
    ("trastuzumab, start: 2022-02-15, end: 2022-05-10", "prior_metastatic_trastuzumab", None),  # neither near
    ("trastuzumab, start: 2021-06-02, end: 2021-07-10", "prior_adjuvant_trastuzumab", None),  # a day too late
]


@pytest.mark.parametrize(("treatment", "fact", "expected"), SETTINGS)
def test_dates_tell_the_setting(case: Abstract, treatment: str, fact: str, expected: bool | None) -> None:
    assert case(chart(EARLY + SPREAD, OPERATION, treatment)).values().get(fact) is expected


def test_without_a_record_that_it_had_not_spread_no_setting_is_told(case: Abstract) -> None:
    values = case(chart("  - {lvef: 60}\n", OPERATION, "trastuzumab, start: 2020-07-15, end: 2021-05-10")).values()
    assert "prior_adjuvant_trastuzumab" not in values


THP = ("docetaxel, start: 2024-02-01, end: 2024-06-01", "trastuzumab, start: 2024-02-01, end: 2025-02-01",
       "pertuzumab, start: 2024-02-05, end: 2025-02-01")  # fmt: skip
CONJUGATE = "trastuzumab-deruxtecan, start: 2025-03-01, end: 2026-01-05"
BEYOND = ("trastuzumab, start: 2025-02-20, end: 2025-08-01", "capecitabine, start: 2025-02-20, end: 2025-08-01")
LINES = [
    ((), 0, 0),
    (THP, 1, 0),
    ((*THP, "letrozole, start: 2024-07-01"), 1, 0),  # added in maintenance
    ((*THP, "paclitaxel, start: 2024-06-10, end: 2024-08-01"), 1, 0),  # a taxane for a taxane
    ((*THP, "paclitaxel, start: 2024-09-10, end: 2024-12-01"), 2, 0),  # after a pause
    ((*THP, "trastuzumab-deruxtecan, start: 2025-03-01, ongoing: yes"), 2, 0),
    ((*THP, CONJUGATE, "trastuzumab-emtansine, start: 2026-01-20"), 3, 0),
    ((*THP, *BEYOND), 2, 0),
    ((*THP[:1], "trastuzumab, start: 2024-02-01, ongoing: yes", "capecitabine, start: 2025-02-20"), 2, 0),
    (("letrozole, start: 2024-02-01, end: 2024-12-01", "fulvestrant, start: 2024-12-10, end: 2025-05-01"), 0, 2),
    (("letrozole, start: 2024-02-01, end: 2024-12-01", *("trastuzumab, start: 2024-12-20",)), 1, 1),
    (("zoledronic-acid, start: 2024-02-01",), 0, 0),
]  # fmt: skip


@pytest.mark.parametrize(("treatments", "her2", "endocrine"), LINES)
def test_lines_are_counted_from_dates(case: Abstract, treatments: tuple[str, ...], her2: int, endocrine: int) -> None:
    for order in (treatments, treatments[::-1]):
        found = case(chart(SPREAD, *order))
        values = found.values()
        assert (values["her2_lines_advanced"], values["endocrine_lines_advanced"]) == (her2, endocrine)
    assert found.known["her2_lines_advanced"].origin.rule


def test_lines_are_unknown_without_a_complete_list_or_a_date(case: Abstract) -> None:
    assert "her2_lines_advanced" not in case(chart(SPREAD, *THP, complete="no")).values()
    assert "her2_lines_advanced" not in case(chart(SPREAD, *THP, "tucatinib, setting: metastatic")).values()
    assert "her2_lines_advanced" not in case(chart(SPREAD, *THP, "tucatinib, start: 2020-01-01")).values()


GROWTH = [(None, None), ("on: 2025-03-01, progressing: yes", 2), ("on: 2025-03-01, progressing: no", 1),
          ("on: 2024-01-20, progressing: yes", None)]  # fmt: skip


@pytest.mark.parametrize(("record", "line"), GROWTH)
def test_the_line_being_chosen_follows_growth(case: Abstract, record: str | None, line: int | None) -> None:
    records = SPREAD + (f"  - {{{record}}}\n" if record else "")
    assert case(chart(records, *THP)).values().get("line_of_therapy") == line
    assert case(chart(SPREAD)).values()["line_of_therapy"] == 1
