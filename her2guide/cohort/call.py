"""Tables in memory -> answers in memory, or files -> files: the two ways to ask a whole cohort.

In: a file, or anything that hands out Arrow streams (pandas, Polars, DuckDB, pyarrow), and a question. Out: a pyarrow
table, which all of them take; or a folder of parts or one file, with the counts. It does not know the command line.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from msgspec import Struct

from ..errors import Problem, RequestError
from ..whole_files import write_whole
from .answers import Counts
from .cases_in import CaseLines, holds_cases
from .file_out import FORMS, file_bytes
from .parts import Job, Part, run_parts
from .run import Answering, asking
from .sources import CHUNK, Cases, chunked, source_at, stamp_of


class Written(Struct, frozen=True):
    """What came of a run: the counts of all parts, how many there are, and a digest of their digests in order.

    `rows_digest`: of the answers in any order and any parts, where it was asked for.
    """

    counts: Counts
    parts: int
    digest: str
    rows_digest: str = ""


def cohort(
    cases: Any,
    *,
    edition: str = "current",
    region: str = "us",
    as_of: str | None = None,
    show: Iterable[str] = (),
    decisions: Iterable[str] = (),
    keep: Iterable[str] = (),
    table: str | None = None,
    even_if_expired: bool = False,
) -> pa.Table:
    """The answers for a table of cases, one row a patient, as a pyarrow table.

    `cases`: a path, or a table of pandas, Polars, DuckDB or pyarrow. Its columns are named after facts, `patient` is
    the id; an empty cell is unknown. `as_of`: a date, `diagnosis_date` or `recorded_on`; today if not given. `show`:
    any of decision, standing, missing, applies; the first three if empty. Raises `RequestError` with all problems.
    """
    answering = asking(edition, region, as_of, show, decisions, keep, even_if_expired=even_if_expired)
    if isinstance(cases, str | Path):
        source = cases_at(Path(cases), table)
        schema, pieces = source.schema(), source.pieces(CHUNK)
        found = chunked((batch for piece in pieces for batch in source.batches(piece)), CHUNK)
    else:
        reader = arrow_stream(cases)
        schema, found = reader.schema, chunked(reader, CHUNK)
    return pa.Table.from_batches(answered(found, answering), answering.schema(schema))


def answered(batches: Iterable[pa.RecordBatch], answering: Answering) -> Iterator[pa.RecordBatch]:
    first = 0
    for batch in batches:
        yield answering(batch, first)
        first += batch.num_rows


def arrow_stream(table: Any) -> pa.RecordBatchReader:
    """A reader of anything that hands out Arrow data (the Arrow PyCapsule interface). Raises `RequestError`."""
    what = f"a {type(table).__name__} hands out no Arrow table."
    try:
        if hasattr(table, "__arrow_c_stream__"):
            return pa.RecordBatchReader.from_stream(table)
        if hasattr(table, "__arrow_c_array__"):
            batch = pa.record_batch(table)
            return pa.RecordBatchReader.from_batches(batch.schema, [batch])
    except (pa.ArrowException, TypeError, ValueError) as fault:
        what = f"cannot be read as Arrow: {str(fault).splitlines()[0][:200]}."
    raise RequestError([Problem("cases", what, "Give a path, or a table of pandas, Polars, DuckDB or pyarrow.")])


def cases_at(path: Path, table: str | None = None) -> Cases:
    """The cases of a file: a table of them, or lines of finished cases. Raises `RequestError`."""
    if path.suffix.lower() == ".ndjson" or path.is_dir():
        if not holds_cases(path):
            raise RequestError([Problem(str(path), "holds no cases.", "Write them with `her2guide abstract`.")])
        return CaseLines(path, stamp_of(path))
    return source_at(path, table)


def write_answers(
    source: Cases,
    answering: Answering,
    out: Path | None,
    *,
    form: str = "parquet",
    size: int = CHUNK,
    processes: int = 1,
    told: Callable[[Part], None] = lambda part: None,
) -> Written:
    """The answers as parts in a folder, or, where the ending of `out` names a form, in one file; None: only counts.

    Parts of one file stand beside it until it is whole, so that such a run is taken up as well. Raises `RequestError`.
    """
    single = FORMS.get(out.suffix.lower()) if out is not None else None
    folder = out.with_name(f".{out.name}.parts") if out is not None and single else out
    job = Job(source, answering, answering.schema(source.schema()), folder, "arrow" if single else form)
    counts, digests = Counts(), []
    for part in run_parts(job, size, processes, told):
        counts.add(part.counts)
        digests.append(part.sha256)
    if out is not None and folder is not None and single:
        write_whole(out, file_bytes(read_parts(folder, len(digests)), job.schema, single, packed=True))
        with contextlib.suppress(OSError):
            shutil.rmtree(folder)
    return Written(counts, len(digests), hashlib.sha256("".join(digests).encode()).hexdigest())


def read_parts(folder: Path, parts: int) -> Iterator[pa.RecordBatch]:
    for number in range(parts):
        with pa.ipc.open_file(pa.memory_map(str(folder / f"part-{number:05d}.arrow"))) as reader:
            for index in range(reader.num_record_batches):
                yield reader.get_batch(index)
