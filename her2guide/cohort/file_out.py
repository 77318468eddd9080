"""Arrow record batches -> the bytes of a file, piece by piece, so that no file has to fit the memory.

In: batches of one schema. Out: Parquet, Arrow IPC or CSV. The same batches give the same bytes. It does not know what
the columns mean, nor where the bytes go.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, parquet

FORMULA = r"^([=+\-@\t\r])"
FORMS = {".parquet": "parquet", ".arrow": "arrow", ".csv": "csv"}


class Pieces(io.RawIOBase):
    """A file that is taken away in pieces while it is written: writers of files become iterators of bytes."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.total = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.parts.append(bytes(data))
        self.total += len(data)
        return len(data)

    def tell(self) -> int:
        return self.total

    def taken(self) -> bytes:
        whole, self.parts = b"".join(self.parts), []
        return whole


def file_bytes(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, form: str, *, packed: bool = False
) -> Iterator[bytes]:
    """A file in one of `FORMS`, piece by piece: Parquet (zstd), Arrow IPC (not compressed, to be mapped), or CSV.

    `packed`: to be read whole: Arrow IPC is compressed, Parquet has no statistics to search by, which cost half its
    time where there are many columns.
    """
    options = pa.ipc.IpcWriteOptions(compression="zstd" if packed else None, use_threads=False)
    pieces = Pieces()
    makers = {
        "parquet": lambda sink: parquet.ParquetWriter(sink, schema, compression="zstd", write_statistics=not packed),
        "arrow": lambda sink: pa.ipc.new_file(sink, schema, options=options),
        "csv": lambda sink: csv.CSVWriter(sink, schema),
    }
    with makers[form](pieces) as writer:
        for batch in batches:
            writer.write_batch(harmless(batch) if form == "csv" else batch)
            yield pieces.taken()
    yield pieces.taken()


def harmless(batch: pa.RecordBatch) -> pa.RecordBatch:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV injection)."""
    for place, field in enumerate(batch.schema):
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            safe = pc.replace_substring_regex(batch.column(place), FORMULA, r"'\1")
            batch = batch.set_column(place, field, safe)
    return batch
