"""A rival: one whole boolean vector an operation, two for each truth (value and known), each variable worked out once.

In: definitions and Arrow record batches. Out: the counts of each verdict and standing. This is how vectorised
tax and benefit models (OpenFisca) run: variables remembered by name, codes as small integers, no bits packed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from her2guide.cohort.definitions import (
    Choice,
    Defined,
    Differ,
    Every,
    Is,
    Negated,
    Recorded,
    Said,
    Some,
    Taken,
    Truth,
)
from her2guide.language.evaluate import OPERATORS
from her2guide.model.condition import Atom, Between, Compare, IsUnknown, OneOf, Value
from her2guide.model.guidance import BEST_FIRST

from .cohort_counts import Counts, total


class Vector(NamedTuple):
    """A value for each row, and where it is known; where it is not, the value is 0 or False."""

    value: NDArray[Any]
    known: NDArray[np.bool_]


class Population:
    """The variables of one batch; `codes` are the places of all texts in one list."""

    def __init__(self, defined: Defined, batch: pa.RecordBatch, codes: Mapping[str, int]) -> None:
        self.batch, self.size, self.codes = batch, batch.num_rows, codes
        self.vectors: dict[str, Vector] = {}
        for definition in defined.definitions:
            meaning = definition.meaning
            if isinstance(meaning, Recorded):
                vector = self.column(meaning.fact)
            elif isinstance(meaning, Choice):
                vector = self.choice(meaning, definition.kind)
            else:
                vector = self.truth(meaning)
            self.vectors[definition.name] = vector

    def column(self, fact: str) -> Vector:
        array = self.batch.column(fact)
        known = np.asarray(array.is_valid())
        if isinstance(array, pa.DictionaryArray):
            coded = np.array([self.codes[text] for text in array.dictionary.to_pylist()], np.int16)
            return Vector(coded[np.asarray(array.indices.fill_null(0))] * known, known)
        return Vector(np.asarray(pc.fill_null(array, pa.scalar(0).cast(array.type))), known)

    def choice(self, choice: Choice, kind: str) -> Vector:
        kinds = {"yes_no": np.bool_, "integer": np.int32, "decimal": np.float64}
        value = np.zeros(self.size, kinds.get(kind, np.int16))
        known, rest = np.zeros(self.size, bool), np.ones(self.size, bool)
        for when, give in choice.lines:
            here = rest & self.truth(when).value.astype(bool, copy=False)
            rest &= ~here
            if isinstance(give, Taken):
                taken = self.vectors[give.name]
                value, known = np.where(here, taken.value, value), known | (here & taken.known)
            elif give.value is not None:
                value, known = np.where(here, self.literal(give.value), value).astype(value.dtype), known | here
        return Vector(value, known)

    def literal(self, value: Value) -> Value:
        return self.codes.get(value, -1) if isinstance(value, str) else value

    def truth(self, truth: Truth) -> Vector:
        if isinstance(truth, Said):
            return self.constant(truth.truth)
        if isinstance(truth, Is):
            value, known = self.truth(truth.part)
            return Vector(value if truth.truth else known & ~value, np.ones(self.size, bool))
        if isinstance(truth, Negated):
            value, known = self.truth(truth.part)
            return Vector(known & ~value, known)
        if isinstance(truth, Differ):
            one, other = self.vectors[truth.name], self.vectors[truth.other]
            known = one.known & other.known
            return Vector((one.value != other.value) & known, known)
        if isinstance(truth, Every | Some):
            return self.joined(truth)
        return self.atom(truth)

    def constant(self, truth: bool | None) -> Vector:
        return Vector(np.full(self.size, truth is True), np.full(self.size, truth is not None))

    def joined(self, truth: Every | Some) -> Vector:
        """AND is known where one part is false or all are known; OR where one is true or all are known."""
        value, known = self.truth(truth.parts[0])
        for part in truth.parts[1:]:
            other, told = self.truth(part)
            if isinstance(truth, Every):
                known = (known & told) | (known & ~value) | (told & ~other)
                value = value & other
            else:
                value = value | other
                known = (known & told) | value
        return Vector(value, known)

    def atom(self, atom: Atom) -> Vector:
        value, known = self.vectors[atom.fact]
        if isinstance(atom, IsUnknown):
            return Vector(~known, np.ones(self.size, bool))
        return Vector(self.asked(atom, value) & known, known)

    def asked(self, atom: Atom, value: NDArray[Any]) -> NDArray[np.bool_]:
        if isinstance(atom, Compare):
            return np.asarray(OPERATORS[atom.operator](value, self.literal(atom.value)))
        if isinstance(atom, Between):
            return (value >= atom.low) & (value <= atom.high)
        if isinstance(atom, OneOf):
            return reduce(np.logical_or, [value == self.literal(each) for each in atom.values])
        return value.astype(bool, copy=False)


def numpy_counts(defined: Defined, batches: Sequence[pa.RecordBatch], texts: Sequence[str]) -> Counts:
    codes = {text: number for number, text in enumerate(texts, 1)}
    return total(counted(defined, batch, codes) for batch in batches)


def counted(defined: Defined, batch: pa.RecordBatch, codes: Mapping[str, int]) -> Counts:
    vectors = Population(defined, batch, codes).vectors
    found: Counts = {}
    for name, of in defined.applies.items():
        value, known = vectors[of]
        found[f"applies.{name}"] = (int(np.count_nonzero(value)), int(np.count_nonzero(~known)))
    for name, of in defined.standings.items():
        tally = np.bincount(vectors[of].value, minlength=max(codes.values()) + 1)
        found[f"standing.{name}"] = tuple(int(tally[codes[standing]]) for standing in BEST_FIRST)
    return found
