"""A file -> `Chart`: finds out what kind of record it is and hands it to its reader.

In: plain YAML or JSON in this project's form, or FHIR R4 JSON (Bundle, list or single resource).
Out: a chart, or every problem with file and place. It decides nothing about what counts.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from ..documents import Document, Unreadable, read_json, read_text, read_yaml
from ..errors import ChartError
from ..library.library import Library
from ..library.read import read_library
from ..model.chart import Chart
from .fhir import read_fhir
from .plain import read_plain

TABLES = (".csv", ".tsv", ".parquet")


def read_chart(path: str | Path, library: Library | None = None) -> Chart:
    """Read the record of one patient. Raises `ChartError` with every problem found."""
    place = Path(path)
    known = library or read_library()
    try:
        text = read_text(place)
        if text.lstrip()[:1] in ("{", "["):
            data = read_json(text, str(place))
            if is_fhir(data):
                return read_fhir(data, str(place), known)
            return read_plain(Document(str(place), data, {}), known)
        return read_plain(read_yaml(text, str(place)), known)
    except Unreadable as fault:
        raise ChartError([fault.problem]) from None


def is_table(path: Path) -> bool:
    """Whether a file, or what stands in a folder, goes by the name of a table; `table` reads those."""
    with contextlib.suppress(OSError):
        inside = path.iterdir() if path.is_dir() else [path]
        return any(place.suffix.lower() in TABLES for place in inside)
    return False


def is_fhir(data: Any) -> bool:
    """FHIR says what it is: a resource, or a list of resources."""
    first = data[0] if isinstance(data, list) and data else data
    return isinstance(first, dict) and "resourceType" in first
