"""HER2 by IHC and dual-probe ISH as in ASCO/CAP 2018, and hormone receptors as in ASCO/CAP 2020.

One positive test of two is positive, as in ASCO/CAP 2013, which 2018 left as it was.
"""

from __future__ import annotations

import pytest

from her2guide.library.library import Library
from tests.conftest import case_of, guidance_of

# group, ratio, copies: at the limits of each group
GROUPS = [
    (1, 2.0, 4.0),
    (1, 5.1, 12.0),
    (2, 2.0, 3.9),
    (2, 3.0, 2.2),
    (3, 1.9, 6.0),
    (3, 1.2, 7.5),
    (4, 1.9, 4.0),
    (4, 1.5, 5.9),
    (5, 1.9, 3.9),
    (5, 1.0, 2.0),
]
SCORES = ["0", "1+", "2+", "3+"]

# IHC score -> status per group, before a recount; None is unknown.
BEFORE_RECOUNT = {
    1: {"0": "positive", "1+": "positive", "2+": "positive", "3+": "positive"},
    2: {"0": "negative", "1+": "negative", "2+": None, "3+": "positive"},
    3: {"0": "negative", "1+": "negative", "2+": None, "3+": "positive"},
    4: {"0": "negative", "1+": "negative", "2+": None, "3+": "positive"},
    5: {"0": "negative", "1+": "negative", "2+": "negative", "3+": "positive"},
}
# IHC 2+ after the recount by a second observer confirmed the group, or did not.
AFTER_RECOUNT = {2: ("negative", None), 3: ("positive", None), 4: ("negative", None)}


@pytest.mark.parametrize(("group", "ratio", "copies"), GROUPS)
def test_the_five_groups(library: Library, group: int, ratio: float, copies: float) -> None:
    values = case_of(library, her2_ish_ratio=ratio, her2_ish_copies=copies).values()
    assert values["her2_ish_group"] == f"group_{group}"


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize(("group", "ratio", "copies"), GROUPS)
def test_status_of_ihc_and_ish_together(library: Library, group: int, ratio: float, copies: float, score: str) -> None:
    found = case_of(library, her2_ihc=score, her2_ish_ratio=ratio, her2_ish_copies=copies)
    assert found.conflicts == ()
    assert found.values().get("her2_status") == BEFORE_RECOUNT[group][score]


EQUIVOCAL_ISH = [("0", None), ("1+", None), ("2+", None), ("3+", "positive"), (None, None)]


@pytest.mark.parametrize(("score", "status"), EQUIVOCAL_ISH)
def test_an_equivocal_ish_result_is_not_negative(library: Library, score: str | None, status: str | None) -> None:
    given = {"her2_ish_result": "equivocal"} | ({"her2_ihc": score} if score else {})
    found = case_of(library, **given)
    assert found.conflicts == ()
    assert found.values().get("her2_status") == status


@pytest.mark.parametrize("confirmed", [True, False])
@pytest.mark.parametrize("group", AFTER_RECOUNT)
def test_a_recount_decides_equivocal_ihc(library: Library, group: int, confirmed: bool) -> None:
    _, ratio, copies = next(row for row in GROUPS if row[0] == group)
    found = case_of(
        library, her2_ihc="2+", her2_ish_ratio=ratio, her2_ish_copies=copies, her2_ish_recount_confirmed=confirmed
    )
    assert found.conflicts == ()
    assert found.values().get("her2_status") == AFTER_RECOUNT[group][not confirmed]


@pytest.mark.parametrize("group", [2, 3, 4])
def test_an_unusual_group_alone_is_no_status(library: Library, group: int) -> None:
    _, ratio, copies = next(row for row in GROUPS if row[0] == group)
    values = case_of(library, her2_ish_ratio=ratio, her2_ish_copies=copies).values()
    assert {"her2_ish_result", "her2_status"}.isdisjoint(values)


@pytest.mark.parametrize(("group", "status"), [(1, "positive"), (5, "negative")])
def test_a_plain_group_alone_is_a_status(library: Library, group: int, status: str) -> None:
    _, ratio, copies = next(row for row in GROUPS if row[0] == group)
    assert case_of(library, her2_ish_ratio=ratio, her2_ish_copies=copies).values()["her2_status"] == status


IHC_ALONE = [("0", "negative"), ("1+", "negative"), ("2+", None), ("3+", "positive")]


@pytest.mark.parametrize(("score", "status"), IHC_ALONE)
def test_ihc_alone(library: Library, score: str, status: str | None) -> None:
    assert case_of(library, her2_ihc=score).values().get("her2_status") == status


def test_equivocal_ihc_asks_for_ish(library: Library) -> None:
    found = guidance_of(library, her2_ihc="2+", disease_extent="early")
    pending = [v for v in found.verdicts if any("her2_status" in trace.text for trace in v.trace) and v.applies is None]
    assert pending
    assert {fact for v in pending for fact in v.needs if fact.startswith("her2")} == {"her2_ish_result"}


def test_equivocal_ihc_with_an_unusual_group_asks_for_the_recount(library: Library) -> None:
    found = guidance_of(library, her2_ihc="2+", her2_ish_ratio=1.5, her2_ish_copies=5.0, disease_extent="early")
    asked = {fact for v in found.verdicts for fact in v.needs if fact.startswith("her2")}
    assert asked == {"her2_ish_recount_confirmed"}


def test_an_unusual_group_without_ihc_asks_for_ihc(library: Library) -> None:
    found = guidance_of(library, her2_ish_ratio=2.4, her2_ish_copies=3.1, disease_extent="early")
    asked = {fact for v in found.verdicts for fact in v.needs if fact.startswith("her2")}
    assert "her2_ihc_result" in asked and "her2_status" not in asked


LEVELS = [
    ({"her2_ihc": "3+"}, "positive"),
    ({"her2_ihc": "1+"}, "low"),
    ({"her2_ihc": "2+", "her2_ish_result": "negative"}, "low"),
    ({"her2_ihc": "2+", "her2_ish_result": "positive"}, "positive"),
    ({"her2_ihc": "2+"}, None),
    ({"her2_ihc": "0", "her2_0_with_staining": True}, "ultralow"),
    ({"her2_ihc": "0", "her2_0_with_staining": False}, "none"),
    ({"her2_ihc": "0"}, None),
    ({"her2_status": "negative"}, None),
]


@pytest.mark.parametrize(("given", "level"), LEVELS)
def test_expression_level(library: Library, given: dict[str, str | bool], level: str | None) -> None:
    assert case_of(library, **given).values().get("her2_level") == level


PERCENTS = [(0, "negative"), (0.9, "negative"), (1, "positive"), (10, "positive"), (100, "positive")]


@pytest.mark.parametrize(("percent", "status"), PERCENTS)
@pytest.mark.parametrize("receptor", ["er", "pr"])
def test_a_hormone_receptor_is_positive_from_one_percent(
    library: Library, receptor: str, percent: float, status: str
) -> None:
    assert case_of(library, **{f"{receptor}_percent": percent}).values()[f"{receptor}_status"] == status


HORMONE = [
    ("positive", "negative", "positive"),
    ("negative", "positive", "positive"),
    ("positive", None, "positive"),
    ("negative", "negative", "negative"),
    ("negative", None, None),
    (None, None, None),
]


@pytest.mark.parametrize(("er", "pr", "expected"), HORMONE)
def test_hormone_receptor_status(library: Library, er: str | None, pr: str | None, expected: str | None) -> None:
    given = {name: value for name, value in (("er_status", er), ("pr_status", pr)) if value}
    assert case_of(library, **given).values().get("hr_status") == expected
