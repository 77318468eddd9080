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
from ..model.fact import Contradiction, Derivation, Fact
from .evaluate import facts_of, holds


class Settled(Struct, frozen=True):
    """`known`: fact -> value with origin; `conflicts`: what could not be settled, and why."""

    known: dict[str, Known]
    conflicts: tuple[Conflict, ...]


def settle(
    facts: Sequence[Fact],
    recorded: Mapping[str, Known],
    contradictions: Iterable[Contradiction] = (),
    withheld: Collection[str] = (),
) -> Settled:
    """Settle all facts; facts of a contradiction are withdrawn and the rest settled anew.

    `withheld` facts are in conflict already and stay unknown, whatever else would give them a value.
    """
    rules = {rule.id: rule for rule in contradictions}
    stated: dict[str, Conflict] = {}
    while True:
        withdrawn = {*withheld, *(fact for conflict in stated.values() for fact in conflict.facts)}
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
    unsure = set(withdrawn)
    for fact in facts:
        if fact.id in withdrawn or not (fact.id in recorded or fact.derive or fact.findings or fact.abstract):
            continue
        found = findings(fact, recorded, known, values, unsure)
        if not found:
            continue
        found = risen(fact, found) if fact.rises else newest(found)
        if len({finding.value for finding in found}) > 1:
            conflicts.append(disagreement(fact, found))
            unsure.add(fact.id)
        else:
            known[fact.id] = found[0]
            values[fact.id] = found[0].value
    return known, conflicts


def findings(
    fact: Fact,
    recorded: Mapping[str, Known],
    known: Mapping[str, Known],
    values: Mapping[str, Value],
    unsure: Collection[str],
) -> list[Known]:
    """Every independent answer to the fact's question: recorded, taken over, derived, found.

    A preferred source that contradicts itself is not passed by for the next one.
    """
    found = [recorded[fact.id]] if fact.id in recorded else []
    sources = fact.abstract.first_known if fact.abstract else ()
    first = next((name for name in sources if name in known or name in unsure), None)
    if first and first in known:
        found.append(Known(known[first].value, origin_of((first,), f"taken from {first}", known)))
    decided = decide(fact.derive, values) if fact.derive else None
    lines = [decided] if decided else []
    lines += [line for line in fact.findings if holds(line.when, values) is True]
    return found + [derived(line, known) for line in lines]


def risen(fact: Fact, found: list[Known]) -> list[Known]:
    """Of a fact whose values only rise with time, an earlier lower answer gives way to a later higher one.

    No metastasis at diagnosis and one found two years later do not contradict each other; the other way
    round, or without both dates, they do.
    """
    highest = max(found, key=lambda finding: fact.rises.index(str(finding.value)))
    since = highest.origin.on
    past = [f for f in found if f.value != highest.value and f.origin.on and since and f.origin.on < since]
    return [finding for finding in found if finding not in past]


def newest(found: list[Known]) -> list[Known]:
    """A value stated in the record and what follows from other records: the newer of the two counts.

    What follows from two kinds of record (IHC and ISH) is not weighed by date: if they differ, that is seen.
    """
    stated = [finding for finding in found if finding.origin.kind != "derived"]
    followed = [finding for finding in found if finding.origin.kind == "derived"]
    if not stated or not followed or not all(finding.origin.on for finding in found):
        return found
    last_stated, last_followed = (max(f.origin.on for f in part if f.origin.on) for part in (stated, followed))
    if last_stated == last_followed:
        return found
    return stated if last_stated > last_followed else followed


def decide(lines: Sequence[Derivation], values: Mapping[str, Value]) -> Derivation | None:
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
            return line if len({other.give for other in possible}) == 1 else None
    return None


def derived(line: Derivation, known: Mapping[str, Known]) -> Known:
    rule = " AND ".join(criterion.text for criterion in line.when.criteria)
    return Known(line.give, origin_of(facts_of(line.when), rule, known))


def origin_of(facts: tuple[str, ...], rule: str, known: Mapping[str, Known]) -> Origin:
    """The origin of what follows from facts: their places in the record, and the latest of their days."""
    origins = [known[fact].origin for fact in facts if fact in known]
    days = [origin.on for origin in origins if origin.on]
    where = tuple(dict.fromkeys(place for origin in origins for place in origin.where))
    return Origin("derived", where, max(days, default=None), facts, rule)


def disagreement(fact: Fact, found: Sequence[Known]) -> Conflict:
    """The conflict in words: each answer with its day and where it comes from."""
    parts = []
    for finding in found:
        origin = finding.origin
        day = f" on {origin.on}" if origin.on else ""
        parts.append(f"{show(finding.value)} ({origin.rule or 'recorded'}{day})")
    places = dict.fromkeys(place for finding in found for place in finding.origin.where)
    return Conflict((fact.id,), f"{fact.title}: {' against '.join(parts)}", tuple(places))


def show(value: Value) -> str:
    """A value as an author writes it: yes, no, a code, or the plain number."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
