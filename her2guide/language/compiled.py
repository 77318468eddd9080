"""Condition -> a Python function that gives its truth: the meaning of `evaluate`, made ready once.

In: checked conditions. Out: their truth for some values, without steps, and the facts that they name.
A part that cannot change the truth is not looked at. It knows no library: a condition is its own key.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from ..kleene import Truth, negate
from ..model.condition import All, Any, Between, Compare, Condition, Expression, IsUnknown, Not, OneOf, Value, Yes
from .evaluate import OPERATORS, Values, facts_in

Look = Callable[[str], Value | None]  # a fact -> its value, None where unknown
Meaning = Callable[[Look], Truth]


class Compiled(NamedTuple):
    """The truth of a condition, the facts that it names, in order, each once, and its text on one line."""

    truth: Meaning
    facts: tuple[str, ...]
    text: str


@cache
def compiled(condition: Condition) -> Compiled:
    """A condition made ready. All are kept: there are as many as the knowledge holds."""
    parts = [criterion.expression for criterion in condition.criteria]
    return Compiled(
        meaning_of(parts[0]) if len(parts) == 1 else every(parts),
        tuple(dict.fromkeys(fact for part in parts for fact in facts_in(part))),
        " AND ".join(criterion.text for criterion in condition.criteria),
    )


def holds(condition: Condition, values: Values) -> Truth:
    """The truth of a condition without its trace."""
    return compiled(condition).truth(values.get)


def facts_of(condition: Condition) -> tuple[str, ...]:
    """The facts a condition names, in order, each once."""
    return compiled(condition).facts


def meaning_of(expression: Expression) -> Meaning:
    """The function of an expression, made of those of its parts."""
    if isinstance(expression, All):
        return every(expression.parts)
    if isinstance(expression, Any):
        return some(expression.parts)
    if isinstance(expression, Not):
        part = meaning_of(expression.part)
        return lambda look: negate(part(look))
    if isinstance(expression, IsUnknown):
        fact = expression.fact
        return lambda look: look(fact) is None
    return asking(expression)


def asking(atom: Yes | Compare | OneOf | Between) -> Meaning:
    """The function of one question about one fact; unknown when the fact is unknown."""
    fact = atom.fact
    if isinstance(atom, OneOf):
        values = frozenset(atom.values)
        return lambda look: None if (value := look(fact)) is None else value in values
    if isinstance(atom, Between):
        low, high = atom.low, atom.high
        return lambda look: None if (value := look(fact)) is None else low <= value <= high  # type: ignore[operator]
    if isinstance(atom, Yes):
        return lambda look: None if (value := look(fact)) is None else value is True
    compare, other = OPERATORS[atom.operator], atom.value
    if compare is operator.eq:  # by far the most
        return lambda look: None if (value := look(fact)) is None else value == other
    return lambda look: None if (value := look(fact)) is None else compare(value, other)


def every(expressions: Sequence[Expression]) -> Meaning:
    """AND: false if any part is false, else unknown if any is unknown; true of no parts."""
    return joined(expressions, decisive=False)


def some(expressions: Sequence[Expression]) -> Meaning:
    """OR: true if any part is true, else unknown if any is unknown."""
    return joined(expressions, decisive=True)


def joined(expressions: Sequence[Expression], *, decisive: bool) -> Meaning:
    """The function of parts of which a decisive one settles the whole."""
    parts = [meaning_of(expression) for expression in expressions]

    def test(look: Look) -> Truth:
        truth: Truth = not decisive
        for part in parts:
            found = part(look)
            if found is decisive:
                return decisive
            if found is None:
                truth = None
        return truth

    return test
