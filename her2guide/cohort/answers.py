"""Verdicts over many rows -> an Arrow record batch, one row a patient, and counts that add up over parts.

Columns, in groups of which any may be left out:
  decision.<decision>        the best that its options come to: a standing, or `cannot tell`, or `none`
  applies.<recommendation>   boolean; null is *cannot tell*
  standing.<recommendation>  one of the four standings; null where the option is not brought up
  missing.<fact>             whether knowing the fact could settle something
It does not know what was read, nor where the answers go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct, field

from ..library.library import Edition, Library
from ..model.guidance import BEST_FIRST
from ..model.knowledge import Recommendation
from .columns import union
from .kernel import Verdicts
from .planes import Plane, Rows

GROUPS = ("decision", "applies", "standing", "missing")
CODED = pa.dictionary(pa.int8(), pa.string())
TYPES = {"decision": CODED, "applies": pa.bool_(), "standing": CODED, "missing": pa.bool_()}
CANNOT_TELL, NONE = "cannot tell", "none"
# What a decision comes to, the first that holds: an option that is ruled out is said only where nothing is open.
OUTCOMES = (*BEST_FIRST[:3], CANNOT_TELL, BEST_FIRST[3], NONE)


def brings_up(item: Recommendation) -> bool:
    """Whether it can bring up an option; *avoid* and *obtain* bring none up."""
    return item.recommend.regimen is not None and item.recommend.action not in ("avoid", "obtain")


class Shown(Struct, frozen=True):
    """Which columns are written: `groups` of `GROUPS`, for the recommendations of some decisions (all if empty)."""

    groups: tuple[str, ...] = GROUPS
    decisions: tuple[str, ...] = ()

    def names(self, edition: Edition, facts: Iterable[str]) -> list[tuple[str, str]]:
        """Group and name of every column. They do not depend on the day: what is not in force has its column."""
        items = [item for item in edition.recommendations if not self.decisions or item.decision in self.decisions]
        options = [item for item in items if brings_up(item)]
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


def answers_of(found: Verdicts, library: Library, edition: Edition, shown: Shown, rows: Rows) -> list[pa.Array]:
    """The arrays of the columns that are shown."""
    by_decision: dict[str, list[str]] = {}
    for item in edition.recommendations:
        if item.id in found.options:
            by_decision.setdefault(item.decision, []).append(item.id)
    arrays = []
    for group, name in shown.names(edition, library.facts):
        if group == "applies":
            truths = found.applies.get(name)
            arrays.append(booleans(truths.true, truths.true | truths.false, rows) if truths else said_no(rows))
        elif group == "standing":
            standings = found.options.get(name, {})
            arrays.append(codes(list(standings.values()), BEST_FIRST, rows))
        elif group == "decision":
            arrays.append(codes(outcomes(found, by_decision.get(name, []), rows), OUTCOMES, rows))
        else:
            arrays.append(booleans(getattr(found, "missing", {}).get(name, rows.none), rows.all, rows))
    return arrays


def outcomes(found: Verdicts, options: Collection[str], rows: Rows) -> list[Plane]:
    """For each of `OUTCOMES` the rows in which a decision comes to it."""
    standings = [found.options[name] for name in options]
    reached = {level: union((planes[level] for planes in standings), rows) for level in BEST_FIRST}
    unknown = union((rows.unknown(found.applies[name]) for name in options), rows)
    rest, planes = rows.all, []
    for outcome in OUTCOMES[:-1]:
        plane = unknown if outcome == CANNOT_TELL else reached[outcome]  # type: ignore[index]
        planes.append(rest & plane)
        rest = rest & ~plane
    return [*planes, rest]


def said_no(rows: Rows) -> pa.Array:
    """What is not in force applies to nobody."""
    return booleans(rows.none, rows.all, rows)


def booleans(true: Plane, known: Plane, rows: Rows) -> pa.Array:
    """A boolean array of two planes, without a copy; null where it is not known."""
    bits = [None if known is rows.all else pa.py_buffer(known), pa.py_buffer(true)]
    return pa.Array.from_buffers(pa.bool_(), rows.count, bits)


def codes(planes: Sequence[Plane], values: Sequence[str], rows: Rows) -> pa.Array:
    """A coded array: in the rows of each plane its value, null in those of none. No row is in two planes."""
    known = union(planes, rows)
    indices = np.zeros(rows.none.size * 64, np.int8)
    for index, plane in enumerate(planes):
        if index and plane.any():
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
            self.said[column] = dict(Counter(self.said.get(column, {})) + Counter(counts))


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
