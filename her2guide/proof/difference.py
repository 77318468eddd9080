"""Two days, regions or editions -> what is different between them, exactly, as sentences.

In: two editions in force. Out: recommendations that came, ended or moved, with whom they are about; and for each fact
that was defined anew every combination of answers for which it comes out otherwise, merged into few lines.
It compares what is said, not what is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from ..language.evaluate import facts_in
from ..language.sentence import Speaker
from ..language.settle import Settling, answers
from ..library.library import EditionInForce, InForce, Library
from ..model.case import Known, Origin
from ..model.condition import All, Any, Compare, Expression, IsUnknown, Not, OneOf, Value, Yes
from ..model.fact import Fact
from .domain import Domains, domains_of
from .words import speaker

Facts = Mapping[str, Fact]
Box = dict[str, tuple[Value | None, ...]]  # fact -> the answers that are meant; None where it is not known


def differences(old: EditionInForce, new: EditionInForce, library: Library) -> Iterator[str]:
    """Every difference in a sentence of its own. `library`: of all times, as the two were cut from it."""
    before = {entry.item.id: entry for entry in old.recommendations}
    after = {entry.item.id: entry for entry in new.recommendations}
    yield from (f"New: {told(entry, new)}" for name, entry in after.items() if name not in before)
    yield from (f"Ended: {told(entry, old)}" for name, entry in before.items() if name not in after)
    for name, entry in after.items():
        if name in before and before[name].place != entry.place:
            yield f"{entry.item.title}: {before[name].place} before, {entry.place} after"
    domains = domains_of(library)
    for name in library.facts:
        yield from defined_anew(name, old.library.facts, new.library.facts, domains, speaker(library))


def told(entry: InForce, edition: EditionInForce) -> str:
    """A recommendation with its place and whom it is about."""
    return f"{entry.item.title} ({entry.place}), where {speaker(edition.library).condition(entry.item.when)}"


def defined_anew(name: str, old: Facts, new: Facts, domains: Domains, speaks: Speaker) -> Iterator[str]:
    """For which answers a fact comes out otherwise."""
    if old[name] == new[name]:
        return
    for change, boxes in boxes_of(name, old, new, domains).items():
        before, after = ("not known" if value is None else speaks.value(name, value) for value in change)
        for box in boxes:
            where = speaks.phrases["and"].join(speaks.inner(part, Any) for part in meant(box, domains))
            yield f"{old[name].title}, where {where or speaks.phrases['always']}: {before} before, {after} after"


def boxes_of(name: str, old: Facts, new: Facts, domains: Domains) -> dict[tuple[Value | None, Value | None], list[Box]]:
    """(value before, value after) -> the combinations of answers that lead from one to the other.

    An answer that follows from the others, by either definition, is not tried otherwise.
    """
    inputs = inputs_of(old[name], new[name])
    axes = [(*domains[fact].values, None) for fact in inputs]
    settlings = {fact: (Settling([old[fact]]), Settling([new[fact]])) for fact in (name, *inputs)}
    found: dict[tuple[Value | None, Value | None], list[Box]] = {}
    for cell in product(*axes):
        given = {fact: value for fact, value in zip(inputs, cell, strict=True) if value is not None}
        follow = ((given.get(fact), value_of(settling, given)) for fact in inputs for settling in settlings[fact])
        if all(value in (said, None) for said, value in follow):
            before, after = (value_of(settling, given) for settling in settlings[name])
            if before != after:
                found.setdefault((before, after), []).append({n: (v,) for n, v in zip(inputs, cell, strict=True)})
    return {change: merged(cells) for change, cells in found.items()}


def inputs_of(*facts: Fact) -> list[str]:
    lines = [line for fact in facts for line in (*fact.derive, *fact.findings)]
    return list(dict.fromkeys(f for line in lines for c in line.when.criteria for f in facts_in(c.expression)))


def value_of(settling: Settling, given: Mapping[str, Value]) -> Value | None:
    """What follows from some answers by one definition alone."""
    question = settling.questions[0]
    known = {fact: Known(value, Origin("recorded")) for fact, value in given.items()}
    found = {answer.value for answer in answers(question, known, given.get, ())}
    return found.pop() if len(found) == 1 else None


def merged(boxes: list[Box]) -> list[Box]:
    """Fewer boxes of the same content: those that differ along one axis only become one, axis by axis."""
    for axis in boxes[0]:
        rows: dict[tuple[tuple[str, tuple[Value | None, ...]], ...], Box] = {}
        for box in boxes:
            key = tuple((name, values) for name, values in box.items() if name != axis)
            rows[key] = {**box, axis: (*rows[key][axis], *box[axis])} if key in rows else box
        boxes = list(rows.values())
    return boxes


def meant(box: Box, domains: Domains) -> Iterator[Expression]:
    """A box as questions: nothing is asked along an axis that it fills."""
    for name, values in box.items():
        domain = domains[name].values
        known = tuple(value for value in values if value is not None)
        if len(known) == len(domain):
            if None not in values:
                yield Not(IsUnknown(name))
        else:
            parts = [*stretches(name, known, domains), *((IsUnknown(name),) if None in values else ())]
            yield parts[0] if len(parts) == 1 else Any(tuple(parts))


def stretches(name: str, known: tuple[Value, ...], domains: Domains) -> Iterator[Expression]:
    """Values of a fact: a yes or no, codes, or stretches of numbers between its limits."""
    domain = domains[name]
    if not domain.limits:
        if known and isinstance(known[0], bool):
            yield Yes(name) if known[0] else Not(Yes(name))
        elif known:
            yield OneOf(name, known) if len(known) > 1 else Compare(name, "=", known[0])
        return
    places = sorted(domain.values.index(value) for value in known)
    for place in (p for p in places if p - 1 not in places):
        last = next(p for p in range(place, len(domain.values) + 1) if p not in places) - 1
        if last == place and domain.values[place] in domain.limits:
            yield Compare(name, "=", domain.values[place])
            continue
        parts = [*edge(name, domains, place, upper=False), *edge(name, domains, last, upper=True)]
        yield parts[0] if len(parts) == 1 else All(tuple(parts))


def edge(name: str, domains: Domains, place: int, *, upper: bool) -> Iterator[Expression]:
    """The limit at one end of a stretch; none where it is the end of the domain."""
    values, limits = domains[name].values, domains[name].limits
    value = values[place]
    if value in limits:
        yield Compare(name, "<=" if upper else ">=", value)
    elif 0 <= (beside := place + (1 if upper else -1)) < len(values):
        yield Compare(name, "<" if upper else ">", values[beside])
