"""Verdicts over many rows -> an Arrow record batch, one row a patient, and counts that add up over parts.

Columns, in groups of which any may be left out:
  decision.<decision>        the best that its options come to: a standing, or `cannot tell`, or `none`
  standing.<recommendation>  one of the four standings; null where the option is not brought up
  missing.<fact>             whether knowing the fact could settle something
  applies.<recommendation>   boolean; null is *cannot tell*
It does not know what was read, nor where the answers go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct, field

from ..library.library import Edition, Library
from ..model.guidance import BEST_FIRST
from .kernel import Verdicts
from .planes import Plane, Rows, Truths, union

GROUPS = ("decision", "standing", "missing", "applies")
USUAL = GROUPS[:3]  # what applies is half of all columns, and seldom read patient by patient
CODED = pa.dictionary(pa.int8(), pa.string())
TYPES = {"decision": CODED, "applies": pa.bool_(), "standing": CODED, "missing": pa.bool_()}
CANNOT_TELL, NONE = "cannot tell", "none"
# What a decision comes to, the first that holds: an option that is ruled out is said only where nothing is open.
OUTCOMES = (*BEST_FIRST[:3], CANNOT_TELL, BEST_FIRST[3], NONE)


class Shown(Struct, frozen=True):
    """Which columns are written: `groups` of `GROUPS`, for the recommendations of some decisions (all if empty)."""

    groups: tuple[str, ...] = USUAL
    decisions: tuple[str, ...] = ()

    def names(self, edition: Edition, facts: Iterable[str]) -> list[tuple[str, str]]:
        """Group and name of every column. They do not depend on the day: what is not in force has its column."""
        items = [item for item in edition.recommendations if not self.decisions or item.decision in self.decisions]
        options = [item for item in items if item.recommend.option()]
        decided = {item.decision for item in options}
        found = {
            "decision": [decision.id for decision in edition.head.decisions if decision.id in decided],
            "applies": [item.id for item in items],
            "standing": [item.id for item in options],
            "missing": list(facts),
        }
        return [(group, name) for group in GROUPS if group in self.groups for name in found[group]]


def fields_of(names: Iterable[tuple[str, str]]) -> list[pa.Field]:
    return [pa.field(f"{group}.{name}", TYPES[group]) for group, name in names]


class Said(NamedTuple):
    """A column of answers as planes: where it is true and where it is known; if coded, where each of `values` is."""

    name: str
    planes: Sequence[Plane]
    values: Sequence[str] = ()

    def array(self, rows: Rows) -> pa.Array:
        return codes(self.planes, self.values, rows) if self.values else booleans(self.planes[0], self.planes[1], rows)

    def counts(self, rows: Rows) -> dict[str, int]:
        """How many rows have each value, as `counted` finds in the array."""
        if self.values:
            found = dict(zip(self.values, (bits_in(plane, rows) for plane in self.planes), strict=True))
        else:
            true, known = (bits_in(plane, rows) for plane in self.planes)
            found = {"true": true, "unknown": rows.count - known}
        return {value: count for value, count in found.items() if count}


def said_of(found: Verdicts, library: Library, edition: Edition, shown: Shown, rows: Rows) -> list[Said]:
    """The columns that are shown. What is not in force applies to nobody."""
    options: dict[str, list[str]] = {}
    for item in edition.recommendations:
        if item.id in found.options:
            options.setdefault(item.decision, []).append(item.id)
    nobody = Truths(rows.none, rows.all)

    def planes(group: str, name: str) -> tuple[Sequence[Plane], Sequence[str]]:
        if group == "decision":
            return outcomes(found, options.get(name, []), rows), OUTCOMES
        if group == "standing":
            standings = found.options.get(name)
            return list(standings.values()) if standings else [rows.none] * len(BEST_FIRST), BEST_FIRST
        if group == "applies":
            truths = found.applies.get(name, nobody)
            return (truths.true, rows.either(truths.true, truths.false)), ()
        return ((found.missing or {}).get(name, rows.none), rows.all), ()

    return [Said(f"{group}.{name}", *planes(group, name)) for group, name in shown.names(edition, library.facts)]


def bits_in(plane: Plane, rows: Rows) -> int:
    """How many rows a plane has; the planes of none and of all need no counting."""
    if plane is rows.none:
        return 0
    return rows.count if plane is rows.all else int(np.bitwise_count(plane).sum())


def outcomes(found: Verdicts, options: Collection[str], rows: Rows) -> list[Plane]:
    """For each of `OUTCOMES` the rows in which a decision comes to it."""
    standings = [found.options[name] for name in options]
    reached = {level: union((planes[level] for planes in standings), rows) for level in BEST_FIRST}
    unknown = union((rows.unknown(found.applies[name]) for name in options), rows)
    rest, planes = rows.all, []
    for outcome in OUTCOMES[:-1]:
        plane = unknown if outcome == CANNOT_TELL else reached[outcome]  # type: ignore[index]
        planes.append(rows.both(rest, plane))
        rest = rows.less(rest, plane)
    return [*planes, rest]


def booleans(true: Plane, known: Plane, rows: Rows) -> pa.Array:
    """A boolean array of two planes, without a copy; null where it is not known."""
    bits = [None if known is rows.all else pa.py_buffer(known), pa.py_buffer(true)]
    return pa.Array.from_buffers(pa.bool_(), rows.count, bits)


def codes(planes: Sequence[Plane], values: Sequence[str], rows: Rows) -> pa.Array:
    """A coded array: in the rows of each plane its value, null in those of none. No row is in two planes."""
    known = union(planes, rows)
    indices = np.zeros(rows.none.size * 64, np.int8)
    for index, plane in enumerate(planes):
        if index and plane is not rows.none:
            indices += np.unpackbits(plane.view(np.uint8), bitorder="little").view(np.int8) * np.int8(index)
    bits = [pa.py_buffer(known), pa.py_buffer(indices)]
    made = pa.Array.from_buffers(pa.int8(), rows.count, bits)
    return pa.DictionaryArray.from_arrays(made, pa.array(values, pa.string()))


class Counts(Struct):
    """How often what was said; of the columns that are shown. `said`: column -> value -> patients.

    Of a boolean column `true` and `unknown` are counted, of a coded one each value. Counts of parts add up.
    """

    patients: int = 0
    said: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, other: Counts) -> None:
        self.patients += other.patients
        for column, counts in other.said.items():
            total = self.said.setdefault(column, {})
            for value, count in counts.items():
                total[value] = total.get(value, 0) + count


def counts_of(batch: pa.RecordBatch) -> Counts:
    """The counts of answers."""
    columns = zip(batch.schema.names, batch.columns, strict=True)
    said = {name: counted(array) for name, array in columns if name.partition(".")[0] in GROUPS}
    return Counts(batch.num_rows, {name: counts for name, counts in said.items() if counts})


def counted(array: pa.Array) -> dict[str, int]:
    if pa.types.is_boolean(array.type):
        found: Mapping[str, int] = {"true": array.true_count, "unknown": array.null_count}
    else:
        values = array.dictionary.to_pylist()
        met = np.bincount(pc.drop_null(array.indices).to_numpy(zero_copy_only=False), minlength=len(values))
        found = dict(zip(values, met.tolist(), strict=True))
    return {name: count for name, count in found.items() if count}
