"""Expression + values -> truth, with the step of every part: the plain reference of the meaning.

In: a checked tree and a mapping from fact to known value (an absent fact is unknown).
Out: `Step` trees. Every other execution of the language is tested against this one.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any as Whatever

from ..kleene import Truth, all_of, any_of, negate
from ..model.condition import (
    All,
    Any,
    Atom,
    Between,
    Compare,
    Condition,
    Criterion,
    Expression,
    IsUnknown,
    Not,
    OneOf,
    Value,
    Yes,
)
from ..model.guidance import CriterionTrace, Step

Values = Mapping[str, Value]

OPERATORS: dict[str, Callable[[Whatever, Whatever], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def evaluate(expression: Expression, values: Values) -> Step:
    """The truth of an expression and of each of its parts; nothing is short-cut away."""
    kind = type(expression)
    if kind is All or kind is Any:
        parts = tuple([evaluate(part, values) for part in expression.parts])  # type: ignore[union-attr]
        join = all_of if kind is All else any_of
        return Step(expression, join([part.truth for part in parts]), parts)
    if kind is Not:
        part = evaluate(expression.part, values)  # type: ignore[union-attr]
        return Step(expression, negate(part.truth), (part,))
    return Step(expression, atom_truth(expression, values))  # type: ignore[arg-type]


def atom_truth(atom: Yes | Compare | OneOf | Between | IsUnknown, values: Values) -> Truth:
    """The truth of one question about one fact; unknown when the fact is unknown."""
    value: Whatever = values.get(atom.fact)
    kind = type(atom)
    if kind is IsUnknown:
        return value is None
    if value is None:
        return None
    if kind is Compare:
        return OPERATORS[atom.operator](value, atom.value)  # type: ignore[union-attr]
    if kind is Yes:
        return value is True
    if kind is OneOf:
        return value in atom.values  # type: ignore[union-attr]
    return atom.low <= value <= atom.high  # type: ignore[union-attr, no-any-return]


def trace_criterion(criterion: Criterion, values: Values) -> CriterionTrace:
    """The truth of one criterion with the step of every part."""
    step = evaluate(criterion.expression, values)
    return CriterionTrace(criterion.text, step.truth, step)


def trace_condition(condition: Condition, values: Values) -> tuple[Truth, tuple[CriterionTrace, ...]]:
    """The truth of a condition (all criteria) and the trace of each criterion."""
    traces = tuple(trace_criterion(criterion, values) for criterion in condition.criteria)
    return all_of(trace.truth for trace in traces), traces


def facts_in(expression: Expression) -> tuple[str, ...]:
    """The facts an expression names, in order, each once."""
    return tuple(dict.fromkeys(atom.fact for atom in atoms_in(expression)))


def atoms_in(expression: Expression) -> tuple[Atom, ...]:
    """The questions of an expression, in order, each once."""
    if isinstance(expression, Not):
        return atoms_in(expression.part)
    if isinstance(expression, All | Any):
        return tuple(dict.fromkeys(atom for part in expression.parts for atom in atoms_in(part)))
    return (expression,)
