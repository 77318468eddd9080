"""A file -> `Chart`: finds out what kind of record it is and hands it to its reader.

In: plain YAML or JSON in this project's form, or FHIR R4 JSON (Bundle, list or single resource).
Out: a chart, or every problem with file and place. It decides nothing about what counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..documents import Document, Unreadable, read_json, read_text, read_yaml
from ..errors import ChartError
from ..library.library import Library
from ..library.read import read_library
from ..model.chart import Chart, Unread
from .fhir import read_fhir
from .fhir_bulk import bulk_files, read_bulk
from .fhir_decode import fhir_rows
from .plain import read_plain


def read_chart(path: str | Path, library: Library | None = None) -> Chart:
    """Read the record of one patient. Raises `ChartError` with every problem found."""
    place = Path(path)
    known = library or read_library()
    try:
        text = read_text(place)
        if text.lstrip()[:1] in ("{", "["):
            rows = fhir_rows(text)
            if rows is not None:
                return read_fhir(rows, str(place), known)
            return read_plain(Document(str(place), read_json(text, str(place)), {}), known)
        return read_plain(read_yaml(text, str(place)), known)
    except Unreadable as fault:
        raise ChartError([fault.problem]) from None


def read_charts(
    path: str | Path, library: Library | None = None, unread: list[Unread] | None = None
) -> Iterator[Chart]:
    """The charts of many patients: of a file or folder of NDJSON, or else the one chart of a file. Raises `ChartError`.

    What belongs to no chart (broken lines, patients in error) is added to `unread` while the charts are read.
    """
    place, known = Path(path), library or read_library()
    if place.is_dir() or bulk_files(place):
        yield from read_bulk(place, known, [] if unread is None else unread)
    else:
        yield read_chart(place, known)
