"""Several specimens, two cancers, old values: which records count, what is shown, what stays unknown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from her2guide.chart.abstract import abstract
from her2guide.chart.plain import read_plain
from her2guide.chart.write_plain import plain_text
from her2guide.documents import read_yaml
from her2guide.library.library import Library
from her2guide.model.case import Case
from tests.chart.test_abstract import records

Abstract = Callable[..., Case]

PRIMARY = "on: 2020-01-05, site: primary, side: left, er_percent: 90, her2_ihc: 2+"
LIVER = "on: 2026-10-05, site: metastasis, part: liver, specimen: S7, er_percent: 0, her2_ihc: 3+"


def status(found: Case) -> object:
    return found.values().get("her2_status")


def test_the_newest_specimen_counts_and_a_change_is_shown(case: Abstract) -> None:
    found = case(records(PRIMARY, "on: 2020-01-20, her2_ish_result: negative", LIVER))
    values = found.values()
    assert (values["her2_status"], values["er_status"]) == ("positive", "negative")
    assert (values["her2_status_primary"], values["her2_status_metastasis"]) == ("negative", "positive")
    assert values["her2_conversion"] == "gained"
    assert [(c.fact, c.before, c.after) for c in found.changes] == [
        ("er_status", "positive", "negative"),
        ("her2_status", "negative", "positive"),
    ]
    assert "metastasis liver (S7) of 2026-10-05, the newest tested" in found.known["her2_ihc"].origin.rule


def test_tests_of_two_specimens_are_never_combined(case: Abstract) -> None:
    """An old ISH does not settle a new 2+, with or without a name for the specimen."""
    old = "on: 2020-01-05, her2_ish_result: positive"
    assert status(case(records(old, "on: 2026-10-05, her2_ihc: 2+"))) is None
    assert status(case(records(old, "on: 2026-10-05, site: metastasis, her2_ihc: 2+"))) is None
    assert (
        status(case(records("on: 2026-09-05, her2_ihc: 2+", "on: 2026-10-05, her2_ish_result: positive"))) == "positive"
    )


def test_a_later_result_belongs_to_the_specimen_before_it(case: Abstract) -> None:
    rows = ("on: 2026-09-05, site: primary, her2_ihc: 2+", "on: 2026-09-25, her2_ish_result: negative")
    assert status(case(records(*rows))) == "negative"
    assert case(records(*rows)).changes == ()


ORDERS = [
    (("on: 2026-10-05, site: primary, her2_ihc: 3+", "on: 2026-10-05, site: metastasis, her2_ihc: 0"), "negative"),
    (("on: 2026-10-05, site: primary, her2_ihc: 3+", "on: 2026-10-05, site: node, her2_ihc: 0"), "negative"),
    (("site: primary, her2_ihc: 3+", "on: 2026-10-05, site: metastasis, her2_ihc: 0"), None),
    (("on: 2026-10-05, specimen: a, her2_ihc: 3+", "on: 2026-10-05, specimen: b, her2_ihc: 0"), None),
    (("on: 2026-10-05, specimen: a, her2_ihc: 3+", "on: 2026-10-06, specimen: b, her2_ihc: 0"), "negative"),
    (
        ("on: 2024-01-01, specimen: a, taken: 2026-01-01, her2_ihc: 3+", "on: 2025-10-06, specimen: b, her2_ihc: 0"),
        "positive",
    ),
]


@pytest.mark.parametrize(("rows", "expected"), ORDERS)
def test_which_specimen_counts(case: Abstract, rows: tuple[str, ...], expected: str | None) -> None:
    for order in (rows, rows[::-1]):
        assert status(case(records(*order))) == expected


def test_each_receptor_has_its_own_newest_specimen(case: Abstract) -> None:
    values = case(records(PRIMARY, "on: 2026-10-05, site: metastasis, her2_ihc: 3+")).values()
    assert (values["her2_status"], values["er_percent"]) == ("positive", 90)


TWO = (
    "on: 2026-09-01, side: left, her2_ihc: 3+, clinical_t: T2",
    "on: 2026-09-02, side: right, her2_ihc: 0, clinical_t: T1c",
)


def test_two_cancers_ask_for_a_choice(case: Abstract) -> None:
    found = case(records(*TWO))
    (conflict,) = found.conflicts
    assert set(conflict.facts) == {"her2_ihc", "clinical_t"}
    assert {"her2_status", "clinical_t", "t"}.isdisjoint(found.known)


@pytest.mark.parametrize(("side", "told", "t"), [("left", "positive", "T2"), ("right", "negative", "T1c")])
def test_one_of_two_cancers(library: Library, side: str, told: str, t: str) -> None:
    rows = (*TWO, "on: 2026-09-03, pathological_n: N2", "on: 2026-09-10, lvef: 60")
    chart = read_plain(read_yaml(records(*rows), "two"), library)
    found = abstract(chart, library.facts, date(2026, 11, 1), library, side=side)  # type: ignore[arg-type]
    values = found.values()
    assert (values["her2_status"], values["clinical_t"], values["lvef"]) == (told, t, 60)
    assert "pathological_n" not in values  # it does not say of which cancer
    assert found.conflicts == ()


def test_what_two_cancers_share_is_known(case: Abstract) -> None:
    rows = ("on: 2026-09-01, side: left, er_percent: 90", "on: 2026-09-02, side: right, er_percent: 90")
    assert case(records(*rows)).values()["er_status"] == "positive"


def test_a_metastasis_belongs_to_neither_side(case: Abstract) -> None:
    found = case(records(*TWO, LIVER), as_of=date(2026, 11, 1))
    assert found.values()["her2_status_metastasis"] == "positive"


OLD = [
    ("on: 2026-05-24, lvef: 60", 60),
    ("on: 2026-05-23, lvef: 60", None),
    ("lvef: 60", 60),
    ("on: 2020-01-01, menopausal_status: premenopausal", None),
    ("on: 2020-01-01, menopausal_status: postmenopausal", "postmenopausal"),
    ("on: 2026-09-22, pregnant: no", None),
    ("on: 2026-09-24, pregnant: no", False),
]


@pytest.mark.parametrize(("row", "expected"), OLD)
def test_values_age(case: Abstract, row: str, expected: object) -> None:
    """As of 23 November 2026."""
    found = case(records(row))
    name = row.rsplit(", ", maxsplit=1)[-1].split(":", maxsplit=1)[0]
    assert found.values().get(name) == expected
    assert [old.fact for old in found.outdated] == ([] if expected is not None else [name])


def test_a_chart_with_specimens_and_sides_is_written_and_read_again(library: Library) -> None:
    rows = (*TWO, PRIMARY, LIVER, "on: 2026-10-09, specimen: S8, taken: 2026-10-01, part: skin, her2_ihc: 0")
    chart = read_plain(read_yaml(records(*rows), "one"), library)
    again = read_plain(read_yaml(plain_text(chart), "other"), library)
    assert {(o.fact, o.value, o.on, o.side, o.specimen) for o in again.observations} == {
        (o.fact, o.value, o.on, o.side, o.specimen) for o in chart.observations
    }
