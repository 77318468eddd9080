"""Definitions by depth: those of one layer need only those of earlier layers.

In: definitions in order. Out: lists of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from her2guide.cohort.definitions import (
    Choice,
    Defined,
    Definition,
    Differ,
    Every,
    Is,
    Meaning,
    Negated,
    Recorded,
    Said,
    Some,
    Taken,
)


def layers(defined: Defined) -> list[list[Definition]]:
    depth: dict[str, int] = {}
    found: list[list[Definition]] = []
    for definition in defined.definitions:
        here = depth[definition.name] = 1 + max((depth[name] for name in names_in(definition.meaning)), default=-1)
        if here == len(found):
            found.append([])
        found[here].append(definition)
    return found


def names_in(meaning: Meaning) -> Iterator[str]:
    """The definitions that a meaning names."""
    if isinstance(meaning, Choice):
        for when, give in meaning.lines:
            yield from names_in(when)
            if isinstance(give, Taken):
                yield give.name
    elif isinstance(meaning, Every | Some):
        for part in meaning.parts:
            yield from names_in(part)
    elif isinstance(meaning, Is | Negated):
        yield from names_in(meaning.part)
    elif isinstance(meaning, Differ):
        yield from (meaning.name, meaning.other)
    elif not isinstance(meaning, Recorded | Said):
        yield meaning.fact
