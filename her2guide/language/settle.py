"""Recorded values -> the value of every fact that follows from them, with its reason.

In: facts in dependency order and what is known directly.
Out: what is settled and what contradicts itself. A contradiction leaves its facts unknown.
It does not read charts and makes nothing up: a decision list that cannot be told stays unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from msgspec import Struct

from ..model.case import Conflict, Known, Origin
from ..model.condition import Value
from ..model.fact import Contradiction, Derivation, Fact
from .compiled import Look, Meaning, compiled, holds


class Settled(Struct, frozen=True):
    """`known`: fact -> value with origin; `conflicts`: what could not be settled, and why."""

    known: dict[str, Known]
    conflicts: tuple[Conflict, ...]


class Line(NamedTuple):
    """A line of a fact made ready: the value that it gives, when, and the origin that it leaves."""

    give: Value
    truth: Meaning
    facts: tuple[str, ...]
    rule: str


class Question(NamedTuple):
    """A fact with what answers it. `inputs`: all facts that it follows from; without any of them nothing does.

    Except for `always`: something follows even where nothing is known.
    """

    name: str
    fact: Fact
    sources: tuple[str, ...]
    decides: tuple[Line, ...]
    finds: tuple[Line, ...]
    inputs: tuple[str, ...]
    always: bool


def line_of(line: Derivation) -> Line:
    return Line(line.give, *compiled(line.when))


def question_of(fact: Fact) -> Question:
    sources = fact.abstract.first_known if fact.abstract else ()
    decides, finds = tuple(map(line_of, fact.derive)), tuple(map(line_of, fact.findings))
    inputs = tuple(dict.fromkeys([*sources, *(name for line in (*decides, *finds) for name in line.facts)]))
    question = Question(fact.id, fact, sources, decides, finds, inputs, always=False)
    nothing: dict[str, Value] = {}
    return question._replace(always=bool(answers(question, {}, nothing.get, ())))


def settle(
    facts: Iterable[Fact],
    recorded: Mapping[str, Known],
    contradictions: Iterable[Contradiction] = (),
    withheld: Collection[str] = (),
) -> Settled:
    """Settle facts once; `Settling` does it for many cases of the same facts."""
    return Settling(facts).settle(recorded, contradictions, withheld)


class Settling:
    """Facts in dependency order, made ready."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self.questions = [question_of(fact) for fact in facts]

    def settle(
        self,
        recorded: Mapping[str, Known],
        contradictions: Iterable[Contradiction] = (),
        withheld: Collection[str] = (),
        stated_only: Collection[str] = (),
    ) -> Settled:
        """Settle all facts; facts of a contradiction are withdrawn and the rest settled anew.

        `withheld` facts are in conflict already and stay unknown, whatever else would give them a value.
        `stated_only` facts are known where they are recorded, and follow from nothing.
        """
        rules = {rule.id: rule for rule in contradictions}
        stated: dict[str, Conflict] = {}
        while True:
            withdrawn = {*withheld, *(fact for conflict in stated.values() for fact in conflict.facts)}
            known, values, conflicts = self.once(recorded, withdrawn, stated_only)
            broken = [rule for rule in rules.values() if rule.id not in stated and holds(rule.when, values) is True]
            if not broken:
                return Settled(known, (*stated.values(), *conflicts))
            for rule in broken:
                where = tuple(place for fact in rule.facts if fact in known for place in known[fact].origin.where)
                stated[rule.id] = Conflict(rule.facts, rule.title, where)

    def once(
        self, recorded: Mapping[str, Known], withdrawn: Collection[str], stated_only: Collection[str]
    ) -> tuple[dict[str, Known], dict[str, Value], list[Conflict]]:
        known: dict[str, Known] = {}
        values: dict[str, Value] = {}
        conflicts: list[Conflict] = []
        unsure = set(withdrawn)
        look, nothing_known_of = values.get, values.keys().isdisjoint
        for question in self.questions:
            name = question.name
            follows = question.always or not nothing_known_of(question.inputs)
            if not (follows or name in recorded) or name in withdrawn:
                continue
            found = [recorded[name]] if name in recorded else []
            if follows and name not in stated_only:
                found += answers(question, known, look, unsure)
            if len(found) > 1:
                found = risen(question.fact, found) if question.fact.rises else newest(found)
            if len(found) > 1 and len({finding.value for finding in found}) > 1:
                conflicts.append(disagreement(question.fact, found))
                unsure.add(name)
            elif found:
                known[name] = found[0]
                values[name] = found[0].value
        return known, values, conflicts


def answers(question: Question, known: Mapping[str, Known], look: Look, unsure: Collection[str]) -> list[Known]:
    """Every independent answer that follows: taken over, derived, found.

    A preferred source that contradicts itself is not passed by for the next one.
    """
    found = []
    for source in question.sources:
        if source in known:
            found.append(Known(known[source].value, origin_of((source,), f"taken from {source}", known)))
        if source in known or source in unsure:
            break
    decided = decide(question.decides, look)
    if decided:
        found.append(Known(decided.give, origin_of(decided.facts, decided.rule, known)))
    for line in question.finds:
        if line.truth(look):
            found.append(Known(line.give, origin_of(line.facts, line.rule, known)))
    return found


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


def decide(lines: Sequence[Line], look: Look) -> Line | None:
    """A decision list: the first line that holds decides.

    A line that cannot be told leaves the result unknown, unless every line that may still decide
    gives the same value and one of them is sure to.
    """
    undecided: Line | None = None
    for line in lines:
        truth = line.truth(look)
        if truth is False:
            continue
        if undecided and line.give != undecided.give:
            return None
        if truth:
            return line
        undecided = line
    return None


def origin_of(facts: tuple[str, ...], rule: str, known: Mapping[str, Known]) -> Origin:
    """The origin of what follows from facts: their places in the record, and the latest of their days."""
    where: dict[str, None] = {}
    last: date | None = None
    for fact in facts:
        if fact in known:
            origin = known[fact].origin
            where.update(dict.fromkeys(origin.where))
            if origin.on and (last is None or origin.on > last):
                last = origin.on
    return Origin("derived", tuple(where), last, facts, rule)


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
