"""Facts and the conditions that ask about them -> for each fact the values that can lead to different answers.

In: a library and further conditions. Out: every yes, no and code; of a number each limit that it is compared with,
and one value for every open stretch between limits. Two numbers of one stretch answer every question alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from math import inf

from msgspec import Struct

from ..errors import KnowledgeError, Problem
from ..language.evaluate import atoms_in
from ..library.library import Library
from ..model.condition import Atom, Between, Compare, Condition, OneOf, Value
from ..model.fact import Fact

NUMBERS = ("integer", "decimal")


class Domain(Struct, frozen=True):
    """The values of a fact, lowest first; those in `limits` are numbers that it is compared with."""

    values: tuple[Value, ...]
    limits: frozenset[float] = frozenset()

    def alike(self, value: Value) -> Value:
        """The value of the domain that answers every question as this one does."""
        if value in self.values or isinstance(value, bool | str):
            return value
        below = max((limit for limit in self.limits if limit < value), default=-inf)
        return next(number for number in self.values if number > below)  # type: ignore[operator]


Domains = Mapping[str, Domain]


def domains_of(library: Library, further: Iterable[Condition] = ()) -> Domains:
    """The domain of every fact. Raises `KnowledgeError` for a number that is taken over from other facts."""
    refuse_numbers_taken_over(library)
    limits: dict[str, set[float]] = {name: set() for name in library.facts}
    for condition in (*conditions_in(library), *further):
        for criterion in condition.criteria:
            for atom in atoms_in(criterion.expression):
                limits[atom.fact].update(numbers_in(atom))
    for fact in library.facts.values():
        if fact.kind in NUMBERS:
            limits[fact.id].update(float(line.give) for line in (*fact.derive, *fact.findings))
    return {fact.id: domain_of(fact, limits[fact.id]) for fact in library.facts.values()}


def refuse_numbers_taken_over(library: Library) -> None:
    """Two numbers of one stretch can differ: whether one that is taken over contradicts another could not be told."""
    taken = [f.id for f in library.facts.values() if f.kind in NUMBERS and f.abstract and f.abstract.first_known]
    if taken:
        do = "Give it lines of its own."
        raise KnowledgeError(Problem(f"fact {name}", "is a number taken over from others.", do) for name in taken)


def conditions_in(library: Library) -> Iterator[Condition]:
    """Every condition that can decide on advice."""
    for fact in library.facts.values():
        yield from (line.when for line in (*fact.derive, *fact.findings))
    yield from (rule.when for rule in library.contradictions)
    for agent in library.agents.values():
        yield from (rule.when for rule in (*agent.never_when, *agent.caution_when))
    for edition in library.editions.values():
        yield from (item.when for item in edition.recommendations)


def numbers_in(atom: Atom) -> set[float]:
    if isinstance(atom, Between):
        return {float(atom.low), float(atom.high)}
    values = (atom.value,) if isinstance(atom, Compare) else atom.values if isinstance(atom, OneOf) else ()
    return {float(value) for value in values if not isinstance(value, bool | str)}


def domain_of(fact: Fact, limits: set[float]) -> Domain:
    if fact.kind == "yes_no":
        return Domain((True, False))
    if fact.kind == "code":
        return Domain(tuple(fact.values))
    low, high = (fact.range.low, fact.range.high) if fact.range else (0.0, inf)
    marks = sorted(limit for limit in limits if low <= limit <= high)
    if not marks:
        return Domain((typed(low),))
    ends = {max(low, marks[0] - 1), min(high, marks[-1] + 1)}
    inner = (between(first, last, whole=fact.kind == "integer") for first, last in pairwise(marks))
    found = {*marks, *ends, *(number for number in inner if number is not None)}
    return Domain(tuple(map(typed, sorted(found))), frozenset(marks))


def between(low: float, high: float, *, whole: bool) -> float | None:
    """A number of the open stretch between two, a round one where there is one; none where it holds no whole number."""
    step = low // 1 + 1
    if step < high:
        return step
    return None if whole else round((low + high) / 2, 6)


def typed(number: float) -> int | float:
    return int(number) if float(number).is_integer() else number
