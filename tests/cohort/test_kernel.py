"""The kernel says of every row what the interpreter says of that patient: values, verdicts, standings.

Random partial cases, many of them contradictory, over the whole current edition on several days and in both regions.
`make agreement` tries a million (HER2GUIDE_CASES); `make test` tries some thousands.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

import numpy as np
import pytest

from her2guide.cohort.columns import Column, Numbers, recorded
from her2guide.cohort.kernel import Verdicts, judge
from her2guide.cohort.planes import Rows
from her2guide.engine.apply import apply
from her2guide.language.settle import settle
from her2guide.library.library import EditionInForce
from her2guide.library.read import read_library
from her2guide.model.case import Case, Known, Origin
from her2guide.model.condition import All, Any, Between, Compare, Expression, Not, Value
from her2guide.model.fact import Fact
from her2guide.model.guidance import Guidance

TRIED = int(os.environ.get("HER2GUIDE_CASES", "2000"))
EDITIONS = [("current", "us", "2026-11-23"), ("current", "eu", "2017-06-01"), ("current", "us", "2010-01-01"),
            ("article", "us", "2026-11-23")]  # fmt: skip
Given = dict[str, Value]


def limits_in(expression: Expression) -> Iterator[tuple[str, float]]:
    """The numbers that a fact is compared with: the cases lie on both sides of each, and on it."""
    if isinstance(expression, All | Any):
        for part in expression.parts:
            yield from limits_in(part)
    elif isinstance(expression, Not):
        yield from limits_in(expression.part)
    elif isinstance(expression, Between):
        yield from ((expression.fact, float(limit)) for limit in (expression.low, expression.high))
    elif isinstance(expression, Compare) and isinstance(expression.value, int | float):
        yield expression.fact, float(expression.value)


@lru_cache
def values_to_try() -> dict[str, list[Value]]:
    library = read_library()
    conditions = [item.when for edition in library.editions.values() for item in edition.recommendations]
    conditions += [rule.when for agent in library.agents.values() for rule in (*agent.never_when, *agent.caution_when)]
    conditions += [line.when for fact in library.facts.values() for line in (*fact.derive, *fact.findings)]
    limits: dict[str, set[float]] = {}
    for condition in conditions:
        for criterion in condition.criteria:
            for fact, limit in limits_in(criterion.expression):
                limits.setdefault(fact, set()).add(limit)
    return {fact.id: possible(fact, limits.get(fact.id, {1.0})) for fact in library.facts.values()}


def possible(fact: Fact, limits: set[float]) -> list[Value]:
    if fact.kind == "yes_no":
        return [True, False]
    if fact.kind == "code":
        return list(fact.values)
    assert fact.range
    step = 1.0 if fact.kind == "integer" else 0.1
    near = {round(limit + shift, 1) for limit in limits for shift in (-step, 0.0, step)}
    inside = sorted(number for number in near if fact.range.low <= number <= fact.range.high)
    return [int(number) for number in inside] if fact.kind == "integer" else list(inside)


def drawn(draw: random.Random) -> Given:
    """A case of which some, most or nearly nothing is known; half of them say little that follows from other facts."""
    facts, values = read_library().facts, values_to_try()
    share = draw.choice((0.02, 0.1, 0.3, 0.6))
    bare = draw.random() < 0.5
    names = [f.id for f in facts.values() if not (bare and (f.derive or f.findings)) and draw.random() < share]
    return {name: draw.choice(values[name]) for name in names}


def interpreted(edition: EditionInForce, given: Given) -> tuple[dict[str, Value], Guidance]:
    library = edition.library
    known = {fact: Known(value, Origin("recorded")) for fact, value in given.items()}
    settled = settle(list(library.facts.values()), known, library.contradictions)
    case = Case("drawn", edition.as_of, settled.known, settled.conflicts)
    return case.values(), apply(edition, case)


def columns_of(edition: EditionInForce, rows: list[Given], count: Rows) -> dict[str, Column]:
    named = {fact for row in rows for fact in row}
    facts = edition.library.facts
    return {name: recorded(facts[name], [row.get(name) for row in rows], count) for name in named}


def value_in(column: Column, row: int, rows: Rows) -> Value | None:
    if isinstance(column, Numbers):
        return float(column.numbers[row]) if rows.unpack(column.present)[row] else None
    found = [value for value, plane in column.values.items() if rows.unpack(plane)[row]]
    assert len(found) < 2, "two values in one row"
    return found[0] if found else None


def unpacked(found: Verdicts, rows: Rows) -> dict[str, np.ndarray]:
    """For each recommendation 1 true, 0 false, -1 unknown; for each option the index of its standing, or -1."""
    said = {}
    for name, truths in found.applies.items():
        said[name] = np.where(rows.unpack(truths.true), 1, np.where(rows.unpack(truths.false), 0, -1))
    for name, standings in found.options.items():
        level = np.full(rows.count, -1)
        for index, plane in enumerate(standings.values()):
            level[rows.unpack(plane)] = index
        said[f"option {name}"] = level
    return said


@pytest.mark.parametrize(("name", "region", "day"), EDITIONS)
def test_kernel_and_interpreter_agree(name: str, region: str, day: str) -> None:
    edition = read_library().edition(name, region, date.fromisoformat(day))
    draw = random.Random(f"{name} {region} {day}")  # noqa: S311 - drawn anew alike each time
    left, contradictory = TRIED // len(EDITIONS), 0
    while left > 0:
        cases = [drawn(draw) for _ in range(min(left, 1000))]
        left -= len(cases)
        rows = Rows(len(cases))
        found = judge(edition, columns_of(edition, cases, rows), rows)
        said = unpacked(found, rows)
        for row, given in enumerate(cases):
            values, guidance = interpreted(edition, given)
            contradictory += bool(guidance.case.conflicts)
            settled = {f: value_in(c, row, rows) for f, c in found.settled.items()} if row % 50 == 0 else {}
            assert {f: v for f, v in settled.items() if v is not None} == (values if settled else {}), given
            truths = {v.recommendation: {True: 1, False: 0, None: -1}[v.applies] for v in guidance.verdicts}
            assert {n: said[n][row] for n in truths} == truths, given
            options = {f"option {o.recommendation}": o.standing for o in guidance.options}
            for option in (key for key in said if key.startswith("option ")):
                standing = list(found.options[option.removeprefix("option ")])
                expected = standing.index(options[option]) if option in options else -1  # type: ignore[arg-type]
                assert said[option][row] == expected, (option, given)
    assert contradictory > 0, "cases without contradictions try only half"


@pytest.mark.parametrize("count", [1, 63, 64, 65, 200])
def test_any_number_of_rows(count: int) -> None:
    edition = read_library().edition("current", "us", date(2026, 11, 23))
    rows = Rows(count)
    found = judge(edition, {}, rows)
    for truths in found.applies.values():
        assert not (truths.true & truths.false).any()
        assert rows.unpack(rows.unknown(truths) | truths.true | truths.false).all()
