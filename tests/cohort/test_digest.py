"""The digest of rows: the same in any order and any parts, coded or as text; another as soon as anything differs."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from her2guide.cohort.answers import OUTCOMES
from her2guide.cohort.call import write_answers
from her2guide.cohort.digest import AT_ONCE, RowsDigest, rows_digest, stored_digest
from her2guide.cohort.recipe import read_recipe
from her2guide.cohort.run import asking
from her2guide.cohort.sources import source_at
from her2guide.cohort.synth import cohort_batches, schema_of
from her2guide.library.library import Library

COUNT = AT_ONCE + 77
CODED = pa.dictionary(pa.int8(), pa.string())


@pytest.fixture(scope="module")
def answers() -> pa.RecordBatch:
    """Rows with all that answers can hold, null and not."""
    draw = np.random.default_rng(4)
    gaps = [draw.random(COUNT) < share for share in (0.3, 0.5, 0.9)]
    return pa.record_batch({
        "patient": pa.array([f"p{row}" for row in range(COUNT)]),
        "diagnosed": pa.array([date(2020, 1, 1 + row % 28) for row in range(COUNT)]),
        "decision.one": pa.array(draw.choice(OUTCOMES, COUNT)).cast(CODED),
        "standing.two": pa.array(draw.choice(OUTCOMES[:3], COUNT), mask=gaps[2]).cast(CODED),
        "missing.three": pa.array(draw.random(COUNT) < 0.5),
        "applies.four": pa.array(draw.random(COUNT) < 0.5, mask=gaps[0]),
        "note": pa.array(["a", ""] * (COUNT // 2) + ["b"] * (COUNT % 2), mask=gaps[1]),
    })  # fmt: skip


def in_parts(batch: pa.RecordBatch, *cuts: int) -> RowsDigest:
    total = RowsDigest()
    for start, end in zip((0, *cuts), (*cuts, batch.num_rows), strict=True):
        total += rows_digest(batch.slice(start, end - start))
    return total


def changed(batch: pa.RecordBatch, name: str, row: int, value: object) -> pa.RecordBatch:
    """The batch with another value in one cell."""
    column = batch.column(name)
    values = [*column.to_pylist()]
    assert values[row] != value
    values[row] = value
    return batch.set_column(batch.schema.names.index(name), name, pa.array(values, column.type))


def test_parts_and_order_do_not_count(answers: pa.RecordBatch) -> None:
    whole = rows_digest(answers)
    assert whole.rows == COUNT
    assert in_parts(answers, 1, 64, 1003, 20_003) == whole
    shuffled = answers.take(pa.array(np.random.default_rng(1).permutation(COUNT)))
    assert rows_digest(shuffled) == whole


def test_text_is_as_good_as_codes(answers: pa.RecordBatch) -> None:
    plain = [column.cast(pa.string()) if column.type == CODED else column for column in answers.columns]
    assert rows_digest(pa.record_batch(plain, answers.schema.names)) == rows_digest(answers)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("patient", ["other"]),
        ("diagnosed", [date(2019, 1, 1), None]),
        ("decision.one", [*OUTCOMES, None]),
        ("standing.two", [*OUTCOMES[:3], None]),
        ("missing.three", [True, False, None]),
        ("applies.four", [True, False, None]),
        ("note", ["a", "", "null", None]),
    ],
)
def test_every_cell_counts(answers: pa.RecordBatch, name: str, values: list[object]) -> None:
    few = answers.slice(5, 70)
    row = 66
    others = [changed(few, name, row, value) for value in values if value != few.column(name)[row].as_py()]
    digests = {str(rows_digest(batch)) for batch in (few, *others)}
    assert len(digests) == len(others) + 1 > 1


def test_names_and_who_has_which_answer_count(answers: pa.RecordBatch) -> None:
    few = answers.slice(0, 2)
    renamed = few.rename_columns([*few.schema.names[:-1], "other"])
    swapped = few.set_column(0, "patient", few.column("patient").take(pa.array([1, 0])))
    assert len({str(rows_digest(batch)) for batch in (few, renamed, swapped)}) == 3


def test_no_rows() -> None:
    nobody = rows_digest(pa.record_batch({"patient": pa.array([], pa.string())}))
    assert nobody == RowsDigest()
    assert str(nobody) == "0" * 64


@pytest.mark.parametrize("name", ["answers", "answers.arrow", "answers.parquet"])
def test_the_digest_of_what_was_stored(name: str, library: Library, tmp_path: Path) -> None:
    recipe = read_recipe(library)
    schema = schema_of(recipe, 2, "k")
    batch = next(cohort_batches(recipe, 300, 2, schema))
    parquet.write_table(pa.table(batch), tmp_path / "cases.parquet")
    answering = asking(as_of="2026-11-23")
    write_answers(source_at(tmp_path / "cases.parquet"), answering, tmp_path / name, size=128)
    expected = rows_digest(answering(batch))
    assert stored_digest(tmp_path / name, answering.schema(schema)) == expected
