"""What is known of one fact in many rows, and the truth of a question about it.

In: a recorded column of typed values, None where unknown. Out: planes by value, or numbers with their planes.
The meaning of each question is that of `language.evaluate`. It does not know how a value came about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ..model.condition import Atom, Between, Compare, IsUnknown, OneOf, Value, Yes
from ..model.fact import Fact
from .planes import Plane, Rows, Truths

NUMBERS = ("integer", "decimal")
COMPARISONS: dict[str, Any] = {
    "=": np.equal,
    "<>": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


class Coded(Struct, frozen=True):
    """For each value of a coded or yes/no fact the rows that have it.

    `present`: rows that have one; `unsure`: rows that contradict themselves.
    """

    values: Mapping[Value, Plane]
    present: Plane
    unsure: Plane

    def having(self, values: Sequence[Value], rows: Rows) -> Plane:
        planes = [self.values[value] for value in values if value in self.values]
        return planes[0] if len(planes) == 1 else union(planes, rows)


class Numbers(Struct, frozen=True):
    """The numbers of a fact; where `present` has no bit the number means nothing."""

    numbers: NDArray[np.float64]
    present: Plane
    unsure: Plane


Column = Coded | Numbers


def recorded(fact: Fact, values: Sequence[Value | None], rows: Rows) -> Column:
    """A column as recorded. `values`: one for each row, typed as `language.typed` types them."""
    if fact.kind in NUMBERS:
        present = np.array([value is not None for value in values], bool)
        numbers = np.array([0.0 if value is None else float(value) for value in values], np.float64)
        return Numbers(numbers, rows.pack(present), rows.none)
    possible: list[Value] = [True, False] if fact.kind == "yes_no" else list(fact.values)
    array = np.array(values, dtype=object)
    planes = {value: rows.pack(array == value) for value in possible}
    return Coded(planes, union(planes.values(), rows), rows.none)


def union(planes: Iterable[Plane], rows: Rows) -> Plane:
    found = rows.none
    for plane in planes:
        found = found | plane
    return found


def truth_of_atom(atom: Atom, column: Column | None, rows: Rows) -> Truths:
    """The truth of one question about one fact in every row."""
    known = column.present if column else rows.none
    if isinstance(atom, IsUnknown):
        return Truths(rows.all & ~known, known)
    if column is None:
        return rows.constant(None)
    if isinstance(column, Numbers):
        return rows.said(known, rows.pack(numbers_meet(atom, column.numbers)))
    return rows.said(known, coded_meet(atom, column, known, rows))


def numbers_meet(atom: Atom, numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
    if isinstance(atom, Compare):
        met: NDArray[np.bool_] = COMPARISONS[atom.operator](numbers, atom.value)
        return met
    if isinstance(atom, Between):
        return (numbers >= atom.low) & (numbers <= atom.high)
    if isinstance(atom, OneOf):
        return np.isin(numbers, np.array(atom.values, np.float64))
    raise TypeError(f"a number is not asked {type(atom).__name__}")


def coded_meet(atom: Atom, column: Coded, known: Plane, rows: Rows) -> Plane:
    if isinstance(atom, Yes):
        return column.having((True,), rows)
    if isinstance(atom, OneOf):
        return column.having(atom.values, rows)
    if isinstance(atom, Compare) and atom.operator in ("=", "<>"):
        same = column.having((atom.value,), rows)
        return same if atom.operator == "=" else known & ~same
    raise TypeError(f"a code is not asked {type(atom).__name__}")
