"""Definitions mean what the kernel says: values, verdicts, standings of random partial cases, worked out one by one."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date

import pytest

from her2guide.cohort.definitions import (
    Choice,
    Defined,
    Differ,
    Every,
    Given,
    Is,
    Meaning,
    Negated,
    Recorded,
    Said,
    Some,
    Truth,
    define,
)
from her2guide.cohort.kernel import judge
from her2guide.cohort.planes import Rows
from her2guide.language.compiled import meaning_of
from her2guide.library.read import read_library
from her2guide.model.condition import Value
from her2guide.model.guidance import BEST_FIRST

from .test_kernel import EDITIONS, columns_of, drawn, unpacked

CASES = 100


def truth_of(truth: Truth, known: Mapping[str, Value | None]) -> bool | None:
    if isinstance(truth, Said):
        return truth.truth
    if isinstance(truth, Is):
        return truth_of(truth.part, known) is truth.truth
    if isinstance(truth, Differ):
        values = (known[truth.name], known[truth.other])
        return None if None in values else values[0] != values[1]
    if isinstance(truth, Negated):
        part = truth_of(truth.part, known)
        return None if part is None else not part
    if isinstance(truth, Every | Some):
        truths = [truth_of(part, known) for part in truth.parts]
        decisive = isinstance(truth, Some)
        return decisive if decisive in truths else None if None in truths else not decisive
    return meaning_of(truth)(known.__getitem__)


def value_of(meaning: Meaning, known: Mapping[str, Value | None], case: Mapping[str, Value]) -> Value | None:
    if isinstance(meaning, Recorded):
        return case.get(meaning.fact)
    if isinstance(meaning, Choice):
        given = next((given for when, given in meaning.lines if truth_of(when, known)), Given(None))
        return given.value if isinstance(given, Given) else known[given.name]
    return truth_of(meaning, known)


def worked_out(defined: Defined, case: Mapping[str, Value]) -> dict[str, Value | None]:
    known: dict[str, Value | None] = {}
    for definition in defined.definitions:
        known[definition.name] = value_of(definition.meaning, known, case)
    return known


@pytest.mark.parametrize(("name", "region", "day"), EDITIONS)
def test_definitions_and_kernel_agree(name: str, region: str, day: str) -> None:
    edition = read_library().edition(name, region, date.fromisoformat(day))
    draw = random.Random(f"{name} {region} {day}")  # noqa: S311 - drawn anew alike each time
    cases = [drawn(draw) for _ in range(CASES)]
    defined = define(edition, edition.library.facts)
    rows = Rows(CASES)
    said = unpacked(judge(edition, columns_of(edition, cases, rows), rows), rows)
    for row, case in enumerate(cases):
        known = worked_out(defined, case)
        truths = {name: {True: 1, False: 0, None: -1}[known[of]] for name, of in defined.applies.items()}  # type: ignore[index]
        assert truths == {name: said[name][row] for name in truths}, case
        levels = {name: known[of] for name, of in defined.standings.items()}
        expected = {name: (*BEST_FIRST, None)[said[f"option {name}"][row]] for name in levels}
        assert levels == expected, case


def test_what_is_not_recorded_needs_no_definition() -> None:
    edition = read_library().edition("current", "us", date(2026, 11, 23))
    few, all_of_them = define(edition, ["her2_ihc", "age"]), define(edition, edition.library.facts)
    recorded = [d.meaning.fact for d in few.definitions if isinstance(d.meaning, Recorded)]
    assert set(recorded) == {"her2_ihc", "age"}
    assert len(few.definitions) < len(all_of_them.definitions) / 2
    assert few.applies.keys() == all_of_them.applies.keys()
