"""Sets of rows as packed bits, 64 rows to a word, and the few operations on them.

In and out: planes over a fixed number of rows. A plane is never changed once it is made, so that several names can
stand for one; the empty plane and the full one are each a single object, and nothing is worked out with them.
It knows no facts and no patients.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from threading import local
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint64]
WORD = 64
AND, OR, XOR = np.bitwise_and, np.bitwise_or, np.bitwise_xor


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
        self.fresh = fresh_planes(self.none.size)
        self.spare: list[Plane] = []

    def at(self, words: NDArray[np.intp]) -> Rows:
        """The rows of some words of every plane."""
        return Rows(words.size * WORD, self.all[words])

    def pack(self, flags: NDArray[Any]) -> Plane:
        """A flag or a number for each row -> the plane of those that are not 0."""
        packed = np.packbits(flags, bitorder="little")
        if packed.size < self.none.nbytes:
            packed = np.concatenate([packed, np.zeros(self.none.nbytes - packed.size, np.uint8)])
        return packed.view(np.uint64)

    def unpack(self, plane: Plane) -> NDArray[np.bool_]:
        return np.unpackbits(plane.view(np.uint8), count=self.count, bitorder="little").view(bool)

    def known(self, plane: Plane) -> Plane:
        """The plane, or the one object for nothing or for everything."""
        if self.blank == plane:
            return self.none
        return self.all if plane[0] == self.all[0] and (plane == self.all).all() else plane

    def combine(self, operation: np.ufunc, a: Plane, b: Plane) -> Plane:
        """One of AND, OR and XOR of two planes; most often one of them is empty, and there is nothing to do."""
        none, full = self.none, self.all
        if a is none or b is none:
            return none if operation is AND else b if a is none else a
        if (a is full or b is full) and operation is not XOR:
            return full if operation is OR else b if a is full else a
        found: Plane = operation(a, b, self.spare.pop() if self.spare else next(self.fresh))
        if self.blank != found:  # compares the bytes, and ends at the first that is not 0
            return found
        self.spare.append(found)
        return none

    def both(self, a: Plane, b: Plane) -> Plane:
        return self.combine(AND, a, b)

    def either(self, a: Plane, b: Plane) -> Plane:
        return self.combine(OR, a, b)

    def less(self, a: Plane, b: Plane) -> Plane:
        """The rows of `a` without those of `b`."""
        return self.combine(XOR, a, self.combine(AND, a, b))

    def unknown(self, truths: Truths) -> Plane:
        return self.less(self.all, self.either(truths.true, truths.false))


BLOCK = 1 << 19  # words taken at a time, 4 MiB: from here on numpy asks the system for large pages
MOST_KEPT = 64
FREE = 3  # references to a block of which no plane is in use: of the list, the loop and the count itself


class Memory(local):
    """The blocks of one thread: another could take a block between the look at it and its use."""

    def __init__(self) -> None:
        self.blocks: list[NDArray[np.uint64]] = []


MEMORY = Memory()


def fresh_planes(words: int) -> Iterator[Plane]:
    """Planes to write into, from blocks to which nobody refers any more: new memory costs more than to fill it."""
    blocks = MEMORY.blocks
    while True:
        for block in blocks:
            if sys.getrefcount(block) == FREE and block.size >= words:
                break
        else:
            block = np.empty(max(BLOCK, words), np.uint64)
            blocks.append(block)
            del blocks[:-MOST_KEPT]
        count = block.size // max(1, words)
        yield from block[: count * words].reshape(count, words)


def union(planes: Iterable[Plane], rows: Rows) -> Plane:
    found = rows.none
    for plane in planes:
        found = rows.either(found, plane)
    return found
