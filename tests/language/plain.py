"""The plain meaning of settling: every line of every fact is evaluated with its steps, nothing is made ready.

In and out: those of `Settling`, which is tested against it. Rules of weighing (`risen`, `newest`) are shared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from her2guide.language.evaluate import facts_in, trace_condition
from her2guide.language.settle import Settled, disagreement, newest, risen
from her2guide.model.case import Conflict, Known, Origin
from her2guide.model.condition import Condition, Value
from her2guide.model.fact import Contradiction, Derivation, Fact


class PlainSettling:
    """Facts in dependency order."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self.facts = list(facts)

    def settle(
        self,
        recorded: Mapping[str, Known],
        contradictions: Iterable[Contradiction] = (),
        withheld: Collection[str] = (),
        stated_only: Collection[str] = (),
    ) -> Settled:
        stated: dict[str, Conflict] = {}
        while True:
            withdrawn = {*withheld, *(fact for conflict in stated.values() for fact in conflict.facts)}
            known, conflicts = self.once(recorded, withdrawn, stated_only)
            broken = [r for r in contradictions if r.id not in stated and truth(r.when, known) is True]
            if not broken:
                return Settled(known, (*stated.values(), *conflicts))
            for rule in broken:
                places = [place for fact in rule.facts if fact in known for place in known[fact].origin.where]
                stated[rule.id] = Conflict(rule.facts, rule.title, tuple(places))

    def once(
        self, recorded: Mapping[str, Known], withdrawn: Collection[str], stated_only: Collection[str]
    ) -> tuple[dict[str, Known], list[Conflict]]:
        known: dict[str, Known] = {}
        conflicts: list[Conflict] = []
        for fact in (fact for fact in self.facts if fact.id not in withdrawn):
            unsure = {*withdrawn, *(conflict.facts[0] for conflict in conflicts)}
            found = [recorded[fact.id]] if fact.id in recorded else []
            found += followed(fact, known, unsure) if fact.id not in stated_only else []
            found = risen(fact, found) if found and fact.rises else newest(found)
            if len({finding.value for finding in found}) > 1:
                conflicts.append(disagreement(fact, found))
            elif found:
                known[fact.id] = found[0]
        return known, conflicts


def truth(condition: Condition, known: Mapping[str, Known]) -> bool | None:
    return trace_condition(condition, {name: found.value for name, found in known.items()})[0]


def followed(fact: Fact, known: Mapping[str, Known], unsure: Collection[str]) -> list[Known]:
    sources = [name for name in (fact.abstract.first_known if fact.abstract else ()) if name in {*known, *unsure}]
    taken = [Known(known[s].value, origin((s,), f"taken from {s}", known)) for s in sources[:1] if s in known]
    lines = decided(fact.derive, known) + [line for line in fact.findings if truth(line.when, known) is True]
    return taken + [derived(line, known) for line in lines]


def decided(lines: Iterable[Derivation], known: Mapping[str, Known]) -> list[Derivation]:
    """The first line that holds, if every line above it that cannot be told gives the same."""
    told = [(line, truth(line.when, known)) for line in lines]
    first = next((number for number, (_, found) in enumerate(told) if found is True), None)
    if first is None:
        return []
    gives: set[Value] = {line.give for line, found in told[: first + 1] if found is not False}
    return [told[first][0]] if len(gives) == 1 else []


def derived(line: Derivation, known: Mapping[str, Known]) -> Known:
    facts = tuple(dict.fromkeys(name for c in line.when.criteria for name in facts_in(c.expression)))
    return Known(line.give, origin(facts, " AND ".join(c.text for c in line.when.criteria), known))


def origin(facts: tuple[str, ...], rule: str, known: Mapping[str, Known]) -> Origin:
    origins = [known[name].origin for name in facts if name in known]
    places = dict.fromkeys(place for found in origins for place in found.where)
    return Origin("derived", tuple(places), max((o.on for o in origins if o.on), default=None), facts, rule)
