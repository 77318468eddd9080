"""Sets of rows as packed bits, 64 rows to a word, and the few operations on them.

In and out: planes over a fixed number of rows. A plane is never changed once it is made, so that several names can
stand for one; the empty plane and the full one are each a single object, and nothing is worked out with them.
It knows no facts and no patients.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint64]
WORD = 64


class Truths(NamedTuple):
    """Known true and known false, which have no bit in common; a row with neither is unknown."""

    true: Plane
    false: Plane


class Rows:
    """A number of rows: its planes of nothing and of everything. Bits behind the last row stay 0."""

    def __init__(self, count: int, everything: Plane | None = None) -> None:
        self.count = count
        self.none: Plane = np.zeros((count + WORD - 1) // WORD, np.uint64)
        self.blank = bytearray(self.none.nbytes)
        self.all = self.pack(np.ones(count, bool)) if everything is None else everything

    def at(self, words: NDArray[np.intp]) -> Rows:
        """The rows of some words of every plane."""
        return Rows(words.size * WORD, self.all[words])

    def pack(self, flags: NDArray[np.bool_]) -> Plane:
        """A flag for each row -> a plane."""
        packed = np.packbits(flags, bitorder="little")
        if packed.size < self.none.nbytes:
            packed = np.concatenate([packed, np.zeros(self.none.nbytes - packed.size, np.uint8)])
        return packed.view(np.uint64)

    def unpack(self, plane: Plane) -> NDArray[np.bool_]:
        return np.unpackbits(plane.view(np.uint8), count=self.count, bitorder="little").view(bool)

    def known(self, plane: Plane) -> Plane:
        """The plane, or the one object for nothing or for everything."""
        if self.blank == plane:  # compares the bytes, and ends at the first that is not 0
            return self.none
        return self.all if plane[0] == self.all[0] and (plane == self.all).all() else plane

    def both(self, a: Plane, b: Plane) -> Plane:
        if a is self.none or b is self.none:
            return self.none
        if a is self.all or b is self.all:
            return b if a is self.all else a
        found: Plane = a & b
        return self.none if self.blank == found else found

    def either(self, a: Plane, b: Plane) -> Plane:
        if a is self.none or b is self.none:
            return b if a is self.none else a
        return self.all if a is self.all or b is self.all else a | b

    def less(self, a: Plane, b: Plane) -> Plane:
        """The rows of `a` without those of `b`."""
        if b is self.none or a is self.none:
            return a
        if b is self.all:
            return self.none
        found: Plane = a & ~b
        return self.none if self.blank == found else found

    def rest(self, a: Plane, b: Plane) -> Plane:
        """The same where `b` lies within `a`: one operation in place of two."""
        if b is self.none:
            return a
        if b is a:
            return self.none
        found: Plane = a ^ b
        return self.none if self.blank == found else found

    def unknown(self, truths: Truths) -> Plane:
        return self.rest(self.all, self.either(truths.true, truths.false))


def union(planes: Iterable[Plane], rows: Rows) -> Plane:
    found: Any = rows.none
    for plane in planes:
        found = rows.either(found, plane)
    return found  # type: ignore[no-any-return]
