"""Conditions made ready mean what `evaluate` says they mean."""

from __future__ import annotations

from random import Random
from typing import Any

from her2guide.language.compiled import compiled, holds, meaning_of
from her2guide.language.evaluate import evaluate, facts_in, trace_condition
from her2guide.model import condition as tree
from her2guide.model.condition import Condition, Criterion, Expression, Value
from tests.language.test_specification import FACTS, trees

RANDOM = 20_000
DRAWN: dict[str, list[Value]] = {
    "fit": [True, False],
    "small": [True, False],
    "colour": ["red", "green", "blue"],
    "count": [0, 1, 2, 3],
    "size": [0.0, 1, 1.5, 2.0, 3],
}
NUMBERS = ("count", "size")


def atom(draw: Random) -> Expression:
    fact = draw.choice(list(DRAWN))
    values = DRAWN[fact]
    kinds: list[Expression] = [tree.IsUnknown(fact), tree.OneOf(fact, tuple(draw.sample(values, 2)))]
    kinds.append(tree.Compare(fact, draw.choice(("=", "<>")), draw.choice(values)))
    if fact in NUMBERS:
        low, high = sorted(draw.sample(values, 2))  # type: ignore[type-var]
        kinds.append(tree.Between(fact, low, high))  # type: ignore[arg-type]
        kinds.append(tree.Compare(fact, draw.choice(("<", "<=", ">", ">=")), draw.choice(values)))
    return draw.choice([*kinds, tree.Yes(fact)])


def expression(draw: Random, depth: int = 0) -> Expression:
    kind = draw.choice(("atom", "atom", "not", "all", "any")) if depth < 4 else "atom"
    if kind == "atom":
        return atom(draw)
    if kind == "not":
        return tree.Not(expression(draw, depth + 1))
    parts = tuple(expression(draw, depth + 1) for _ in range(draw.choice((2, 2, 3))))
    return tree.All(parts) if kind == "all" else tree.Any(parts)


def partial_values(draw: Random) -> dict[str, Any]:
    return {fact: draw.choice(values) for fact, values in DRAWN.items() if draw.random() < 0.6}


def criteria(*expressions: Expression) -> Condition:
    return Condition(tuple(Criterion(repr(part), part, "here") for part in expressions))


def test_random_expressions_and_conditions_agree() -> None:
    seen = set()
    for number in range(RANDOM):
        draw = Random(number)  # noqa: S311 - nothing secret
        parts = [expression(draw) for _ in range(draw.choice((0, 1, 2, 3)))] or [expression(draw)]
        values = partial_values(draw)
        for part in parts:
            assert meaning_of(part)(values.get) is evaluate(part, values).truth, (part, values)
        condition = criteria(*parts)
        assert holds(condition, values) is trace_condition(condition, values)[0], (condition, values)
        seen.add(holds(condition, values))
    assert seen == {True, False, None}


def test_every_expression_of_the_specification_agrees() -> None:

    drawn = {
        name: [True, False] if fact.kind == "yes_no" else [*fact.values] or [0, 1, 2, 20, 50.5]
        for name, fact in FACTS.items()
    }
    for number, part in enumerate(trees()):
        for again in range(20):
            draw = Random(number * 20 + again)  # noqa: S311 - nothing secret
            values: dict[str, Any] = {n: draw.choice(drawn[n]) for n in facts_in(part) if draw.random() < 0.7}
            assert meaning_of(part)(values.get) is evaluate(part, values).truth, (part, values)


def test_a_condition_without_criteria_holds_and_names_no_fact() -> None:
    assert compiled(Condition()).truth({}.get) is True
    assert compiled(Condition()).facts == ()


def test_a_condition_names_its_facts_once_and_in_order() -> None:
    condition = criteria(tree.Yes("small"), tree.All((tree.Yes("fit"), tree.Not(tree.Yes("small")))))
    assert compiled(condition).facts == ("small", "fit")
