"""Truth over many rows: two packed bit planes, known true and known false; neither is unknown.

In and out: `Truths` over a fixed number of rows, 64 rows to a word. It knows no facts and no patients.
Source: the strong tables of Kleene, as in `her2guide.kleene`, one operation for 64 rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint64]
WORD = 64


class Truths(NamedTuple):
    """`true` and `false` have no bit in common; a row with neither is unknown."""

    true: Plane
    false: Plane


class Rows:
    """A number of rows: its planes of nothing and of everything. Bits behind the last row stay 0."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.none: Plane = np.zeros((count + WORD - 1) // WORD, np.uint64)
        self.all = self.pack(np.ones(count, bool))

    def pack(self, flags: NDArray[np.bool_]) -> Plane:
        """A flag for each row -> a plane."""
        packed = np.packbits(flags, bitorder="little")
        return np.pad(packed, (0, self.none.size * 8 - packed.size)).view(np.uint64)

    def unpack(self, plane: Plane) -> NDArray[np.bool_]:
        return np.unpackbits(plane.view(np.uint8), count=self.count, bitorder="little").astype(bool)

    def said(self, known: Plane, true: Plane) -> Truths:
        """What is true where something is known."""
        return Truths(true & known, known & ~true)

    def constant(self, truth: bool | None) -> Truths:
        if truth is None:
            return Truths(self.none, self.none)
        return Truths(self.all, self.none) if truth else Truths(self.none, self.all)

    def unknown(self, truths: Truths) -> Plane:
        return self.all & ~(truths.true | truths.false)


def negated(part: Truths) -> Truths:
    return Truths(part.false, part.true)


def all_of(parts: Iterable[Truths], rows: Rows) -> Truths:
    """AND: false where one is false, true where all are."""
    true, false = rows.all, rows.none
    for part in parts:
        true, false = true & part.true, false | part.false
    return Truths(true, false)


def any_of(parts: Iterable[Truths], rows: Rows) -> Truths:
    """OR: true where one is true, false where all are."""
    true, false = rows.none, rows.all
    for part in parts:
        true, false = true | part.true, false & part.false
    return Truths(true, false)
