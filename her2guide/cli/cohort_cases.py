"""What `cohort` was pointed at -> its cases: a table of them, or records of many patients that are abstracted first.

In: a place, with the options of `abstract`. Out: cases that come by pieces. It does not know the question.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from ..cohort.call import cases_at
from ..cohort.cases_in import SIZE, Answer, CaseRow, case_pieces, case_schema, holds_cases
from ..cohort.rows_in import DAYS, PATIENT
from ..cohort.sources import TABLES, Cases, Piece, Source, database_tables, source_at, stamp_of, told
from ..errors import RequestError
from ..library.library import read_day
from ..library.read import read_library
from ..model.chart import Side, Unread
from .many import Place, charts_at
from .output import say

if TYPE_CHECKING:
    import pyarrow as pa

LONGEST_HEADER = 1 << 20  # characters


class ChartCases(Struct, frozen=True):
    """Charts of many patients, each abstracted as of a day."""

    place: Place
    day: date
    side: Side | None
    stamp: tuple[int, int]

    @property
    def path(self) -> Path:
        return self.place.path

    def schema(self) -> pa.Schema:
        return case_schema(read_library().facts)

    def rows(self) -> int | None:
        return None

    def pieces(self, size: int) -> Iterator[Piece]:
        unread: list[Unread] = []
        yield from case_pieces(self.cases(unread), min(size, SIZE))
        if unread:
            say(f"note: passed over {len(unread)} entries of no patient; `her2guide abstract` lists them")

    def cases(self, unread: list[Unread]) -> Iterator[CaseRow]:
        from ..chart.abstract import abstract

        library = read_library()
        for chart in charts_at(self.place, library, unread):
            case = abstract(chart, library.facts, self.day, library, side=self.side)
            yield CaseRow(case.patient, case.as_of, {name: Answer(known.value) for name, known in case.known.items()})

    def batches(self, piece: Piece) -> Iterator[pa.RecordBatch]:
        return piece.batches()


def cases_of(place: Place, table: str | None, side: Side | None, as_of: str) -> Cases:
    """The cases at a place. A table that has a column `patient` is one of cases, any other of records."""
    path = place.path
    stamp = stamp_of(path, *place.others, *([place.columns] if place.columns else []))
    if not place.columns and not place.others:
        if path.suffix.lower() == ".ndjson" or path.is_dir():
            if holds_cases(path):
                return cases_at(path)
        elif path.suffix.lower() in TABLES:
            source = source_at(path, table)
            if table or not is_of_records(source):
                return source
    return ChartCases(place, read_day(None if as_of in DAYS else as_of), side, stamp)


def is_of_records(source: Source) -> bool:
    """Whether a table is one of records, in a shape that a data model or a column map knows."""
    if source.path.suffix.lower() == ".duckdb":
        return "person" in database_tables(source)
    try:
        return PATIENT not in header_of(source)
    except RequestError:
        return True  # its reader tells what is wrong, or knows how to read it


def header_of(source: Source) -> list[str]:
    """The names of the columns, also where the rows of a text cannot be read: that is told of its rows."""
    if source.path.suffix.lower() != ".csv":
        return list(source.schema().names)
    with told(source.path), source.path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        return next(csv.reader([file.readline(LONGEST_HEADER)]), [])
