"""FHIR Bulk Data: NDJSON files of many patients -> one `Chart` after another.

In: a file or a folder of NDJSON, also gzipped, whatever the files are called. Out: the charts in the order of the
patients' ids, and a list of what was passed over and belongs to no chart: broken lines, kinds that are not used.
A first pass sorts the lines by patient in a temporary database on disk, so that memory holds one patient at a time.
"""

from __future__ import annotations

import contextlib
import gzip
import sqlite3
import tempfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import IO

import msgspec

from ..errors import ChartError, Problem
from ..library.library import Library
from ..model.chart import Chart, Unread
from . import fhir_structs as fhir
from .fhir import NOT_ASKED, chart_of, is_unasked
from .fhir_codes import FhirCodes, codes_of
from .fhir_decode import Record, record_of
from .fhir_places import tail

ENDINGS = (".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.gz")
LONGEST_LINE = 32 * 1024 * 1024
BATCH = 4 * 1024 * 1024  # characters that wait to be written
OWNERS = 5_000
Row = tuple[str, str, bytes | None]  # place, and what was passed over, or else the line
ROWS = msgspec.msgpack.Decoder(list[Row])


def bulk_files(path: Path) -> list[Path]:
    """The NDJSON files of a folder, or the one file; empty where there is none."""
    found = sorted(path.rglob("*")) if path.is_dir() else [path]
    return [file for file in found if file.name.lower().endswith(ENDINGS) and file.is_file()]


def read_bulk(path: Path, library: Library, unread: list[Unread]) -> Iterator[Chart]:
    """The charts of every patient. What belongs to no chart is added to `unread`; a patient in error is listed there.

    Raises `ChartError` where there is nothing to read.
    """
    files = bulk_files(path)
    if not files:
        do = f"Give a file or a folder of files ending in {', '.join(ENDINGS)}."
        raise ChartError([Problem(str(path), "holds no NDJSON.", do)])
    with tempfile.TemporaryDirectory() as folder:
        sorter = Sorter(Path(folder) / "lines.db", codes_of(library), unread)
        with contextlib.closing(sorter.lines):
            for file in files:
                sorter.add(file, file.name if file == path else str(file.relative_to(path)))
            for patient, records, passed in sorter.patients():
                try:
                    chart = chart_of(records, str(path), library, sorter.medications)
                except ChartError as fault:
                    unread += [Unread(p.where, f"patient {patient}", f"{p.what} {p.do}") for p in fault.problems]
                else:
                    yield msgspec.structs.replace(chart, unread=(*passed, *chart.unread))


class Sorter:
    """Lines on disk by patient. Medications that several patients refer to stay in memory, if an agent is named so."""

    def __init__(self, place: Path, codes: FhirCodes, unread: list[Unread]) -> None:
        self.codes = codes
        self.unread = unread
        self.medications: dict[str, fhir.Medication] = {}
        self.waiting: defaultdict[str, list[Row]] = defaultdict(list)
        self.size = 0
        self.lines = sqlite3.connect(place, isolation_level=None)
        self.lines.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE;")
        self.lines.execute("CREATE TABLE part (patient TEXT, rows BLOB)")
        self.owners: dict[str, str] = {}

    def add(self, file: Path, name: str) -> None:
        """Every line of a file that a chart can be made of."""
        unused: Counter[str] = Counter()
        number = 0
        try:
            with gzip.open(file) if file.suffix.lower() == ".gz" else file.open("rb") as lines:
                for number, line in numbered(lines):
                    self.sort(line, f"{name}:{number}", unused)
        except (OSError, EOFError, zlib.error) as fault:
            self.unread.append(Unread(f"{name}:{number + 1}", "the rest of the file", f"it cannot be read: {fault}"))
        for kind, count in unused.items():
            self.unread.append(Unread(name, f"{count} {kind}", "this kind of resource is not used"))
        self.flush()

    def sort(self, line: bytes, place: str, unused: Counter[str]) -> None:
        long = len(line) > LONGEST_LINE
        record = Record(place, "", msgspec.Raw(), None) if long else record_of(line, place, named=False)
        item = record.item
        if isinstance(item, fhir.Medication):
            if item.id and self.codes.drugs_named(item.code)[0]:
                self.medications[item.id] = item
        elif item is not None:
            self.keep(item, place, line)
        elif record.kind and not record.fault:
            unused[record.kind] += 1
        else:
            why = record.fault or "it is not a FHIR resource, or longer than any"
            self.unread.append(Unread(place, record.kind or "a line", why))

    def keep(self, item: fhir.Resource, place: str, line: bytes) -> None:
        """A line of a patient; of what no fact asks for, only its name."""
        patient = self.owner(item)
        if not patient:
            why = "it does not say whose it is, or is not a person's"
            self.unread.append(Unread(place, type(item).__name__, why))
        elif type(item) is fhir.Observation and is_unasked(item, self.codes):
            self.waiting[patient].append((place, item.code.label(), None))
        else:
            self.waiting[patient].append((place, "", line))
        self.size += len(line)
        if self.size > BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what waits, the rows of a patient as one."""
        parts = ((patient, msgspec.msgpack.encode(rows)) for patient, rows in self.waiting.items())
        self.lines.execute("BEGIN")
        self.lines.executemany("INSERT INTO part VALUES (?, ?)", parts)
        self.lines.execute("COMMIT")
        self.waiting.clear()
        self.size = 0

    def owner(self, item: fhir.Resource) -> str:
        """The id of the patient whose record it is; empty where it does not say."""
        if isinstance(item, fhir.Patient):
            return item.id or ""
        subject = getattr(item, "subject", None) or getattr(item, "patient", None)
        reference = (subject and subject.reference) or ""
        if reference not in self.owners:
            if len(self.owners) > OWNERS:
                self.owners.clear()
            self.owners[reference] = patient_of(reference)
        return self.owners[reference]

    def patients(self) -> Iterator[tuple[str, list[Record], list[Unread]]]:
        """The records of one patient after another, in the order of the files, and what was passed over of each."""
        parts = self.lines.execute("SELECT patient, rows FROM part ORDER BY patient, rowid")
        for patient, group in groupby(parts, key=itemgetter(0)):
            records: list[Record] = []
            passed: list[Unread] = []
            for place, what, line in chain.from_iterable(ROWS.decode(rows) for _, rows in group):
                if line is None:
                    passed.append(Unread(place, what, NOT_ASKED))
                else:
                    records.append(record_of(line, place, named=False))
            yield str(patient), records, passed


def numbered(lines: IO[bytes] | gzip.GzipFile) -> Iterator[tuple[int, bytes]]:
    """Each line that is not empty, with its number; of one that is too long only the beginning, still too long."""
    number = 0
    while line := lines.readline(LONGEST_LINE + 1):
        number += 1
        rest = line
        while len(rest) > LONGEST_LINE and not rest.endswith(b"\n"):
            rest = lines.readline(LONGEST_LINE + 1)
        if not line.isspace():
            yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line


def patient_of(reference: str) -> str:
    """The id in a reference to a patient; empty where it is to something else."""
    plain = reference.partition("/_history/")[0]
    kind = plain.rsplit("/", 2)[-2] if "/" in plain else "Patient"
    return tail(plain) if kind == "Patient" else ""
