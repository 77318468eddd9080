"""A recipe and a seed -> a synthetic cohort, one row a patient, marked synthetic in every row.

In: the recipe (which columns, which shares), how many rows, a seed. Out: Arrow record batches, and the bytes of a
Parquet, Arrow IPC or CSV file. The same seed gives the same bytes; memory does not grow with the number of rows.
It knows no fact: which column depends on which stands in knowledge/synth/.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import Problem, RequestError
from ..language.evaluate import OPERATORS
from ..model.condition import All, Between, Compare, Condition, Expression, Not, OneOf, Yes
from ..model.condition import Any as AnyOf
from ..model.fact import Fact
from .recipe import Line, Recipe, point_of

CHUNK = 1 << 17  # rows drawn at a time: part of the meaning of a seed
LARGEST_SEED = 1 << 63
CODED = pa.dictionary(pa.int8(), pa.string())
TYPES = {"yes_no": pa.bool_(), "integer": pa.int32(), "decimal": pa.float64(), "code": CODED}
HEADS = {"patient": pa.string(), "diagnosis_date": pa.date32(), "recorded_on": pa.date32(), "site": CODED}

Numbers = npt.NDArray[Any]
Drawn = dict[str, Numbers]


def schema_of(recipe: Recipe, seed: int, knowledge: str) -> pa.Schema:
    """The columns of a cohort: patient, days, site, mark, then the facts; `knowledge` is the digest of the library."""
    facts = {name: TYPES[fact.kind] for name, fact in recipe.facts().items()}
    told = {"synthetic": "true", "seed": str(seed), "knowledge": knowledge}
    return pa.schema(list({**HEADS, "synthetic": pa.bool_(), **facts}.items()), metadata=told)


def cohort_batches(recipe: Recipe, rows: int, seed: int, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The cohort, chunk by chunk; each chunk has its own stream of random numbers. Raises `RequestError`."""
    if not (0 <= seed < LARGEST_SEED):
        raise RequestError([Problem("--seed", f"{seed} cannot be used.", f"Give 0 to {LARGEST_SEED - 1}.")])
    for number, first in enumerate(range(0, rows, CHUNK)):
        random = np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, number))))
        size = min(CHUNK, rows - first)
        drawn = drawn_columns(recipe, random, size)
        gone = missing_cells(recipe, drawn, random, size)
        facts = [arrow_array(fact, drawn[name], gone.get(name)) for name, fact in recipe.facts().items()]
        yield pa.record_batch([*head_arrays(recipe, drawn, first, size), *facts], schema=schema)


def drawn_columns(recipe: Recipe, random: np.random.Generator, size: int) -> Drawn:
    """Every column of a chunk: one uniform random number a cell, read off the first line that holds for its row."""
    drawn: Drawn = {}
    for name, column in recipe.columns.items():
        uniform, values, left = random.random(size), np.empty(size), np.ones(size, bool)
        for line in column.lines:
            met = left & holds(line.when, drawn, recipe)
            here = np.flatnonzero(met)
            values[here] = read_off(line, uniform[here], [drawn[part][here] for part in line.sum])
            left = left & ~met
        drawn[name] = values.round(column.digits) if column.fact.kind == "decimal" else np.rint(values).astype(np.int32)
    return drawn


def read_off(line: Line, uniform: Numbers, parts: list[Numbers]) -> Numbers:
    """The inverse of a cumulative distribution at uniform random numbers; or the sum of the parts."""
    if parts:
        return np.sum(parts, axis=0)  # type: ignore[no-any-return]
    if line.smooth:
        return np.interp(uniform, line.shares, line.points)
    return np.asarray(line.points)[np.searchsorted(line.shares[:-1], uniform, side="right")]


def missing_cells(recipe: Recipe, drawn: Drawn, random: np.random.Generator, size: int) -> Drawn:
    """Fact -> the rows in which it was not recorded. What is missing may depend on what would have been recorded."""
    gone: Drawn = {}
    for gap in recipe.missing:
        chance, left = np.zeros(size), np.ones(size, bool)
        for when, share in gap.lines:
            met = left & holds(when, drawn, recipe)
            chance[met] = share
            left &= ~met
        shared = random.random(size)
        for name in gap.facts:
            lost = (shared if gap.together else random.random(size)) < chance
            gone[name] = gone[name] | lost if name in gone else lost
    return gone


def holds(condition: Condition, drawn: Drawn, recipe: Recipe) -> Numbers:
    """The rows in which every criterion holds; all columns are known here, so there is no unknown."""
    parts = [truth(criterion.expression, drawn, recipe) for criterion in condition.criteria]
    return reduce(np.logical_and, parts, np.asarray(True))


def truth(expression: Expression, drawn: Drawn, recipe: Recipe) -> Numbers:
    if isinstance(expression, All | AnyOf):
        join = np.logical_and if isinstance(expression, All) else np.logical_or
        return reduce(join, [truth(part, drawn, recipe) for part in expression.parts])
    if isinstance(expression, Not):
        return np.logical_not(truth(expression.part, drawn, recipe))
    values, fact = drawn[expression.fact], recipe.columns[expression.fact].fact
    if isinstance(expression, Yes):
        return np.asarray(values == 1)
    if isinstance(expression, Between):
        return (values >= expression.low) & (values <= expression.high)
    if isinstance(expression, OneOf):
        return np.isin(values, [point_of(fact, value) for value in expression.values])
    assert isinstance(expression, Compare), "conditions of a recipe do not ask what is unknown"  # noqa: S101
    met: Numbers = np.asarray(OPERATORS[expression.operator](values, point_of(fact, expression.value)))
    return met


def head_arrays(recipe: Recipe, drawn: Drawn, first: int, size: int) -> list[pa.Array]:
    """Patient, day of diagnosis, day to which the facts refer, hospital, and the mark."""
    numbers = pc.cast(pa.array(np.arange(first + 1, first + size + 1)), pa.string())
    patients = pc.binary_join_element_wise("synthetic", pc.utf8_lpad(numbers, 9, "0"), "-")
    diagnosed = day_of(drawn["diagnosis_year"], drawn["diagnosis_day"])
    recorded = day_of(drawn["diagnosis_year"] + drawn["years_since"], drawn["diagnosis_day"]) + drawn["days_since"]
    days = [pa.array(day.astype("datetime64[D]"), pa.date32()) for day in (diagnosed, recorded)]
    site = arrow_array(recipe.columns["site"].fact, drawn["site"], None)
    return [patients, *days, site, pa.array(np.ones(size, bool))]


def day_of(years: Numbers, days: Numbers) -> Numbers:
    """The n-th day of a year."""
    starts = (years - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    return starts + (days - 1)  # type: ignore[no-any-return]


def arrow_array(fact: Fact, values: Numbers, gone: Numbers | None) -> pa.Array:
    """A drawn column as Arrow has it; what was not recorded is null."""
    if fact.kind == "code":
        codes = pa.array(values.astype(np.int8), mask=gone)
        return pa.DictionaryArray.from_arrays(codes, pa.array(list(fact.values), pa.string()))
    typed = values == 1 if fact.kind == "yes_no" else values
    return pa.array(typed, TYPES[fact.kind], mask=gone)
