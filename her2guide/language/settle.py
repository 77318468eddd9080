"""Recorded values -> the value of every fact that follows from them, with its reason.

In: facts in dependency order and what is known directly.
Out: what is settled and what contradicts itself. A contradiction leaves its facts unknown.
It does not read charts and makes nothing up: a decision list that cannot be told stays unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct

from ..model.case import Conflict, Known, Origin
from ..model.condition import Value
from ..model.knowledge import Contradiction, Derivation, Fact
from .evaluate import facts_of, holds


class Settled(Struct, frozen=True):
    """`known`: fact -> value with origin; `conflicts`: what could not be settled, and why."""

    known: dict[str, Known]
    conflicts: tuple[Conflict, ...]


def settle(
    facts: Sequence[Fact], recorded: Mapping[str, Known], contradictions: Iterable[Contradiction] = ()
) -> Settled:
    """Settle all facts; facts of a contradiction are withdrawn and the rest settled anew."""
    rules = {rule.id: rule for rule in contradictions}
    stated: dict[str, Conflict] = {}
    while True:
        withdrawn = {fact for conflict in stated.values() for fact in conflict.facts}
        known, conflicts = settle_once(facts, recorded, withdrawn)
        values = {fact: found.value for fact, found in known.items()}
        broken = [rule for rule in rules.values() if rule.id not in stated and holds(rule.when, values) is True]
        if not broken:
            return Settled(known, (*stated.values(), *conflicts))
        for rule in broken:
            where = tuple(place for fact in rule.facts if fact in known for place in known[fact].origin.where)
            stated[rule.id] = Conflict(rule.facts, rule.title, where)


def settle_once(
    facts: Sequence[Fact], recorded: Mapping[str, Known], withdrawn: Collection[str]
) -> tuple[dict[str, Known], list[Conflict]]:
    known: dict[str, Known] = {}
    values: dict[str, Value] = {}
    conflicts: list[Conflict] = []
    for fact in facts:
        if fact.id in withdrawn:
            continue
        found = findings(fact, recorded, known, values)
        if len({finding.value for finding in found}) > 1:
            conflicts.append(disagreement(fact, found, known))
        elif found:
            known[fact.id] = found[0]
            values[fact.id] = found[0].value
    return known, conflicts


def findings(
    fact: Fact, recorded: Mapping[str, Known], known: Mapping[str, Known], values: Mapping[str, Value]
) -> list[Known]:
    """Every independent answer to the fact's question: recorded, taken over, derived, found."""
    found = [recorded[fact.id]] if fact.id in recorded else []
    if fact.abstract:
        found += [
            Known(known[other].value, Origin("derived", facts=(other,), rule=f"taken from {other}"))
            for other in fact.abstract.first_known
            if other in known
        ][:1]
    decided = decide(fact.derive, values)
    found += [decided] if decided else []
    for line in fact.findings:
        if holds(line.when, values) is True:
            found.append(derived(line))
    return found


def decide(lines: Sequence[Derivation], values: Mapping[str, Value]) -> Known | None:
    """A decision list: the first line that holds decides.

    A line that cannot be told leaves the result unknown, unless every line that may still decide
    gives the same value and one of them is sure to.
    """
    possible: list[Derivation] = []
    for line in lines:
        truth = holds(line.when, values)
        if truth is False:
            continue
        possible.append(line)
        if truth is True:
            return derived(line) if len({other.give for other in possible}) == 1 else None
    return None


def derived(line: Derivation) -> Known:
    rule = " AND ".join(criterion.text for criterion in line.when.criteria)
    return Known(line.give, Origin("derived", facts=facts_of(line.when), rule=rule))


def disagreement(fact: Fact, found: Sequence[Known], known: Mapping[str, Known]) -> Conflict:
    """The conflict in words: each answer with where it comes from."""
    parts = []
    places: list[str] = []
    for finding in found:
        origin = finding.origin
        below = tuple(place for other in origin.facts if other in known for place in known[other].origin.where)
        places += [*origin.where, *below]
        source = origin.rule or ", ".join(origin.where) or "recorded"
        parts.append(f"{show(finding.value)} ({source})")
    return Conflict((fact.id,), f"{fact.title}: {' against '.join(parts)}", tuple(dict.fromkeys(places)))


def show(value: Value) -> str:
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
