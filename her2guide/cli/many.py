"""Records of many patients on the command line: one patient of them, or the cases of all.

In: a table, a folder, NDJSON or OMOP, with a column map and further tables where given.
Out: a chart; or a line for each patient and counts of what is known, what contradicts and what was passed over, with
the cases as NDJSON.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain, islice
from pathlib import Path

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from ..chart.abstract import abstract
from ..chart.fhir_bulk import bulk_files
from ..chart.omop_files import kind_of
from ..chart.read import is_table, read_chart, read_charts
from ..documents import printable
from ..errors import Problem, RequestError
from ..library.library import Library
from ..library.read import read_library
from ..model.case import Case
from ..model.chart import Chart, Side, Unread
from ..whole_files import write_whole
from .output import say
from .tables import case_text

WIDEST = 28


class Place(Struct, frozen=True):
    """Where charts stand: a file or folder; for a table its column map and the tables to join; one patient of many.

    `treatments_complete`: whoever asks says that every treatment given is recorded.
    """

    path: Path
    patient: str | None = None
    columns: Path | None = None
    others: tuple[Path, ...] = ()
    treatments_complete: bool = False

    def holds_many(self) -> bool:
        """Whether it is of a kind that can hold many patients: tables, OMOP, NDJSON, a folder."""
        said = self.columns or self.others or kind_of(self.path) or bulk_files(self.path)
        return bool(said) or is_table(self.path) or self.path.is_dir()

    def as_said(self, chart: Chart) -> Chart:
        return replace(chart, treatments_complete=True) if self.treatments_complete else chart


def charts_at(place: Place, library: Library, unread: list[Unread] | None = None) -> Iterator[Chart]:
    """Every chart there. What belongs to none of them is added to `unread`."""
    return map(place.as_said, charts_read(place, library, unread))


def charts_read(place: Place, library: Library, unread: list[Unread] | None) -> Iterator[Chart]:
    if not place.columns and not place.others:
        return read_charts(place.path, library, unread)
    from ..chart.table import read_table  # the database engine is not loaded for other records

    columns = None
    if place.columns:
        from ..library.build import read_column_map

        columns = read_column_map(place.columns, library)
    return read_table(place.path, library, columns, place.others)


def chart_at(place: Place, library: Library) -> Chart:
    """The chart of one patient. Raises `RequestError` where a table holds none or several to choose from."""
    if not place.holds_many():
        if place.patient is not None:
            what = "the record is not a table of patients."
            raise RequestError([Problem("--patient", what, "Leave it out.")])
        return place.as_said(read_chart(place.path, library))
    found = charts_at(place, library)
    wanted = (chart for chart in found if place.patient in (None, chart.patient))
    charts = list(islice(wanted, 2 if place.patient is None else 1))
    if len(charts) == 1:
        return charts[0]
    if charts:
        what = f"it holds several patients, {charts[0].patient} and {charts[1].patient} among them."
        raise RequestError([Problem(str(place.path), what, "Name one with --patient.")])
    whom = f"no patient `{place.patient}`" if place.patient else "no patient"
    raise RequestError([Problem(str(place.path), f"it holds {whom}.", "`her2guide abstract` lists them.")])


class Tally(Struct):
    """What was found in all patients together."""

    patients: int = 0
    known: Counter[str] = field(default_factory=Counter)
    conflicts: Counter[str] = field(default_factory=Counter)
    unread: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, case: Case) -> None:
        self.patients += 1
        self.known.update(list(case.known))
        self.conflicts.update(fact for conflict in case.conflicts for fact in conflict.facts)
        self.unread.update((unread.what, unread.why.partition(":")[0]) for unread in case.unread)


def abstract_all(place: Place, day: date, side: Side | None, output: Path | None, *, as_data: bool) -> None:
    """Every case of a table: to a file as NDJSON, to the terminal as NDJSON or as text with the counts at the end."""
    if output is not None and output.resolve() in {path.resolve() for path in (place.path, *place.others)}:
        raise RequestError([Problem(str(output), "is the record itself.", "Write to another file.")])
    library, tally, unread = read_library(), Tally(), list[Unread]()
    charts = charts_at(place, library, unread)
    first = list(islice(charts, 2))
    if len(first) == 1 and output is None and not as_data:  # as any record of one patient
        case = abstract(first[0], library.facts, day, library, side=side)
        for line in case_text(case, library).splitlines():
            put_line(line)
        return
    every = (abstract(chart, library.facts, day, library, side=side) for chart in chain(first, charts))
    cases = counted(every, tally, aloud=not as_data)
    if output is not None:
        size = write_whole(output, (msgspec.json.encode(case) + b"\n" for case in cases))
        say(f"wrote {output} ({size:,} bytes)")
    else:
        for case in cases:
            if as_data:
                put_line(msgspec.json.encode(case).decode())
    tally.unread.update((entry.where, entry.why) for entry in unread)
    if not as_data:
        for line in summary(tally):
            put_line(line)


def counted(cases: Iterable[Case], tally: Tally, *, aloud: bool) -> Iterator[Case]:
    """Each case, counted, and told in a line if aloud."""
    for case in cases:
        tally.add(case)
        if aloud:
            told = f"{len(case.known)} known, {len(case.conflicts)} conflicts, {len(case.unread)} passed over"
            put_line(f"{case.patient:<{WIDEST}} {told}")
        yield case


def put_line(line: str) -> None:
    sys.stdout.buffer.write(printable(line).encode() + b"\n")


def summary(tally: Tally) -> Iterator[str]:
    """The counts, the most frequent first."""
    yield from ("", f"{tally.patients} patients", "", "Known facts")
    yield from (f"{count:>8} {fact}" for fact, count in tally.known.most_common())
    yield from ("", "Conflicts (these facts stay unknown)")
    yield from (f"{count:>8} {fact}" for fact, count in tally.conflicts.most_common())
    yield from ("", "Passed over")
    yield from (f"{count:>8} {column}: {why}" for (column, why), count in tally.unread.most_common())
