"""Conditions -> two planes each, known true and known false, written into a plan.

In: what is known of each fact, as slots of a plan. Out: `Rails` of a condition, each shared part worked out once.
The meaning is that of `language.evaluate` (the strong tables of Kleene). It does not know how a value came about.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec import Struct

from ..language.evaluate import OPERATORS
from ..model.condition import (
    All,
    Any,
    Atom,
    Between,
    Compare,
    Condition,
    Expression,
    IsUnknown,
    Not,
    OneOf,
    Value,
    Yes,
)
from .plan import EVERYTHING, NOTHING, Input, Plan, Slot


class Rails(NamedTuple):
    """Known true and known false; neither is unknown."""

    true: Slot
    false: Slot


class Codes(Struct, frozen=True):
    """For each value of a fact the rows that have it; the rows that have one; those that contradict themselves."""

    values: Mapping[Value, Slot]
    present: Slot
    unsure: Slot = NOTHING


class Figures(Struct, frozen=True):
    """A number: for each column or constant that it is taken from, the rows in which it is. No row is in two."""

    parts: Mapping[str | float, Slot]
    present: Slot
    whole: bool
    unsure: Slot = NOTHING


Known = Codes | Figures


class Conditions:
    """The truth of conditions on some facts. `rank`: of two criteria the one that is met in more places goes first,
    so that conditions that begin alike share what they have in common."""

    def __init__(self, plan: Plan, known: Mapping[str, Known], rank: Mapping[Expression, int]) -> None:
        self.plan, self.known, self.rank = plan, known, rank
        self.memo: dict[Expression, Rails] = {}
        self.others: dict[str, Conditions] = {}

    def given(self, values: Mapping[str, Value]) -> Conditions:
        """The same where some facts have a value in every row. What follows from them is not settled anew."""
        if not values:
            return self
        key = repr(sorted(values.items()))
        if key not in self.others:
            self.others[key] = Conditions(self.plan, {**self.known, **known_everywhere(values)}, self.rank)
        return self.others[key]

    def condition(self, condition: Condition) -> Rails:
        parts = sorted((c.expression for c in condition.criteria), key=lambda part: self.rank.get(part, 0))
        return self.all_of(map(self.expression, parts))

    def unknown(self, rails: Rails) -> Slot:
        return self.plan.rest(EVERYTHING, self.plan.either(*rails))

    def present(self, fact: str) -> Slot:
        known = self.known.get(fact)
        return known.present if known else NOTHING

    def absent(self, fact: str) -> Slot:
        return self.plan.rest(EVERYTHING, self.present(fact))

    def expression(self, expression: Expression) -> Rails:
        if expression not in self.memo:
            self.memo[expression] = self.work_out(expression)
        return self.memo[expression]

    def work_out(self, expression: Expression) -> Rails:
        if isinstance(expression, All):
            return self.all_of(map(self.expression, expression.parts))
        if isinstance(expression, Any):
            return opposite(self.all_of(opposite(self.expression(part)) for part in expression.parts))
        if isinstance(expression, Not):
            return opposite(self.expression(expression.part))
        return self.atom(expression)

    def all_of(self, parts: Iterable[Rails]) -> Rails:
        """AND: false where one is false, true where all are."""
        true, false = EVERYTHING, NOTHING
        for part in parts:
            true, false = self.plan.both(true, part.true), self.plan.either(false, part.false)
        return Rails(true, false)

    def atom(self, atom: Atom) -> Rails:
        known = self.known.get(atom.fact)
        present = self.present(atom.fact)
        if isinstance(atom, IsUnknown):
            return Rails(self.absent(atom.fact), present)
        if known is None:
            return Rails(NOTHING, NOTHING)
        if isinstance(known, Codes):
            return self.coded(atom, known)
        true = self.plan.union(self.met(atom, origin, rows, known.whole) for origin, rows in known.parts.items())
        return Rails(true, self.plan.rest(present, true))

    def coded(self, atom: Atom, known: Codes) -> Rails:
        if isinstance(atom, Compare) and atom.operator == "<>":
            return opposite(self.coded(Compare(atom.fact, "=", atom.value), known))
        if isinstance(atom, Yes):
            return Rails(known.values.get(True, NOTHING), known.values.get(False, NOTHING))
        if isinstance(atom, OneOf) or (isinstance(atom, Compare) and atom.operator == "="):
            asked = atom.values if isinstance(atom, OneOf) else (atom.value,)
            true = self.plan.union(known.values.get(value, NOTHING) for value in dict.fromkeys(asked))
            return Rails(true, self.plan.rest(known.present, true))
        raise TypeError(f"a code is not asked {type(atom).__name__}")

    def met(self, atom: Atom, origin: str | float, rows: Slot, whole: bool) -> Slot:
        """Where a number from one origin meets a question, within the rows in which it is from there."""
        if isinstance(origin, str):
            found = column_meets(atom, origin, whole, self.plan)
            return found if rows == self.plan.input(Input("present", origin)) else self.plan.both(rows, found)
        return rows if number_meets(atom, origin) else NOTHING


def known_everywhere(values: Mapping[str, Value]) -> dict[str, Known]:
    return {
        fact: Codes({value: EVERYTHING}, EVERYTHING)
        if isinstance(value, bool | str)
        else Figures({float(value): EVERYTHING}, EVERYTHING, isinstance(value, int))
        for fact, value in values.items()
    }


def opposite(rails: Rails) -> Rails:
    return Rails(rails.false, rails.true)


def column_meets(atom: Atom, column: str, whole: bool, plan: Plan) -> Slot:
    """Where the numbers of a recorded column meet a question; each limit is compared with once."""

    def up_to(limit: float) -> Slot:
        return plan.input(Input("<=", column, math.floor(limit) if whole else limit))

    def below(limit: float) -> Slot:
        return up_to(math.ceil(limit) - 1) if whole else plan.input(Input("<", column, limit))

    def equal(limits: Iterable[Value]) -> Slot:
        return plan.union(plan.input(Input("=", column, float(limit))) for limit in dict.fromkeys(limits))

    present = plan.input(Input("present", column))
    if isinstance(atom, Between):
        return plan.less(up_to(atom.high), below(atom.low))
    if isinstance(atom, OneOf):
        return equal(atom.values)
    if not isinstance(atom, Compare):
        raise TypeError(f"a number is not asked {type(atom).__name__}")
    limit = float(atom.value)
    if atom.operator in ("<", "<="):
        return below(limit) if atom.operator == "<" else up_to(limit)
    if atom.operator in (">", ">="):
        return plan.rest(present, up_to(limit) if atom.operator == ">" else below(limit))
    return equal([limit]) if atom.operator == "=" else plan.rest(present, equal([limit]))


def number_meets(atom: Atom, number: float) -> bool:
    if isinstance(atom, Between):
        return atom.low <= number <= atom.high
    if isinstance(atom, OneOf):
        return number in atom.values
    if isinstance(atom, Compare):
        return OPERATORS[atom.operator](number, atom.value)
    raise TypeError(f"a number is not asked {type(atom).__name__}")
