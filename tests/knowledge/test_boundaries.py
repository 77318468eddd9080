"""Where one millimetre, one day or one percent decides: the exact edge and its neighbours on both sides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from her2guide.chart.months import add_months
from her2guide.engine.safety import agent_standing
from her2guide.language.compiled import facts_of
from her2guide.language.needs import Questions
from her2guide.library.library import Library
from her2guide.model.case import Case
from tests.conftest import case_of

RELAPSE = """
patient: {{id: edge, sex: female}}
records:
  - {{on: {relapse}, relapsed: yes}}
treatments:
  - {{agent: trastuzumab, setting: adjuvant, start: 2023-01-15, end: 2023-12-15}}
  - {{agent: {last}, setting: adjuvant, start: 2024-01-15, end: 2024-03-31}}
treatments_complete: yes
"""


@pytest.mark.parametrize("last", ["trastuzumab", "trastuzumab-emtansine", "trastuzumab-deruxtecan"])
@pytest.mark.parametrize(
    ("relapse", "interval"),
    [
        ("2024-03-01", "within_6_months"),  # during treatment
        ("2024-03-31", "within_6_months"),  # on the last day
        ("2024-09-30", "within_6_months"),  # six months to the day: there is no 31st of September
        ("2024-10-01", "6_to_12_months"),
        ("2025-03-31", "6_to_12_months"),  # twelve months to the day
        ("2025-04-01", "over_12_months"),
    ],
)
def test_six_and_twelve_months_to_the_day(case: Callable[..., Case], last: str, relapse: str, interval: str) -> None:
    found = case(RELAPSE.format(relapse=relapse, last=last))
    assert found.values()["her2_relapse_interval"] == interval


@pytest.mark.parametrize(
    ("percent", "status"), [(0, "negative"), (0.9, "negative"), (1, "positive"), (10, "positive"), (11, "positive")]
)
@pytest.mark.parametrize("receptor", ["er", "pr"])
def test_one_percent_of_a_hormone_receptor_is_positive(
    library: Library, receptor: str, percent: float, status: str
) -> None:
    assert case_of(library, **{f"{receptor}_percent": percent}).values()[f"{receptor}_status"] == status


GROUPS = [(2.0, 4.0, "group_1"), (2.0, 3.9, "group_2"), (1.9, 6.0, "group_3"), (1.9, 4.0, "group_4")]
GROUPS += [(1.9, 5.9, "group_4"), (1.9, 3.9, "group_5")]
STATUS = {
    ("group_1", None): "positive",
    ("group_2", None): None,
    ("group_2", True): "negative",
    ("group_3", None): None,
    ("group_3", True): "positive",
    ("group_4", None): None,
    ("group_4", True): "negative",
    ("group_5", None): "negative",
}


@pytest.mark.parametrize(("ratio", "copies", "group"), GROUPS)
def test_the_edges_of_the_ish_groups(library: Library, ratio: float, copies: float, group: str) -> None:
    values = case_of(library, her2_ish_ratio=ratio, her2_ish_copies=copies).values()
    assert values["her2_ish_group"] == group


@pytest.mark.parametrize(("group", "recount"), STATUS)
def test_an_equivocal_score_with_each_ish_group(library: Library, group: str, recount: bool | None) -> None:
    ratio, copies = next((ratio, copies) for ratio, copies, name in GROUPS if name == group)
    given = {"her2_ihc": "2+", "her2_ish_ratio": ratio, "her2_ish_copies": copies}
    if recount is not None:
        given["her2_ish_recount_confirmed"] = recount
    assert case_of(library, **given).values().get("her2_status") == STATUS[group, recount]


LVEF = [
    ("trastuzumab", 39.9, "ruled out"),
    ("trastuzumab", 40, "offered with caution"),
    ("trastuzumab", 49.9, "offered with caution"),
    ("trastuzumab", 50, "offered"),
    ("trastuzumab-deruxtecan", 39.9, "ruled out"),
    ("trastuzumab-deruxtecan", 40, "offered with caution"),
    ("trastuzumab-deruxtecan", 50, "offered"),
    ("pertuzumab", 39.9, "ruled out"),
    ("pertuzumab", 50, "offered with caution"),
    ("pertuzumab", 54.9, "offered with caution"),
    ("pertuzumab", 55, "offered"),
    ("trastuzumab", None, "needs check"),
]


@pytest.mark.parametrize(("agent", "lvef", "standing"), LVEF)
def test_the_ejection_fraction_at_each_threshold(
    library: Library, agent: str, lvef: float | None, standing: str
) -> None:
    rules = library.agents[agent]
    asked = [*rules.know_before, *(fact for rule in rules.never_when for fact in facts_of(rule.when))]
    healthy = {fact: False for fact in asked if library.facts[fact].kind == "yes_no"}
    given = {**healthy, "lung_inflammation": "never", "disease_extent": "early"}
    if lvef is not None:
        given["lvef"] = lvef
    values = case_of(library, **given).values()
    assert agent_standing(rules, library, Questions(library.facts, values)).standing == standing


def test_a_month_ends_where_the_calendar_says() -> None:
    assert add_months(date(2024, 3, 31), 6) == date(2024, 9, 30)
