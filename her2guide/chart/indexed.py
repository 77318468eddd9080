"""What is made once for a library and kept while that library is in use: look-ups by code and name.

In: a way to make it. Out: the same result for the same library. A few are kept, the oldest goes first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..library.library import Library

Made = TypeVar("Made")
MOST = 4


def once_per_library(make: Callable[[Library], Made]) -> Callable[[Library], Made]:
    """`make`, but each library is worked through once. A library is known by its identity: it never changes."""
    kept: list[tuple[Library, Made]] = []

    def find(library: Library) -> Made:
        for known, made in kept:
            if known is library:
                return made
        found = make(library)
        kept.insert(0, (library, found))
        del kept[MOST:]
        return found

    return find
