"""Contradictions -> the rounds in which they can be found, for engines that write every settling down beforehand.

In: facts in dependency order and the contradictions between them. Out: for each round the contradictions that can be
new in it. It knows no engine and no row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..language.evaluate import facts_in
from ..language.needs import inputs_of
from ..model.condition import All, Any, Expression, IsUnknown, Not
from ..model.fact import Contradiction, Fact


def rounds(facts: Sequence[Fact], contradictions: Sequence[Contradiction]) -> Iterator[list[Contradiction]]:
    """The contradictions that can be found in the first settling, then those that withdrawing can bring out, and so on.

    A row goes on only with a contradiction that was not stated in it before, so there are no more rounds than rules.
    """
    upstream: dict[str, set[str]] = {}
    for fact in facts:
        upstream[fact.id] = {fact.id}.union(*(upstream.get(name, set()) for name in inputs_of(fact)))
    found = list(contradictions)
    for _ in contradictions:
        if found:
            yield found
        found = [rule for rule in contradictions if any(brings_out(other, rule, upstream) for other in found)]


def brings_out(stated: Contradiction, rule: Contradiction, upstream: Mapping[str, set[str]]) -> bool:
    """Whether a rule can hold once the facts of another are withdrawn, and not before."""
    expressions = [criterion.expression for criterion in rule.when.criteria]
    read = set().union(*(upstream[fact] for expression in expressions for fact in facts_in(expression)))
    needed = set().union(*map(known_in, expressions))
    return not read.isdisjoint(stated.facts) and needed.isdisjoint(stated.facts)


def known_in(expression: Expression) -> set[str]:
    """Facts that are known wherever an expression is true: not all of them where it says NOT or OR of several parts."""
    if isinstance(expression, All):
        return set().union(*map(known_in, expression.parts))
    if isinstance(expression, Not) and not isinstance(expression.part, All | Any):
        return known_in(expression.part)
    return set() if isinstance(expression, IsUnknown | Not | Any) else {expression.fact}
