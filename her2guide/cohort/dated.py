"""An edition that answers for each row as of a day of its own.

In: a library, an edition, a region. Out: the edition with a fact more, the day, and that fact in every condition that
does not hold on all days; so one pass judges rows of many days. A day that is not known leaves unknown what depends on
it. The meaning is that of `Library.edition` as of the day; a generated test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

import pyarrow as pa
from msgspec.structs import replace

from ..errors import Problem, RequestError
from ..library.library import EditionInForce, InForce, Library, place_on
from ..model.condition import All, Any, Between, Compare, Condition, Criterion, Expression
from ..model.fact import Derivation, Fact
from ..model.knowledge import Recommendation
from .columns import AS_OF, Numbers
from .planes import Rows
from .rows_in import validity, values_in

EPOCH = date(1970, 1, 1)
Span = tuple[date | None, date | None]  # from the first day to before the second


def any_day(library: Library, name: str, region: str) -> EditionInForce:
    """The edition with every recommendation that was ever in force in a region."""
    edition = library.editions[name]
    placed = tuple(
        InForce(replace(item, when=within(item.when, spans)), "preferred")
        for item in edition.recommendations
        for spans in (spans_of(item, region),)
        if spans
    )
    day = Fact(id=AS_OF, title="the day of the knowledge", topic="", kind="integer")
    facts = {AS_OF: day, **{fact.id: dated_fact(fact) for fact in library.facts.values()}}
    return EditionInForce(edition.head, region, date.today(), placed, replace(library, facts=facts))


def spans_of(item: Recommendation, region: str) -> list[Span]:
    """When a recommendation is in force, whatever its place."""
    starts = sorted(item.in_force.get(region, {}))  # type: ignore[call-overload]
    spans: list[Span] = []
    for start, end in pairwise([*starts, None]):
        if place_on(item, region, start) is None:
            continue
        joined = spans.pop()[0] if spans and spans[-1][1] == start else start
        spans.append((joined, end))
    return spans


def dated_fact(fact: Fact) -> Fact:
    return replace(fact, derive=tuple(dated_lines(fact.derive)), findings=tuple(dated_lines(fact.findings)))


def dated_lines(lines: tuple[Derivation, ...]) -> Iterator[Derivation]:
    for line in lines:
        dated = line.since is not None or line.until is not None
        yield replace(line, when=within(line.when, [(line.since, line.until)])) if dated else line


def within(condition: Condition, spans: list[Span]) -> Condition:
    """The condition, and that the day lies in one of the spans."""
    parts = tuple(map(day_within, spans))
    day = parts[0] if len(parts) == 1 else Any(parts)
    return Condition((*condition.criteria, Criterion(AS_OF, day, "")))


def day_within(span: Span) -> Expression:
    start, end = (None if day is None else number_of(day) for day in span)
    if start is not None and end is not None:
        return Between(AS_OF, start, end - 1)
    if start is not None:
        return Compare(AS_OF, ">=", start)
    return Compare(AS_OF, "<", end) if end is not None else All(())


def number_of(day: date) -> int:
    return (day - EPOCH).days


def days_of(batch: pa.RecordBatch, column: str, first_day: date, rows: Rows) -> Numbers:
    """The day of every row; not known where it is null or before the edition can answer. Raises `RequestError`."""
    array = batch.column(column)
    if not pa.types.is_date(array.type) and not pa.types.is_timestamp(array.type):
        raise RequestError([Problem(f"column {column}", f"its type {array.type} is no date.", "Make it a date.")])
    days = array.cast(pa.date32())
    numbers = values_in(days.view(pa.int32()), pa.int32())
    known = validity(days, rows) & rows.pack(numbers >= number_of(first_day))
    return Numbers(numbers, known, rows.none)
