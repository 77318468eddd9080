"""The table that kernel and rivals are compared on: synthetic patients, as Arrow to be mapped and as Parquet.

In: how many rows. Out: files in a folder that is deleted in the end, and what the edition asks of them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from her2guide.cohort.definitions import Defined, Recorded, define
from her2guide.cohort.recipe import read_recipe
from her2guide.cohort.synth import CHUNK, cohort_batches, schema_of
from her2guide.library.library import EditionInForce
from her2guide.library.read import read_library
from her2guide.model.guidance import BEST_FIRST


class Table(NamedTuple):
    """`rows` patients in two files; `texts`: every code that there is."""

    edition: EditionInForce
    rows: int
    arrow: Path
    parquet: Path
    schema: pa.Schema

    def batches(self) -> list[pa.RecordBatch]:
        """The Arrow file, mapped: nothing is read before it is used."""
        file = pa.ipc.open_file(pa.memory_map(str(self.arrow)))
        return [file.get_batch(index) for index in range(file.num_record_batches)]

    def facts(self) -> list[str]:
        return [name for name in self.schema.names if name in self.edition.library.facts]

    def defined(self) -> Defined:
        return define(self.edition, self.facts())

    def texts(self) -> list[str]:
        facts = self.edition.library.facts
        coded = [facts[name].values for name in self.edition.library.facts if facts[name].kind == "code"]
        return list(dict.fromkeys([*(text for values in coded for text in values), *BEST_FIRST]))


@contextmanager
def synthetic(rows: int) -> Iterator[Table]:
    """A table of the current edition in a folder of its own."""
    library = read_library()
    recipe = read_recipe(library)
    schema = schema_of(recipe, 0, library.digest)
    with tempfile.TemporaryDirectory() as folder:
        places = Path(folder) / "cohort.arrow", Path(folder) / "cohort.parquet"
        with (
            pa.ipc.new_file(str(places[0]), schema) as arrow,
            parquet.ParquetWriter(places[1], schema, compression="zstd") as columns,
        ):
            for batch in cohort_batches(recipe, rows, 0, schema):
                arrow.write_batch(batch)
                columns.write_batch(batch, row_group_size=CHUNK)
        yield Table(library.edition("current"), rows, *places, schema)


def asked(defined: Defined) -> list[str]:
    """The columns that the definitions ask for."""
    return [each.meaning.fact for each in defined.definitions if isinstance(each.meaning, Recorded)]


def read_once(batch: pa.RecordBatch, columns: Sequence[str]) -> int:
    """Every byte of these columns once, values and validity: what no engine can be faster than."""
    total = 0
    for name in columns:
        array = batch.column(name)
        parts = array.indices if isinstance(array, pa.DictionaryArray) else array
        for buffer in filter(None, parts.buffers()):
            words = np.frombuffer(buffer, np.uint8)
            total ^= int(np.bitwise_xor.reduce(words[: words.size // 8 * 8].view(np.uint64)))
    return total
