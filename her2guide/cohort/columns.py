"""What is recorded of one fact in many rows, and the planes that a plan asks of it.

In: typed values, None where unknown, or codes and their validity. Out: planes by value, or numbers with the rows that
have one; from these the plane for each input of a plan. It does not know how a value came about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ..model.condition import Value
from ..model.fact import Fact
from .plan import Input
from .planes import Plane, Rows, union

NUMBERS = ("integer", "decimal")
AS_OF = "as_of"  # the day of the knowledge, where each row has its own: no fact of a patient
COMPARISONS: dict[str, Any] = {"=": np.equal, "<": np.less, "<=": np.less_equal}


class Coded(Struct, frozen=True):
    """For each value of a coded or yes/no fact the rows that have it.

    `present`: rows that have one; `unsure`: rows that contradict themselves.
    """

    values: Mapping[Value, Plane]
    present: Plane
    unsure: Plane


class Numbers(Struct, frozen=True):
    """The numbers of a fact, whole of any width or float64; where `present` has no bit the number means nothing."""

    numbers: NDArray[Any]
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


def planes_of_codes(codes: NDArray[Any], count: int, known: Plane, rows: Rows) -> list[Plane]:
    """For each code from 0 to `count` - 1 the known rows that have it; no other code may be in a known row.

    Bit by bit of the code, since to pack flags costs more than to combine planes.
    """
    planes = [known]
    for bit in reversed(range(max(count - 1, 0).bit_length())):
        ones = rows.pack(codes & (1 << bit))
        planes = [half for plane in planes for half in (rows.less(plane, ones), rows.both(plane, ones))]
    return planes[:count]


def plane_for(asked: Input, columns: Mapping[str, Column], rows: Rows) -> Plane:
    """The plane of an input of a plan; nothing where its column is not there."""
    column = columns.get(asked.fact)
    if column is None or asked.what == "withdrawn":
        return rows.none
    if asked.what == "present":
        return rows.known(column.present)
    if isinstance(column, Coded):
        return rows.known(column.values.get(asked.value, rows.none))
    if asked.what == "same":
        other = columns.get(str(asked.value))
        assert isinstance(other, Numbers), "a number is the same as a number"  # noqa: S101
        return rows.pack(column.numbers == other.numbers)
    limit = float(asked.value)
    if limit.is_integer():
        limit = int(limit)  # numpy compares whole numbers of any width with it as they are
    return rows.both(rows.known(column.present), rows.pack(COMPARISONS[asked.what](column.numbers, limit)))
