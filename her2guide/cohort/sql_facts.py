"""Recorded columns -> an SQL expression for every fact that follows from them.

In: facts in dependency order, contradictions, and which facts a table has as columns. Out: expressions that share
their parts. The meaning is that of `settled`: answers that differ leave their fact unknown, and a contradiction
withdraws its facts, row by row. It knows no engine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from ..language.evaluate import atom_truth
from ..model.condition import All, Any, Atom, Between, Compare, Condition, Expression, IsUnknown, Not, Value, Yes
from ..model.fact import Contradiction, Derivation, Fact
from .rounds import rounds
from .sql_layers import (
    FALSE,
    NOTHING,
    TRUE,
    UNKNOWN,
    Layers,
    Sql,
    all_of,
    any_of,
    case,
    constant,
    is_null,
    literal,
    negated,
    written,
)

TYPES = {"yes_no": "BOOLEAN", "code": "TEXT", "integer": "DOUBLE PRECISION", "decimal": "DOUBLE PRECISION"}


class SettledSql:
    """The facts of a table as expressions (one that is absent is unknown in every row), and conditions on them."""

    def __init__(self, layers: Layers, facts: Mapping[str, Sql], given: Mapping[str, Value] | None = None) -> None:
        self.layers = layers
        self.facts = dict(facts)
        self.unsure: dict[str, Sql] = {}
        self.given = given or {}

    def condition(self, condition: Condition) -> Sql:
        return all_of(self.expression(criterion.expression) for criterion in condition.criteria)

    def expression(self, expression: Expression) -> Sql:
        if isinstance(expression, All):
            return self.layers.shared("criterion", all_of(map(self.expression, expression.parts)))
        if isinstance(expression, Any):
            return self.layers.shared("criterion", any_of(map(self.expression, expression.parts)))
        if isinstance(expression, Not):
            return negated(self.expression(expression.part))
        return self.layers.shared("criterion", self.atom(expression))

    def atom(self, atom: Atom) -> Sql:
        """One question about one fact. A number or code that is unknown makes it unknown, as NULL does."""
        if atom.fact in self.given:
            return constant(atom_truth(atom, self.given))
        value = self.facts.get(atom.fact, NOTHING)
        if isinstance(atom, IsUnknown):
            return is_null(value)
        if value == NOTHING:
            return UNKNOWN
        if isinstance(atom, Yes):
            return value
        if isinstance(atom, Compare):
            return written(value, f" {atom.operator} ", literal(atom.value))
        if isinstance(atom, Between):
            return between(value, atom.low, atom.high)
        return one_of(value, atom.values)

    def is_unknown(self, fact: str) -> Sql:
        return self.atom(IsUnknown(fact))


def one_of(value: Sql, values: Sequence[Value]) -> Sql:
    listed = (piece for other in values for piece in (", ", literal(other)))
    next(listed)
    return written(value, " IN (", *listed, ")")


def between(value: Sql, low: float, high: float) -> Sql:
    return written(value, " BETWEEN ", literal(low), " AND ", literal(high))


def settle_sql(
    facts: Sequence[Fact], recorded: Collection[str], contradictions: Sequence[Contradiction], layers: Layers
) -> SettledSql:
    """Settle every fact; where a contradiction stands, its facts are withdrawn and the rest settled anew."""
    columns = {fact.id: layers.of_table(fact.id, TYPES[fact.kind]) for fact in facts if fact.id in recorded}
    withdrawn: dict[str, Sql] = {}
    for rules in rounds(facts, contradictions):
        found = settle_once(facts, columns, withdrawn, layers)
        for rule in rules:
            stated = layers.shared(rule.id, found.condition(rule.when))
            for fact in rule.facts:
                withdrawn[fact] = any_of([withdrawn.get(fact, FALSE), stated])
    return settle_once(facts, columns, withdrawn, layers)


def settle_once(
    facts: Iterable[Fact], columns: Mapping[str, Sql], withdrawn: Mapping[str, Sql], layers: Layers
) -> SettledSql:
    found = SettledSql(layers, {})
    for fact in facts:
        answers = [Answer(TRUE, columns[fact.id])] if fact.id in columns else []
        answers += [Answer(TRUE, value) for value in (taken(fact, found), decided(fact, found)) if value != NOTHING]
        answers += lines(fact, found)
        out = withdrawn.get(fact.id, FALSE)
        found.unsure[fact.id] = unsure = layers.shared(f"{fact.id}.unsure", any_of([out, clash(answers)]))
        value = layers.shared(fact.id, case([(unsure, NOTHING)], agreed(answers)))
        if value != NOTHING:
            found.facts[fact.id] = value
    return found


class Answer(NamedTuple):
    """One answer to the question of a fact: a literal where `when` holds; or `when` is TRUE, and NULL is no answer."""

    when: Sql
    value: Sql


def taken(fact: Fact, found: SettledSql) -> Sql:
    """From the first source that is known; one that contradicts itself is not passed by for the next."""
    choices: list[tuple[Sql, Sql]] = []
    for name in fact.abstract.first_known if fact.abstract else ():
        value = found.facts.get(name, NOTHING)
        choices += [(found.unsure[name], NOTHING), (negated(is_null(value)), value)]
    return found.layers.shared(f"{fact.id}.taken", case(choices))


def decided(fact: Fact, found: SettledSql) -> Sql:
    """A decision list: the first line that holds, unless an earlier line that cannot be told gives another value."""
    choices: list[tuple[Sql, Sql]] = []
    before: list[tuple[Value, Sql]] = []
    for line in fact.derive:
        when = condition_of(line, fact, found)
        others_out = all_of(negated(other) for value, other in before if value != line.give)
        choices.append((when, case([(others_out, literal(line.give))])))
        before.append((line.give, when))
    return found.layers.shared(f"{fact.id}.derived", case(choices))


def lines(fact: Fact, found: SettledSql) -> list[Answer]:
    """Lines of their own: those that give the same value are one answer."""
    by_value: dict[Value, list[Sql]] = {}
    for line in fact.findings:
        by_value.setdefault(line.give, []).append(condition_of(line, fact, found))
    answers = [(any_of(whens), literal(value)) for value, whens in by_value.items()]
    return [
        Answer(found.layers.shared(f"{fact.id}.found", when), value)
        for when, value in answers
        if when not in (FALSE, UNKNOWN)
    ]


def condition_of(line: Derivation, fact: Fact, found: SettledSql) -> Sql:
    return found.layers.shared(f"{fact.id}.line", found.condition(line.when))


def clash(answers: Sequence[Answer]) -> Sql:
    """Where two answers differ: true, else false or NULL."""
    return any_of(differ(one, other) for one, other in combinations(answers, 2))


def differ(one: Answer, other: Answer) -> Sql:
    if TRUE in (one.when, other.when):
        return all_of([written(one.value, " <> ", other.value), one.when, other.when])
    return all_of([one.when, other.when])


def agreed(answers: Sequence[Answer]) -> Sql:
    """The value of the answers that there are, where they do not differ."""
    lines = [answer for answer in answers if answer.when != TRUE]
    values = [answer.value for answer in answers if answer.when == TRUE]
    last = values.pop() if values else NOTHING
    return case([*lines, *((negated(is_null(value)), value) for value in values)], last)
