"""A file -> `Chart`: finds out what kind of record it is and hands it to its reader.

In: plain YAML or JSON in this project's form, FHIR R4 JSON (Bundle, list or single resource), tables.
Out: a chart, or every problem with file and place. It decides nothing about what counts.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from ..documents import Document, Unreadable, read_json, read_text, read_yaml
from ..errors import ChartError, Problem
from ..library.library import Library
from ..library.read import read_library
from ..model.chart import Chart, Unread
from .fhir import read_fhir
from .fhir_decode import fhir_rows
from .omop_files import kind_of
from .plain import read_plain

TABLES = (".csv", ".tsv", ".parquet")
CHARTS = (".json", ".yaml", ".yml")


def read_chart(path: str | Path, library: Library | None = None) -> Chart:
    """Read the record of one patient. Raises `ChartError` with every problem found."""
    place = Path(path)
    known = library or read_library()
    if kind_of(place) or is_table(place):
        return only_one(read_charts(place, known), place)
    try:
        text = read_text(place)
        if text.lstrip()[:1] in ("{", "["):
            rows = fhir_rows(text, str(place))
            if rows is not None:
                return read_fhir(rows, str(place), known)
            return read_plain(Document(str(place), read_json(text, str(place)), {}), known)
        return read_plain(read_yaml(text, str(place)), known)
    except Unreadable as fault:
        raise ChartError([fault.problem]) from None


def is_table(path: Path) -> bool:
    """Whether a file, or what stands in a folder, goes by the name of a table that is no OMOP table."""
    with contextlib.suppress(OSError):
        if kind_of(path):
            return False
        inside = path.iterdir() if path.is_dir() else [path]
        return any(place.suffix.lower() in TABLES for place in inside)
    return False


def read_charts(
    path: str | Path, library: Library | None = None, unread: list[Unread] | None = None
) -> Iterator[Chart]:
    """The charts of many patients: of OMOP tables, other tables, NDJSON, a folder of charts, or the one of a file.

    What belongs to no chart (broken lines, records in error) is added to `unread` while the charts are read. Raises
    `ChartError` where there is nothing to read, or for the one file that was named.
    """
    from .fhir_bulk import bulk_files, read_bulk

    place, known = Path(path), library or read_library()
    passed = [] if unread is None else unread
    if kind_of(place):
        from .omop import read_omop  # it brings a database along

        yield from read_omop(place, known)
    elif is_table(place):
        from .table import read_table  # so do these

        yield from read_table(place, known)
    elif bulk_files(place):
        yield from read_bulk(place, known, passed)
    elif place.is_dir():
        yield from read_folder(place, known, passed)
    else:
        yield read_chart(place, known)


def charts_in(folder: Path) -> list[Path]:
    """The files of a folder that go by the name of a chart."""
    return sorted(file for file in folder.iterdir() if file.suffix.lower() in CHARTS)


def read_folder(place: Path, library: Library, unread: list[Unread]) -> Iterator[Chart]:
    """The charts of a folder, a file each; those that cannot be read are added to `unread`."""
    files = charts_in(place)
    if not files:
        raise ChartError([Problem(str(place), "holds no charts.", f"Give NDJSON, or files in {', '.join(CHARTS)}.")])
    for file in files:
        try:
            yield read_chart(file, library)
        except ChartError as fault:
            unread += [Unread(problem.where, file.name, f"{problem.what} {problem.do}") for problem in fault.problems]


def only_one(charts: Iterator[Chart], place: Path) -> Chart:
    """The chart of a record that holds one patient."""
    found = list(islice(charts, 2))
    if len(found) != 1:
        what = "holds more than one patient." if found else "holds no patient."
        raise ChartError([Problem(str(place), what, "Give the record of one patient.")])
    return found[0]
