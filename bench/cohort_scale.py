"""The kernel at size: two processes over one mapped file, memory as the rows grow, time as the rules grow.

In: a synthetic table. Out: seconds, megabytes, microseconds. `python -m bench.cohort_scale PARQUET PATIENTS` streams
so many patients, from the file read again and again, and prints the most memory that took.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
from msgspec.structs import replace
from pyarrow import parquet

from her2guide.cohort.kernel import judge
from her2guide.cohort.planes import Rows
from her2guide.cohort.rows_in import columns_of
from her2guide.cohort.synth import CHUNK
from her2guide.library.library import EditionInForce
from her2guide.library.read import read_library

from .cohort_counts import Counts, counted, kernel_counts, total
from .cohort_table import Table

MILLION = 1_000_000
PROCESSES = 2


class Pair(NamedTuple):
    """Seconds of two processes: on the clock, from their start with the library, and of the busier one's processor."""

    answers: float
    whole: float
    processor: float


@cache
def current() -> EditionInForce:
    """The current edition, once a process."""
    return read_library().edition("current")


def prepare(place: str, ready: Barrier) -> None:
    """Load the library, make the plan with one batch, and wait for the others."""
    counted(current(), mapped(place).get_batch(0))
    ready.wait()


def share(place: str, first: int) -> tuple[Counts, float]:
    """The counts of every second batch, and the processor time that they took."""
    file, start = mapped(place), time.process_time()
    batches = (file.get_batch(index) for index in range(first, file.num_record_batches, PROCESSES))
    return kernel_counts(current(), batches), time.process_time() - start


def mapped(place: str) -> pa.ipc.RecordBatchFileReader:
    return pa.ipc.open_file(pa.memory_map(place))


def two_processes(table: Table) -> Pair:
    """Two processes, each with every second batch. Raises `ValueError` if they do not count what one process does."""
    context, place = get_context("spawn"), str(table.arrow)
    ready = context.Barrier(PROCESSES + 1, timeout=300)  # a process that fails does not leave the others waiting
    began = time.perf_counter()
    with ProcessPoolExecutor(PROCESSES, context, prepare, (place, ready)) as pool:
        shares = [pool.submit(share, place, first) for first in range(PROCESSES)]
        ready.wait()
        started = time.perf_counter()
        parts = [part.result() for part in shares]
        done = time.perf_counter()
    counts, processor = zip(*parts, strict=True)
    if total(counts) != kernel_counts(table.edition, table.batches()):
        raise ValueError("two processes count otherwise than one")
    return Pair(done - started, done - began, max(processor))


def memory_of(table: Table, patients: int) -> float:
    """The most memory of a process that streams so many patients, in megabytes."""
    line = [sys.executable, "-m", "bench.cohort_scale", str(table.parquet), str(patients)]
    return float(subprocess.run(line, check=True, stdout=subprocess.PIPE, text=True).stdout)


def stream(place: Path, patients: int, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """So many patients of a Parquet file, batch by batch; from its beginning again when it ends."""
    left = patients
    while left > 0:
        for batch in parquet.ParquetFile(place).iter_batches(CHUNK, columns=columns, use_threads=False):
            yield batch.slice(0, min(left, batch.num_rows))
            left -= batch.num_rows
            if left <= 0:
                return


def most_memory() -> float:
    """Megabytes. Not `ru_maxrss`: Linux hands that of the parent on to the child."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def growth(table: Table, rounds: int) -> dict[int, float]:
    """How many recommendations -> microseconds a patient, with every fourth, every second and all of them."""
    cut = [replace(table.edition, recommendations=table.edition.recommendations[::step]) for step in (4, 2, 1)]
    batch = table.batches()[0]
    columns, rows = columns_of(batch, table.edition.library.facts), Rows(batch.num_rows)
    found: dict[int, float] = {}
    for _ in range(max(3, rounds)):
        for edition in cut:
            start = time.process_time()
            judge(edition, columns, rows)
            took = (time.process_time() - start) / rows.count * 1e6
            number = len(edition.recommendations)
            found[number] = min(took, found.get(number, took))
    return found


class Sizes(NamedTuple):
    """`memory`: patients -> megabytes; `growth`: recommendations -> microseconds a patient."""

    patients: int
    pair: Pair
    memory: Mapping[int, float]
    growth: Mapping[int, float]


def sizes_of(table: Table, rounds: int) -> Sizes:
    """A hundred million patients are streamed only where the table is a large one: it takes minutes."""
    streamed = (MILLION, 10 * MILLION, 100 * MILLION)[: 3 if table.rows > MILLION else 2]
    memory = {patients: memory_of(table, patients) for patients in streamed}
    return Sizes(table.rows, two_processes(table), memory, growth(table, rounds))


def main() -> None:
    place, patients = Path(sys.argv[1]), int(sys.argv[2])
    kernel_counts(current(), stream(place, patients))
    sys.stdout.write(f"{most_memory()}\n")


if __name__ == "__main__":
    main()
