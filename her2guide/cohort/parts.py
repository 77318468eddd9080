"""A run over a cohort that loses nothing: parts written whole, each noted with its digest, taken up where it ended.

In: a source, a question, a folder, how many processes. Out: the parts, a manifest beside them and the counts of all. A
part is the same to the byte however many processes there are and however often the run was ended: what is noted and
still has its digest is not done again. It does not know what is asked.
"""

from __future__ import annotations

import fcntl
import hashlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec
import pyarrow as pa
from msgspec import Struct

from .. import VERSION
from ..errors import Her2guideError, Problem, RequestError
from ..whole_files import write_whole
from .answers import Counts
from .file_out import file_bytes
from .run import Answering
from .sources import Cases, Piece

MANIFEST = "_manifest.ndjson"  # a name with which readers of folders pass a file over
MOST_PROBLEMS = 20
WAITING = 2  # pieces for each process: one is done, one is ready


class Run(Struct, frozen=True):
    """What the parts of a folder are of: its first line. Parts of another run are never mixed with them."""

    input: str
    stamp: tuple[int, int]
    answering: Answering
    form: str
    rows_a_part: int
    made_by: str


class Part(Struct, frozen=True):
    """A finished part: a line of the manifest. Rows are counted from 0; `sha256` is of the file."""

    part: int
    file: str
    first: int
    rows: int
    sha256: str
    counts: Counts


class Job(Struct, frozen=True):
    """What every process knows. Without a folder nothing is written, only counted."""

    source: Cases
    answering: Answering
    schema: pa.Schema
    folder: Path | None
    form: str


def run_parts(
    job: Job, size: int, processes: int = 1, told: Callable[[Part], None] = lambda part: None
) -> Iterator[Part]:
    """Every part in order, noted as soon as it is there. Raises `RequestError` with what cannot be read or written.

    `size`: about how many rows a part has. `told` hears of each part at once.
    """
    with noting(job, size) as (finished, note):
        pieces = enumerate(job.source.pieces(size))
        problems: list[Problem] = []
        for found in in_order(job, pieces, finished, processes):
            if isinstance(found, Part):
                if found.part not in finished:
                    note(found)
                told(found)
                yield found
            else:
                problems += found
                if len(problems) >= MOST_PROBLEMS:
                    break
        if problems:
            raise RequestError(problems[:MOST_PROBLEMS])


def in_order(
    job: Job, pieces: Iterator[tuple[int, Piece]], finished: dict[int, Part], processes: int
) -> Iterator[Part | list[Problem]]:
    if processes == 1:
        for number, piece in pieces:
            yield finished.get(number) or make_part(job, number, piece)
        return
    waiting: deque[Future[Part | list[Problem]] | Part] = deque()
    spawn = multiprocessing.get_context("spawn")  # a fork would inherit locks of threads that it does not have
    with ProcessPoolExecutor(processes, spawn, end_with_parent) as pool:
        try:
            for number, piece in pieces:
                waiting.append(finished.get(number) or pool.submit(make_part, job, number, piece.sent()))
                if len(waiting) > processes * WAITING:
                    yield result_of(waiting.popleft())
            while waiting:
                yield result_of(waiting.popleft())
        except BrokenProcessPool:
            do = "Use fewer --processes, and check that the file does not change."
            raise RequestError([Problem("--processes", "a process ended at once, as without memory.", do)]) from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def result_of(waiting: Future[Part | list[Problem]] | Part) -> Part | list[Problem]:
    return waiting if isinstance(waiting, Part) else waiting.result()


def end_with_parent() -> None:
    """A process whose parent is gone would wait for work for ever; an interrupt is the parent's to tell."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def make_part(job: Job, number: int, piece: Piece) -> Part | list[Problem]:
    """Judge the rows of a piece and write the answers; or every problem, which has to cross to another process."""
    name, seen, total = f"part-{number:05d}.{job.form}", hashlib.sha256(), Counts()

    def answers() -> Iterator[pa.RecordBatch]:
        first = piece.first
        for batch in job.source.batches(piece):
            judged = job.answering.judged(batch, first)
            first += batch.num_rows
            total.add(judged.counts())
            if job.folder is not None:
                yield job.answering.told(judged)

    def digested(chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            seen.update(chunk)
            yield chunk

    try:
        if job.folder is None:
            for _ in answers():
                pass
            return Part(number, "", piece.first, piece.count, "", total)
        write_whole(job.folder / name, digested(file_bytes(answers(), job.schema, job.form, packed=True)))
    except Her2guideError as fault:
        return list(fault.problems)
    return Part(number, name, piece.first, piece.count, seen.hexdigest(), total)


@contextmanager
def noting(job: Job, size: int) -> Iterator[tuple[dict[int, Part], Callable[[Part], None]]]:
    """The parts that are finished, and a function that notes one more, so that it outlasts a power failure."""
    if job.folder is None:
        yield {}, lambda part: None
        return
    made_by = f"her2guide {VERSION}, pyarrow {pa.__version__}"
    run = Run(job.source.path.name, job.source.stamp, job.answering, job.form, size, made_by)
    with opened(job.folder) as file:
        finished = noted(file, run, job.folder)

        def note(part: Run | Part) -> None:
            file.write(msgspec.json.encode(part) + b"\n")
            file.flush()
            os.fsync(file.fileno())

        if file.tell() == 0:
            note(run)
        yield finished, note


@contextmanager
def opened(folder: Path) -> Iterator[IO[bytes]]:
    """The manifest of a folder, kept from other runs while this one lasts. Raises `RequestError`."""
    try:
        folder.mkdir(exist_ok=True)
        if not (folder / MANIFEST).exists() and any(folder.iterdir()):
            raise RequestError([Problem(str(folder), "is not empty, and not of a run.", "Choose another folder.")])
        with (folder / MANIFEST).open("a+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RequestError([Problem(str(folder), "another run is writing here.", "Wait for it.")]) from None
            yield file
    except OSError as fault:
        what = f"cannot be written: {fault.strerror or fault}."
        raise RequestError([Problem(str(folder), what, "Choose another place.")]) from None


def noted(file: IO[bytes], run: Run, folder: Path) -> dict[int, Part]:
    """The parts of the manifest whose files still have their digest. A line that was not finished is cut off."""
    file.seek(0)
    content = file.read()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        file.truncate(len(whole))
    for left in folder.glob(".part-*"):  # a part that was being written
        left.unlink(missing_ok=True)
    first, *lines = whole.splitlines() or [b""]
    if not first:
        return {}
    try:
        before = msgspec.json.decode(first, type=Run)
        parts = [msgspec.json.decode(line, type=Part) for line in lines]
    except msgspec.MsgspecError:
        what, do = "its manifest is damaged.", "Remove the folder, or choose another."
        raise RequestError([Problem(str(folder / MANIFEST), what, do)]) from None
    if before != run:
        differs = [name for name in run.__struct_fields__ if getattr(before, name) != getattr(run, name)]
        what = f"it holds parts of another run ({', '.join(differs)} differ)."
        raise RequestError([Problem(str(folder), what, "Remove the folder, or choose another.")])
    return {part.part: part for part in parts if digest_of(folder / part.file) == part.sha256}


def digest_of(path: Path) -> str:
    """The SHA-256 of a file; empty where there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
