"""The kernel says of every row what the interpreter says of that patient: values, verdicts, standings, missing facts.

Random partial cases, many of them contradictory, over the whole current edition on several days and in both regions.
In most of them more is known of one fact that follows from others, so that its lines are open, hold, or disagree.
`make agreement` tries a million (HER2GUIDE_CASES); `make test` tries some thousands.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pytest

from her2guide.cohort.columns import Column, Numbers, recorded
from her2guide.cohort.kernel import Verdicts, judge
from her2guide.cohort.planes import Plane, Rows
from her2guide.engine.apply import apply
from her2guide.language.compiled import facts_of
from her2guide.language.needs import inputs_of
from her2guide.language.settle import Settling
from her2guide.library.library import EditionInForce, facts_on
from her2guide.library.read import read_library
from her2guide.model.case import Case, Known, Origin
from her2guide.model.condition import All, Any, Between, Compare, Expression, Not, Value
from her2guide.model.fact import Fact
from her2guide.model.guidance import BEST_FIRST, Guidance
from her2guide.model.knowledge import Agent

TRIED = int(os.environ.get("HER2GUIDE_CASES", "3000"))
EDITIONS = [("current", "us", "2026-11-23"), ("current", "eu", "2017-06-01"), ("current", "us", "2010-01-01"),
            ("article", "us", "2026-11-23")]  # fmt: skip
Given = dict[str, Value]


class Told(NamedTuple):
    """What is said of one case: values, truths and standings by number, what gave way, what is missing."""

    settled: Mapping[str, Value | None]
    said: dict[str, int]
    given_way: set[str]
    missing: set[str]


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


@lru_cache
def told_together() -> list[list[str]]:
    """Facts of which a case tells much at once: what one follows from, near or far, or what can contradict itself."""
    facts, groups = read_library().facts, []
    for fact in facts.values():
        near = inputs_of(fact)
        far = {name: None for other in near for name in (other, *inputs_of(facts[other]))}
        chosen = bool(fact.abstract and fact.abstract.first_known)
        groups += [[*near], [*far, fact.id]] * (5 if chosen else 1) if near else []
    contradictory = [[*facts_of(rule.when), *rule.facts] for rule in read_library().contradictions]
    return groups + contradictory * 5 + [[name for group in contradictory for name in group]] * 20


@lru_cache
def examples() -> list[Given]:
    """Cases that stand beside the recommendations: to most of them one applies."""
    editions = read_library().editions.values()
    return [example.given for edition in editions for item in edition.recommendations for example in item.examples]


def asked_for_safety(agents: Iterable[Agent]) -> list[str]:
    agents = list(agents)
    rules = [facts_of(rule.when) for agent in agents for rule in (*agent.never_when, *agent.caution_when)]
    return sorted({name for names in (*rules, *(agent.know_before for agent in agents)) for name in names})


def near(draw: random.Random, example: Given, names: list[str]) -> Given:
    """An example of which a little is left out, and to which some of these facts are added, most of them harmless."""
    facts, values = read_library().facts, values_to_try()
    share, no = draw.choice((0.0, 0.1, 0.9, 1.0)), draw.choice((0.5, 0.97))
    added = {name: draw.choice(values[name]) for name in names if draw.random() < share}
    mild = {name: False for name in added if facts[name].kind == "yes_no" and draw.random() < no}
    return {**added, **mild, **{name: value for name, value in example.items() if draw.random() < 0.97}}


def drawn(draw: random.Random) -> Given:
    """A case of which some, most or nearly nothing is known, or one that is near an example.

    Half of them say little that follows from other facts.
    """
    facts, values = read_library().facts, values_to_try()
    if draw.random() < 0.2:
        return near(draw, draw.choice(examples()), asked_for_safety(read_library().agents.values()))
    share = draw.choice((0.0, 0.02, 0.1, 0.3, 0.6))
    bare = draw.random() < 0.5
    names = [f.id for f in facts.values() if not (bare and (f.derive or f.findings)) and draw.random() < share]
    if draw.random() < 0.8:
        often = draw.choice((0.3, 0.7, 1.0))
        names += [name for name in draw.choice(told_together()) if draw.random() < often]
    return {name: draw.choice(values[name]) for name in names}


@lru_cache
def settling(day: date) -> Settling:
    return Settling(facts_on(read_library().facts, day).values())


def interpreted(edition: EditionInForce, given: Given) -> tuple[dict[str, Value], Guidance]:
    known = {fact: Known(value, Origin("recorded")) for fact, value in given.items()}
    settled = settling(edition.as_of).settle(known, edition.library.contradictions)
    case = Case("drawn", edition.as_of, settled.known, settled.conflicts)
    return case.values(), apply(edition, case)


def columns_of(edition: EditionInForce, rows: Sequence[Given], count: Rows) -> dict[str, Column]:
    named = {fact for row in rows for fact in row}
    facts = edition.library.facts
    return {name: recorded(facts[name], [row.get(name) for row in rows], count) for name in named}


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


def rows_of(planes: Mapping[str, Plane], rows: Rows) -> list[set[str]]:
    """For every row the names of the planes that it is in."""
    names = list(planes)
    flags = np.array([rows.unpack(planes[name]) for name in names]).reshape(len(names), rows.count)
    return [{names[index] for index in np.flatnonzero(row)} for row in flags.T]


def in_rows(column: Column, rows: Rows) -> list[Value | None]:
    """What is known of a fact in every row."""
    if isinstance(column, Numbers):
        numbers = np.asarray(column.numbers, float).tolist()
        return [number if known else None for number, known in zip(numbers, rows.unpack(column.present), strict=True)]
    found: list[Value | None] = [None] * rows.count
    for value, plane in column.values.items():
        for row in np.flatnonzero(rows.unpack(plane)):
            assert found[row] is None, "two values in one row"
            found[row] = value
    known = np.array([value is not None for value in found])
    assert (known == rows.unpack(column.present)).all()
    assert not (known & rows.unpack(column.unsure)).any()
    return found


def told_by_kernel(edition: EditionInForce, cases: Sequence[Given], *, finished: bool = False) -> Iterator[Told]:
    rows = Rows(len(cases))
    found = judge(edition, columns_of(edition, cases, rows), rows, missing=True, settled=finished)
    assert found.missing is not None
    said = unpacked(found, rows)
    settled = {fact: in_rows(column, rows) for fact, column in found.settled.items()}
    given_way, missing = rows_of(found.given_way, rows), rows_of(found.missing, rows)
    for row in range(rows.count):
        yield Told(
            {fact: values[row] for fact, values in settled.items() if values[row] is not None},
            {name: int(level[row]) for name, level in said.items()},
            given_way[row],
            missing[row],
        )


def told_by_interpreter(edition: EditionInForce, values: dict[str, Value], guidance: Guidance) -> Told:
    truths = {verdict.recommendation: verdict.applies for verdict in guidance.verdicts}
    items = [entry.item for entry in edition.recommendations]
    said = {name: {True: 1, False: 0, None: -1}[truth] for name, truth in truths.items()}
    said |= {
        f"option {i.id}": -1 for i in items if i.recommend.regimen and i.recommend.action not in ("avoid", "obtain")
    }
    said |= {f"option {option.recommendation}": BEST_FIRST.index(option.standing) for option in guidance.options}
    given_way = {name for item in items if truths[item.id] for name in item.in_place_of}
    return Told(values, said, given_way, {missing.fact for missing in guidance.missing})


@pytest.mark.parametrize(("name", "region", "day"), EDITIONS)
def test_kernel_and_interpreter_agree(name: str, region: str, day: str) -> None:
    edition = read_library().edition(name, region, date.fromisoformat(day))
    draw = random.Random(f"{name} {region} {day}")  # noqa: S311 - drawn anew alike each time
    left, contradictory = TRIED // len(EDITIONS), 0
    while left > 0:
        cases = [drawn(draw) for _ in range(min(left, 1000))]
        left -= len(cases)
        for given, told in zip(cases, told_by_kernel(edition, cases), strict=True):
            values, guidance = interpreted(edition, given)
            contradictory += bool(guidance.case.conflicts)
            assert told == told_by_interpreter(edition, values, guidance), given
    assert contradictory > 0, "cases without contradictions try only half"


@pytest.mark.parametrize("given", [
    {"positive_nodes": 1, "pathological_n": "N2a", "t": "Tis", "n": "N1"},
    {"pathological_t": "Tis", "pathological_n": "N0", "positive_nodes": 3, "n_category": "N3a"},
])  # fmt: skip
def test_what_is_withdrawn_uncovers_another_contradiction(given: Given) -> None:
    edition = read_library().edition("current", "us", date(2026, 11, 23))
    (told,) = told_by_kernel(edition, [given])
    assert told == told_by_interpreter(edition, *interpreted(edition, given))


@pytest.mark.parametrize("name", ["current", "article"])
def test_what_a_regimen_provides_counts_for_its_safety(name: str) -> None:
    library, draw = read_library(), random.Random(2)  # noqa: S311
    edition, cases = library.edition(name, "us", date(2026, 11, 23)), list[Given]()
    for item in (entry.item for entry in edition.recommendations):
        regimen = library.regimens.get(item.recommend.regimen or "")
        if regimen and regimen.provides:
            asked = asked_for_safety(library.agents[name] for name in regimen.every_agent())
            names = [name for name in asked if name not in regimen.provides]
            cases += [near(draw, example.given, names) for example in item.examples for _ in range(15)]
    for given, told in zip(cases, told_by_kernel(edition, cases), strict=True):
        assert told == told_by_interpreter(edition, *interpreted(edition, given)), given


def test_answers_stay_as_they_are_while_others_are_worked_out() -> None:
    edition, draw = read_library().edition("current", "us", date(2026, 11, 23)), random.Random(1)  # noqa: S311
    rows = Rows(1000)
    first, second = (columns_of(edition, [drawn(draw) for _ in range(1000)], rows) for _ in range(2))
    found = judge(edition, first, rows, missing=True)
    said = unpacked(found, rows)
    for _ in range(5):
        judge(edition, second, rows, missing=True)
        judge(edition, second, Rows(1000), missing=True)
    assert all((level == said[name]).all() for name, level in unpacked(found, rows).items())


@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 200])
def test_any_number_of_rows(count: int) -> None:
    edition = read_library().edition("current", "us", date(2026, 11, 23))
    rows = Rows(count)
    found = judge(edition, {}, rows)
    for truths in found.applies.values():
        assert not (truths.true & truths.false).any()
        assert rows.unpack(rows.unknown(truths) | truths.true | truths.false).all()
