"""A fact -> the values worth trying: every yes, no and code; of a number one value for every side of a limit.

In: facts and the conditions that can ask about them. Out: values, lowest first.
It does not know which of them a patient is likely to have.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from math import ceil, floor

from ..language.compiled import facts_of
from ..library.library import EditionInForce
from ..model.condition import All, Any, Between, Compare, Condition, Expression, Not, OneOf, Value
from ..model.fact import Fact, Range
from ..model.knowledge import Agent

Limits = Mapping[str, tuple[float, ...]]


def agents_in_force(edition: EditionInForce) -> tuple[Agent, ...]:
    """Every agent that a recommendation in force can bring up."""
    library = edition.library
    regimens = dict.fromkeys(e.item.recommend.regimen for e in edition.recommendations if e.item.recommend.regimen)
    names = dict.fromkeys(agent for name in regimens for agent in library.regimens[name].every_agent())
    return tuple(library.agents[name] for name in names)


def conditions_in_force(edition: EditionInForce) -> list[Condition]:
    """The conditions of recommendations in force and of the safety of their agents."""
    rules = [rule for agent in agents_in_force(edition) for rule in (*agent.never_when, *agent.caution_when)]
    return [*(entry.item.when for entry in edition.recommendations), *(rule.when for rule in rules)]


def facts_in_force(edition: EditionInForce) -> tuple[str, ...]:
    """The facts that recommendations in force and the safety of their agents ask about, in the facts' order."""
    named = {fact for condition in conditions_in_force(edition) for fact in facts_of(condition)}
    named |= {fact for agent in agents_in_force(edition) for fact in agent.know_before}
    return tuple(fact for fact in edition.library.facts if fact in named)


def limits_in_force(edition: EditionInForce) -> Limits:
    """Fact -> the numbers it is compared with, in advice, in safety or in the definition of another fact."""
    lines = [line for fact in edition.library.facts.values() for line in (*fact.derive, *fact.findings)]
    found: dict[str, set[float]] = {}
    for condition in (*conditions_in_force(edition), *(line.when for line in lines)):
        for criterion in condition.criteria:
            for fact, number in numbers_in(criterion.expression):
                found.setdefault(fact, set()).add(number)
    return {fact: tuple(sorted(numbers)) for fact, numbers in found.items()}


def numbers_in(expression: Expression) -> Iterator[tuple[str, float]]:
    """Each number that an expression compares a fact with."""
    if isinstance(expression, Not):
        yield from numbers_in(expression.part)
    elif isinstance(expression, All | Any):
        for part in expression.parts:
            yield from numbers_in(part)
    else:
        for value in compared_with(expression):
            if not isinstance(value, bool | str):
                yield expression.fact, value


def compared_with(atom: Expression) -> tuple[Value, ...]:
    if isinstance(atom, Compare):
        return (atom.value,)
    if isinstance(atom, OneOf):
        return atom.values
    return (atom.low, atom.high) if isinstance(atom, Between) else ()


def trial_values(fact: Fact, limits: Limits) -> tuple[Value, ...]:
    """The values of a fact that can lead to different answers."""
    if fact.kind == "yes_no":
        return (True, False)
    if fact.kind == "code":
        return tuple(fact.values)
    return around(limits.get(fact.id, ()), fact.range, whole=fact.kind == "integer")


def around(limits: Iterable[float], within: Range | None, *, whole: bool) -> tuple[int | float, ...]:
    """Each limit with a value on either side, without what lies outside the range."""
    marks = sorted(set(limits)) or [within.low if within else 0.0]
    tried = {value for mark in marks for value in (whole_sides(mark) if whole else sides(mark, marks))}
    inside = [value for value in sorted(tried) if within is None or within.low <= value <= within.high]
    return tuple(int(value) if float(value).is_integer() else value for value in inside)


def whole_sides(mark: float) -> tuple[int, ...]:
    """The whole numbers next to a limit, and the limit itself if it is one."""
    return tuple(range(ceil(mark) - 1, floor(mark) + 2))


def sides(mark: float, marks: list[float]) -> tuple[float, ...]:
    """A limit with the values 1 below and above it, or half as far as the limits lie apart."""
    step = min([1.0, *((high - low) / 2 for low, high in pairwise(marks))])
    return tuple(round(mark + shift, 6) for shift in (-step, 0, step))
