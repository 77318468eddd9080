"""Recorded columns -> the column of every fact that follows from them.

In: facts in dependency order and what is recorded, without dates. Out: a column for each fact. The meaning is that
of `language.settle` for records of one day: answers that differ leave their fact unknown, and a contradiction
withdraws its facts, row by row. It gives no reasons: the interpreter does, one patient at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from ..model.condition import All, Any, Condition, Expression, Not, Value
from ..model.fact import Contradiction, Derivation, Fact
from .columns import NUMBERS, Coded, Column, Numbers, truth_of_atom
from .planes import Plane, Rows, Truths, all_of, any_of, negated


class SettledColumns:
    """The columns of some rows, and the truth of conditions on them, each part worked out once."""

    def __init__(self, columns: Mapping[str, Column], rows: Rows, given: Mapping[str, Value] | None = None) -> None:
        self.columns = dict(columns)
        self.rows = rows
        self.memo: dict[Expression, Truths] = {}
        for fact, value in (given or {}).items():
            self.columns[fact] = Coded({value: rows.all}, rows.all, rows.none)

    def condition(self, condition: Condition) -> Truths:
        return all_of((self.expression(c.expression) for c in condition.criteria), self.rows)

    def expression(self, expression: Expression) -> Truths:
        kept = self.memo.get(expression)
        if kept is None:
            kept = self.memo[expression] = self.work_out(expression)
        return kept

    def work_out(self, expression: Expression) -> Truths:
        if isinstance(expression, All):
            return all_of((self.expression(part) for part in expression.parts), self.rows)
        if isinstance(expression, Any):
            return any_of((self.expression(part) for part in expression.parts), self.rows)
        if isinstance(expression, Not):
            return negated(self.expression(expression.part))
        return truth_of_atom(expression, self.columns.get(expression.fact), self.rows)


def settle_columns(
    facts: Sequence[Fact], recorded: Mapping[str, Column], contradictions: Sequence[Contradiction], rows: Rows
) -> SettledColumns:
    """Settle every fact; where a contradiction stands, its facts are withdrawn and the rest settled anew."""
    withdrawn: dict[str, Plane] = {}
    stated = {rule.id: rows.none for rule in contradictions}
    while True:
        found = settle_once(facts, recorded, withdrawn, rows)
        broken = False
        for rule in contradictions:
            new = found.condition(rule.when).true & ~stated[rule.id]
            if new.any():
                broken = True
                stated[rule.id] = stated[rule.id] | new
                for fact in rule.facts:
                    withdrawn[fact] = withdrawn.get(fact, rows.none) | new
        if not broken:
            return found


def settle_once(
    facts: Iterable[Fact], recorded: Mapping[str, Column], withdrawn: Mapping[str, Plane], rows: Rows
) -> SettledColumns:
    found = SettledColumns({}, rows)
    for fact in facts:
        out = withdrawn.get(fact.id, rows.none)
        make = numbers_of if fact.kind in NUMBERS else codes_of
        column = make(fact, recorded.get(fact.id), found, out)
        if column is not None:
            found.columns[fact.id] = column
    return found


def codes_of(fact: Fact, recorded: Column | None, found: SettledColumns, withdrawn: Plane) -> Coded | None:
    """The values on which everything that answers the fact's question agrees."""
    rows = found.rows
    answers: dict[Value, Plane] = dict(recorded.values) if isinstance(recorded, Coded) else {}
    for value, plane in (*taken(fact, found), *decided(fact.derive, found), *lines(fact.findings, found)):
        answers[value] = answers.get(value, rows.none) | plane
    if not answers:
        return None
    once, twice = rows.none, rows.none
    for plane in answers.values():
        once, twice = once | plane, twice | (once & plane)
    unsure = twice | withdrawn
    if unsure.any():
        answers = {value: plane & ~unsure for value, plane in answers.items()}
    return Coded(answers, once & ~unsure, unsure)


def taken(fact: Fact, found: SettledColumns) -> Iterable[tuple[Value, Plane]]:
    """From the first source that is known; one that contradicts itself is not passed by for the next."""
    rest = found.rows.all
    for name in fact.abstract.first_known if fact.abstract else ():
        source = found.columns.get(name)
        if isinstance(source, Coded):
            yield from ((value, plane & rest) for value, plane in source.values.items())
        if source is not None:
            rest = rest & ~(source.present | source.unsure)


def decided(derive: Sequence[Derivation], found: SettledColumns) -> Iterable[tuple[Value, Plane]]:
    """A decision list: the first line that holds, unless an earlier line that cannot be told gives another value."""
    rows = found.rows
    open_rows = rows.all
    possible: dict[Value, Plane] = {}
    for line in derive:
        truths = found.condition(line.when)
        others = rows.none
        for value, plane in possible.items():
            if value != line.give:
                others = others | plane
        yield line.give, open_rows & truths.true & ~others
        possible[line.give] = possible.get(line.give, rows.none) | (rows.all & ~truths.false)
        open_rows = open_rows & ~truths.true


def lines(findings: Iterable[Derivation], found: SettledColumns) -> Iterable[tuple[Value, Plane]]:
    yield from ((line.give, found.condition(line.when).true) for line in findings)


def numbers_of(fact: Fact, recorded: Column | None, found: SettledColumns, withdrawn: Plane) -> Numbers | None:
    """A number as recorded, taken over, or given by a line; where two differ it is unknown."""
    rows = found.rows
    answers: list[tuple[np.ndarray, Plane]] = []
    if isinstance(recorded, Numbers):
        answers.append((recorded.numbers, recorded.present))
    rest = rows.all
    for name in fact.abstract.first_known if fact.abstract else ():
        source = found.columns.get(name)
        if isinstance(source, Numbers):
            answers.append((source.numbers, source.present & rest))
            rest = rest & ~(source.present | source.unsure)
    for value, plane in (*decided(fact.derive, found), *lines(fact.findings, found)):
        answers.append((np.full(rows.count, float(value)), plane))
    return agreed(answers, rows, withdrawn) if answers else None


def agreed(answers: Collection[tuple[np.ndarray, Plane]], rows: Rows, withdrawn: Plane) -> Numbers:
    numbers, present, unsure = np.zeros(rows.count), rows.none, withdrawn
    for values, plane in answers:
        both = present & plane
        if both.any():
            unsure = unsure | (both & rows.pack(numbers != values))
        new = plane & ~present
        numbers = np.where(rows.unpack(new), values, numbers) if present.any() else values
        present = present | plane
    return Numbers(numbers, present & ~unsure, unsure)
