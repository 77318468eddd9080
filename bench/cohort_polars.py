"""A rival: Polars expressions, one layer of columns for each depth of definitions, one collect.

In: definitions and a frame in memory or a Parquet file. Out: the counts of each verdict and standing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import and_, or_
from typing import Any

os.environ["POLARS_MAX_THREADS"] = "1"  # one core for everybody; read when polars is loaded
import polars as pl

from her2guide.cohort.definitions import (
    Choice,
    Defined,
    Definition,
    Differ,
    Every,
    Given,
    Is,
    Negated,
    Recorded,
    Said,
    Some,
    Truth,
)
from her2guide.language.evaluate import OPERATORS
from her2guide.model.condition import Atom, Between, Compare, IsUnknown, OneOf, Value
from her2guide.model.guidance import BEST_FIRST

from .cohort_counts import Counts
from .cohort_layers import layers


class PolarsRules:
    """The counts of a frame, as one lazy query. `texts`: every code there is."""

    def __init__(self, defined: Defined, texts: Sequence[str]) -> None:
        self.defined = defined
        self.coded = pl.Enum(texts)
        self.types = {"yes_no": pl.Boolean, "integer": pl.Int32, "decimal": pl.Float64}

    def frame(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """A frame as the rules read it: the columns that they ask for, every code of one type."""
        asked = {
            each.meaning.fact: each.kind for each in self.defined.definitions if isinstance(each.meaning, Recorded)
        }
        return frame.select(pl.col(fact).cast(self.types.get(kind, self.coded)) for fact, kind in asked.items())

    def query(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        for layer in layers(self.defined):
            frame = frame.with_columns(self.column(definition) for definition in layer)
        return frame.select(self.tallies())

    def counts(self, query: pl.LazyFrame) -> Counts:
        row = query.collect().row(0, named=True)
        found: Counts = {}
        for name, of in self.defined.applies.items():
            found[f"applies.{name}"] = (row[f"true {of}"], row[f"unknown {of}"])
        for name, of in self.defined.standings.items():
            found[f"standing.{name}"] = tuple(row[f"{standing} {of}"] for standing in BEST_FIRST)
        return found

    def tallies(self) -> Iterator[pl.Expr]:
        for of in set(self.defined.applies.values()):
            yield pl.col(of).sum().alias(f"true {of}")
            yield pl.col(of).null_count().alias(f"unknown {of}")
        for of in set(self.defined.standings.values()):
            for standing in BEST_FIRST:
                yield (pl.col(of) == self.literal(standing)).sum().alias(f"{standing} {of}")

    def column(self, definition: Definition) -> pl.Expr:
        meaning = definition.meaning
        if isinstance(meaning, Recorded):
            found = pl.col(meaning.fact)
        elif isinstance(meaning, Choice):
            found = self.choice(meaning, definition.kind)
        else:
            found = self.truth(meaning)
        return found.alias(definition.name)

    def choice(self, choice: Choice, kind: str) -> pl.Expr:
        rest = pl.lit(None, self.types.get(kind, self.coded))
        for when, give in reversed(choice.lines):
            given = self.literal(give.value, kind) if isinstance(give, Given) else pl.col(give.name)
            rest = given if when == Said(True) else pl.when(self.truth(when)).then(given).otherwise(rest)
        return rest

    def literal(self, value: Value | None, kind: str = "code") -> pl.Expr:
        return pl.lit(value, self.types.get(kind, self.coded))

    def truth(self, truth: Truth) -> pl.Expr:
        if isinstance(truth, Said):
            return pl.lit(truth.truth, pl.Boolean)
        if isinstance(truth, Is):
            part = self.truth(truth.part)
            return part.fill_null(False) if truth.truth else ~part.fill_null(True)
        if isinstance(truth, Differ):
            return pl.col(truth.name) != pl.col(truth.other)
        if isinstance(truth, Negated):
            return ~self.truth(truth.part)
        if isinstance(truth, Every | Some):
            return reduce(and_ if isinstance(truth, Every) else or_, map(self.truth, truth.parts))
        return self.atom(truth)

    def atom(self, atom: Atom) -> pl.Expr:
        column = pl.col(atom.fact)
        if isinstance(atom, IsUnknown):
            return column.is_null()
        if isinstance(atom, Compare):
            compare: Any = OPERATORS[atom.operator]
            return compare(column, self.compared(atom.value))  # type: ignore[no-any-return]
        if isinstance(atom, OneOf):
            return reduce(or_, [column == self.compared(value) for value in atom.values])
        return column.is_between(atom.low, atom.high) if isinstance(atom, Between) else column

    def compared(self, value: Value) -> pl.Expr:
        return self.literal(value) if isinstance(value, str) else pl.lit(value)
