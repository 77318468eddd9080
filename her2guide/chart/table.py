"""Tables of many patients -> one chart for each patient, one at a time.

In: CSV, TSV or Parquet files, or a folder of them, and column maps (`knowledge/columns`, or the user's own).
Out: charts in order of the patients' ids, each from all rows of all tables that name the patient; a table that does
not fit the memory is sorted on disk. It does not know what a column means: its map and `table_row` do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import groupby
from pathlib import Path

import msgspec
from msgspec.structs import replace

from ..errors import ChartError, Problem, nearest
from ..library.library import Library
from ..library.read import read_library
from ..model.chart import Chart, Unread
from ..model.columns import ColumnMap
from .birth import before_birth
from .fhir import read_fhir
from .fhir_decode import fhir_rows
from .names import AgentNames
from .read import is_table
from .table_file import SPACES, Row, TableFile, look_at, refused, rows_by
from .table_row import NEVER, Days, RowReader, Said, TableReader

Turn = tuple[str, int, Row]  # the patient, the number of the table, the row


def read_table(
    path: str | Path,
    library: Library | None = None,
    columns: ColumnMap | None = None,
    others: Sequence[str | Path] = (),
) -> Iterator[Chart]:
    """The charts of a table (or a folder of tables), joined by patient with `others`.

    `columns` is the map of the first table; the maps of all others are recognised. Raises `ChartError` for a table
    that cannot be read, that no map recognises, or in which a row names no patient.
    """
    known = library or read_library()
    first = Path(path)
    inside = sorted(place for place in first.iterdir() if is_table(place)) if first.is_dir() else [first]
    places = [*inside, *map(Path, others)]
    names = AgentNames(known)
    readers = []
    for number, place in enumerate(places):
        table = look_at(place)
        chosen = columns if columns and number == 0 else recognised(table, known)
        readers.append(TableReader(table, chosen, known, names))
    return charts(readers, known)


def recognised(table: TableFile, library: Library) -> ColumnMap:
    """The map of which the table has every column that it is recognised by, and the most of them."""
    header = {name.casefold() for name in table.header}
    fitting: dict[int, list[ColumnMap]] = {}
    for item in library.columns.values():
        wanted = [(name, *item.also.get(name, ())) for name in item.recognised_by]
        if wanted and all(any(name.casefold() in header for name in other) for other in wanted):
            fitting.setdefault(len(wanted), []).append(item)
    best = fitting[max(fitting)] if fitting else []
    if len(best) == 1:
        return best[0]
    if best:
        what = f"could be {' or '.join(item.id for item in best)}."
        raise refused(table.path, what, "Give its column map with --columns.")
    known = ", ".join(library.columns)
    raise refused(table.path, "no column map recognises it.", f"Write one for --columns. There is: {known}.")


def charts(readers: Sequence[TableReader], library: Library) -> Iterator[Chart]:
    """The charts of tables that were looked at."""
    source = ", ".join(reader.table.name for reader in readers)
    turns = merge(*(turns_of(number, reader) for number, reader in enumerate(readers)))
    for patient, rows in groupby(turns, key=lambda turn: turn[0]):
        yield chart_of(patient, [(readers[number], row) for _, number, row in rows], source, library)


def turns_of(number: int, reader: TableReader) -> Iterator[Turn]:
    """The rows of a table with their patient. Raises `ChartError` for a row without one."""
    column = next((place for place, name in enumerate(reader.titles) if name == reader.map.patient), None)
    if column is None:
        hint = nearest(reader.map.patient, reader.table.header) or "Correct the column map."
        raise refused(reader.table.path, f"has no column `{reader.map.patient}` for the patient.", hint)
    for row in rows_by(reader.table, column):
        patient = (row[1][column] or "").strip(SPACES)
        if patient.casefold() in reader.missing:
            where = f"{reader.table.path} row {row[0]}"
            raise ChartError([Problem(where, "names no patient.", "Add the patient's id, or remove the row.")])
        yield patient, number, row


def chart_of(patient: str, rows: Sequence[tuple[TableReader, Row]], source: str, library: Library) -> Chart:
    """The chart of one patient."""
    said = Said()
    for table in dict.fromkeys(table for table, _ in rows):
        said.unread += [Unread(table.table.name, name, "the table has no such column") for name in table.absent]
    read = [(table, number, table.cells((number, texts))) for table, (number, texts) in rows]
    anchors = {table.anchor(cells) for table, _, cells in read if table.map.anchor}
    shared: Days = anchors.pop() if len(anchors) == 1 else NEVER
    for table, number, cells in read:
        anchor = table.anchor(cells) if table.map.anchor else shared
        RowReader(table, number, cells, anchor, said).read(patient)
    return with_resources(finished(patient, source, said), said, library)


def finished(patient: str, source: str, said: Said) -> Chart:
    """A chart of what was said; what lies before the date of birth, or two such dates, are listed and do not count."""
    born = next(iter(said.born)) if len(said.born) == 1 else None
    unread = [*said.unread]
    if len(said.born) > 1:
        days = " and ".join(map(str, sorted(said.born)))
        unread.append(Unread(", ".join(said.born.values()), "date of birth", f"two are given: {days}"))
    early = {problem.where: problem.what for problem in before_birth(born, said.observations, said.treatments)}
    unread += [Unread(where, "date", what) for where, what in early.items()]
    return Chart(
        patient,
        source,
        born,
        tuple(o for o in said.observations if o.where not in early),
        tuple(t for t in said.treatments if t.where not in early),
        False,
        tuple(unread),
        tuple(sorted(said.cancers)),
    )


def with_resources(chart: Chart, said: Said, library: Library) -> Chart:
    """The chart with what the coded resources of its rows say, as the reader of such records understands them.

    The id of a resource is its row, so that each value is traced to it.
    """
    if not said.resources:
        return chart
    entries = [{**resource, "id": resource.get("id", where)} for where, resource in said.resources]
    if not any(entry["resourceType"] == "Patient" for entry in entries):
        entries.append({"resourceType": "Patient", "id": chart.patient})
    bundle = {"resourceType": "Bundle", "entry": [{"resource": entry} for entry in entries]}
    try:
        coded = read_fhir(fhir_rows(msgspec.json.encode(bundle).decode(), chart.source) or [], chart.source, library)
    except ChartError as fault:
        unread = tuple(Unread(problem.where, "coded records", problem.what) for problem in fault.problems)
        return replace(chart, unread=chart.unread + unread)
    return replace(
        chart,
        born=chart.born or coded.born,
        observations=chart.observations + coded.observations,
        treatments=chart.treatments + coded.treatments,
        unread=chart.unread + coded.unread,
        cancers=tuple(sorted({*chart.cancers, *coded.cancers})),
    )
