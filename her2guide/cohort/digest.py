"""Answers -> a digest of their rows that is the same in whatever order, and in however many parts, the rows come.

In: batches of answers. Out: a digest that adds up over batches: the sum of the SHA-256 of every row. A row is the names
of the columns, the texts of the columns that are no answers, and a byte for each answer.
It does not know who answered, nor where the answers are kept.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
from msgspec import Struct
from numpy.typing import NDArray
from pyarrow import dataset

from .answers import GROUPS, OUTCOMES
from .planes import Plane, Rows
from .rows_in import plane_of, validity, values_in

AT_ONCE = 20_000  # rows; a power of two would make the turned columns collide in the cache of the processor
LANES = 4  # words of 64 bits of a SHA-256


class RowsDigest(Struct, frozen=True):
    """`lanes`: sums of the four words of each row's SHA-256, modulo 2^64."""

    rows: int = 0
    lanes: tuple[int, ...] = (0,) * LANES

    def __add__(self, other: RowsDigest) -> RowsDigest:
        lanes = (np.array(self.lanes, np.uint64) + np.array(other.lanes, np.uint64)).tolist()
        return RowsDigest(self.rows + other.rows, tuple(lanes))

    def __str__(self) -> str:
        return "".join(f"{lane:016x}" for lane in self.lanes)


def rows_digest(batch: pa.RecordBatch) -> RowsDigest:
    """The digest of the rows of a batch; coded answers as codes or as text."""
    total = RowsDigest()
    for start in range(0, batch.num_rows, AT_ONCE):
        total += few_rows_digest(batch.slice(start, AT_ONCE))
    return total


def stored_digest(place: Path, schema: pa.Schema) -> RowsDigest:
    """The digest of the answers in a folder of Parquet or Arrow parts, or in one such file."""
    form = "arrow" if place.suffix == ".arrow" or any(place.glob("*.arrow")) else "parquet"
    total = RowsDigest()
    for batch in dataset.dataset(place, format=form).to_batches():
        total += rows_digest(batch.cast(schema))
    return total


def few_rows_digest(batch: pa.RecordBatch) -> RowsDigest:
    rows, answers, texts = Rows(batch.num_rows), [], []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if name.partition(".")[0] in GROUPS:
            answers.append(bytes_of(column, rows))
        else:
            texts.append(column.cast(pa.string()).to_pylist())
    codes = np.ascontiguousarray(np.array(answers, np.uint8).reshape(len(answers), batch.num_rows).T)
    head = hashlib.sha256(msgspec.json.encode(batch.schema.names))
    hashes = bytearray()
    for text, code in zip(zip(*texts, strict=True), codes, strict=True):
        hashed = head.copy()
        hashed.update(msgspec.json.encode(text))
        hashed.update(code)
        hashes += hashed.digest()
    lanes = np.frombuffer(hashes, "<u8").reshape(-1, LANES).sum(axis=0, dtype=np.uint64)
    return RowsDigest(batch.num_rows, tuple(lanes.tolist()))


def bytes_of(answer: pa.Array, rows: Rows) -> NDArray[np.uint8]:
    """A byte for each row: 1 for false, 2 for true, or 1 and the place in `OUTCOMES`; 0 is unknown."""
    if pa.types.is_boolean(answer.type):
        said = bits(plane_of(answer.buffers()[1], answer.offset, rows), rows) + np.uint8(1)
    else:
        said = places_of(answer if pa.types.is_dictionary(answer.type) else answer.dictionary_encode())
    return said * bits(validity(answer, rows), rows) if answer.null_count else said


def bits(plane: Plane, rows: Rows) -> NDArray[np.uint8]:
    return np.unpackbits(plane.view(np.uint8), count=rows.count, bitorder="little")


def places_of(coded: pa.DictionaryArray) -> NDArray[np.uint8]:
    """Where a row is null there may be anything."""
    table = bytes(1 + OUTCOMES.index(value) for value in coded.dictionary.to_pylist()).ljust(256)
    indices = values_in(coded.indices, coded.type.index_type).astype(np.uint8)
    return np.frombuffer(indices.tobytes().translate(table), np.uint8)
