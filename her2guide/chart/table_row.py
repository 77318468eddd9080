"""One row of a table -> observations, treatments and what was not understood, by its column map.

In: a row as text, the map of its table, the days that stand in for a missing date. Out: everything that it says, each
with its row and column. It decides nothing: what two rows say differently stands side by side.
"""

from __future__ import annotations

import calendar
import contextlib
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar, get_args

from msgspec import Struct, field

from ..language.typed import NotAValue, typed_value, written_value
from ..library.library import Library
from ..library.names import plain
from ..model.chart import Observation, Setting, Side, Site, Specimen, Treatment, Unread
from ..model.columns import Column, ColumnMap, Element, Told
from ..model.condition import Value
from .names import AgentNames
from .table_file import Row, TableFile, refused

LONGEST_CELL = 200  # no value is longer
SHOWN = 60
KEPT = 100_000  # cells that are remembered as understood
# ISO 8601, also without hyphens as registries write, with a time only after a whole day
DAYS = re.compile(r"(\d{4})(?:-?(\d\d)(?:-?(\d\d)(?:[T ][\d:.Z+-]+)?)?)?", re.ASCII)
PLAIN = re.compile(r"\d+(\.\d+)?", re.ASCII)
WHOLE = re.compile(r"-?\d{1,6}(\.0)?", re.ASCII)
Days = tuple[date | None, date | None]  # the first and the last day that is meant
NEVER: Days = (None, None)
Word = TypeVar("Word", bound=str)
SIDES: dict[str, Side] = {side: side for side in get_args(Side)}
SITES: dict[str, Site] = {site: site for site in get_args(Site)}
SETTINGS: dict[str, Setting] = {setting: setting for setting in get_args(Setting)}
YES = {"yes": "yes"}
NO_DATE = "not a date"


class Said(Struct):
    """What the rows of one patient said, as it is collected. `born`: each day of birth, with where it stands."""

    observations: list[Observation] = field(default_factory=list)
    treatments: list[Treatment] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    born: dict[date, str] = field(default_factory=dict)
    cancers: set[Side] = field(default_factory=set)
    resources: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


class TableReader:
    """A table with its map: what can be told of its cells without their row."""

    def __init__(self, table: TableFile, columns: ColumnMap, library: Library, names: AgentNames) -> None:
        self.table = table
        self.map = columns
        self.library = library
        self.names = names
        self.today = date.today()
        self.missing = {"", *(word.casefold() for word in columns.missing)}
        self.used = used_columns(columns)
        self.titles = titles(table, columns, self.used)
        self.absent = [name for name in columns.columns if name not in self.titles]
        self.left_out = {name: why for why, names_ in columns.left_out.items() for name in names_}
        self.rest = columns.rest or "the map does not name this column"
        words = columns.treatments.names if columns.treatments else {}
        self.agents = {plain(word): agents for word, agents in words.items()}
        self.parsed: dict[tuple[str, str], Mapping[str, Value] | str] = {}

    def cells(self, row: Row) -> dict[str, str]:
        """The cells of a row that are not missing, by the names that the map uses."""
        return {
            title: text.strip()
            for title, text in zip(self.titles, row[1], strict=True)
            if text and text.strip().casefold() not in self.missing
        }

    def anchor(self, cells: Mapping[str, str]) -> Days:
        """The days that the records of a row lie between, as far as the row or the map tells."""
        anchor = self.map.anchor
        if anchor is None:
            return NEVER
        return self.days(cells.get(anchor.column or "")) or (anchor.first, anchor.last)

    def days(self, text: str | None) -> tuple[date, date] | None:
        """The first and the last day that a cell can mean; None for what is no date."""
        with contextlib.suppress(ValueError):
            if text and self.map.date_form:
                day = datetime.strptime(text, self.map.date_form).date()
                return day, day
            if text and (found := DAYS.fullmatch(text)):
                year, month, day_of = int(found[1]), int(found[2] or 0), int(found[3] or 0)
                if found[3]:
                    return date(year, month, day_of), date(year, month, day_of)
                last = month or 12
                return date(year, month or 1, 1), date(year, last, calendar.monthrange(year, last)[1])
        return None

    def meaning(self, name: str, text: str) -> Mapping[str, Value] | str:
        """Fact -> value of a cell, or why it is not understood; each different cell is worked out once."""
        if len(text) > LONGEST_CELL:
            return "longer than any value"
        if len(self.parsed) > KEPT:
            self.parsed.clear()
        if (name, text) not in self.parsed:
            self.parsed[name, text] = self.understood(self.map.columns[name], text)
        return self.parsed[name, text]

    def understood(self, column: Column, text: str) -> Mapping[str, Value] | str:
        if (pairs := whole_word(column.values, text)) is not None:
            return pairs
        try:
            for pattern in column.patterns:
                if found := re.fullmatch(pattern.match, text, re.IGNORECASE):
                    return {fact: self.in_group(fact, value, found, column) for fact, value in pattern.give.items()}
            if (why := whole_word(column.passed_over, text)) is not None:
                return why
            if column.fact is None or column.otherwise:
                return column.otherwise or "not a word that the map knows"
            return {column.fact: self.own_value(column.fact, text, column.unit)}
        except NotAValue:
            return "not understood"

    def in_group(self, fact: str, value: Value, found: re.Match[str], column: Column) -> Value:
        """A value of a pattern, or what the group that it names says to the fact. Raises `NotAValue`."""
        if isinstance(value, str) and value.startswith("\\"):
            return self.own_value(fact, found[int(value[1:])] or "", column.unit)
        return value

    def own_value(self, name: str, text: str, unit: str | None) -> Value:
        """A cell as the fact reads it; a number has the unit of the column unless it names one. Raises `NotAValue`."""
        fact = self.library.facts[name]
        if unit and PLAIN.fullmatch(text):
            return typed_value(fact, float(text), unit)
        return written_value(fact, text)


class RowReader:
    """Reads one row, and adds what it says to what was said."""

    def __init__(self, table: TableReader, number: int, cells: Mapping[str, str], anchor: Days, said: Said) -> None:
        self.table = table
        self.map = table.map
        self.cells = cells
        self.where = f"{table.table.name} row {number}"
        self.anchor = anchor
        self.said = said

    def read(self, patient: str) -> None:
        """Everything that the row says."""
        if not self.fits(self.map.only):
            self.said.unread.append(Unread(self.where, self.map.title, "the map does not read such a row"))
            return
        if self.map.anchor:
            self.dated(self.map.anchor.column, days=False)
        both = self.told(self.map.both_sides, YES)
        if both:
            self.said.cancers |= set(SIDES.values())
        side = self.told(self.map.side, SIDES, "" if both else "no side")
        specimens = {name: self.specimen(name, patient) for name in self.map.specimens}
        for name in self.cells:
            column = self.map.columns.get(name)
            if column and not column.left_out:
                self.observe(name, column, side, specimens.get(column.specimen or ""))
            elif name not in self.table.used:
                self.pass_over(name, column.left_out if column else None)
        self.birth()
        self.treatment()
        self.resources()

    def pass_over(self, column: str, why: str | None = None) -> None:
        text = self.cells.get(column, "")
        shown = text[:SHOWN] + ("..." if len(text) > SHOWN else "")
        why = why or self.table.left_out.get(column, self.table.rest)
        self.said.unread.append(Unread(self.where, column, f"{why}: {shown}" if shown else why))

    def observe(self, name: str, column: Column, side: Side | None, specimen: Specimen | None) -> None:
        """The observations of one cell. What was seen in a metastasis is of neither side."""
        found = self.table.meaning(name, self.cells[name])
        if not self.fits(column.only):
            found = "the map does not read it in such a row"
        if isinstance(found, str):
            self.pass_over(name, found)
            return
        first, last = self.seen_on(column)
        if first and first > self.table.today:
            self.pass_over(name, f"it is dated in the future, {first}")
            return
        last = min(last, self.table.today) if last else None
        elsewhere = specimen is not None and specimen.site == "metastasis"
        for fact, value in found.items():
            about = self.table.library.facts[fact]
            seen = Observation(
                fact,
                value,
                last,
                f"{self.where}, {name}",
                not_before=first if first != last else None,
                side=side if (about.of == "cancer" or about.tested_with) and not elsewhere else None,
                specimen=specimen if about.tested_with else None,
            )
            self.said.observations.append(seen)

    def seen_on(self, column: Column) -> Days:
        """The first and the last day that a cell can be of."""
        name = column.date or column.days_from
        if name is None:
            return self.anchor
        return self.dated(name, days=column.days_from is not None) or NEVER

    def dated(self, name: str | None, *, days: bool) -> Days | None:
        """The days that another cell tells: a date, or so many days after the anchor."""
        text = self.cells.get(name or "")
        if name is None or text is None:
            return None
        found = self.after(text) if days else self.table.days(text)
        if found is None:
            self.pass_over(name, "not a number of days" if days else NO_DATE)
        elif found == NEVER:
            self.pass_over(name, "counted from a day that the record does not tell")
        return found

    def after(self, text: str) -> Days | None:
        """So many days after each end of the anchor; None for what is no number of days."""
        if not WHOLE.fullmatch(text):
            return None
        days = timedelta(days=int(float(text)))
        try:
            first, last = (day + days if day else None for day in self.anchor)
        except OverflowError:
            return None
        return first, last

    def birth(self) -> None:
        column = self.map.born
        if column is None or column not in self.cells:
            return
        found = self.table.days(self.cells[column])
        if not found or found[0] != found[1]:
            self.pass_over(column, "the date is not a day and was left out")
        elif found[0] > self.table.today:
            self.pass_over(column, "the date of birth lies in the future")
        else:
            self.said.born.setdefault(found[0], f"{self.where}, {column}")

    def told(self, rows: Sequence[Told], words: Mapping[str, Word], otherwise: str = "") -> Word | None:
        """The word of the first column that tells one; where none does, their cells are noted as `otherwise`."""
        for row in rows:
            text = self.cells.get(row.column, "")[:LONGEST_CELL]
            matching = (word for form, word in row.patterns.items() if re.fullmatch(form, text, re.IGNORECASE))
            found = whole_word(row.words, text) or next(matching, None)
            if text and found:
                return words.get(found)
        for row in rows:
            if otherwise and row.column in self.cells:
                self.pass_over(row.column, f"tells {otherwise} that the map knows")
        return None

    def specimen(self, name: str, patient: str) -> Specimen:
        tissue = self.map.specimens[name]
        taken = self.dated(tissue.taken, days=False)
        known, part = (self.cells.get(column or "", "")[:LONGEST_CELL] for column in (tissue.id, tissue.part))
        site = tissue.always or self.told(tissue.site, SITES, "no site")
        return Specimen(known or f"{patient} {name}", site, taken[1] if taken else None, part)

    def treatment(self) -> None:
        """The treatment that the row is: one for each agent that its name means."""
        how = self.map.treatments
        if how is None or how.agent not in self.cells:
            return
        name = self.cells[how.agent]
        read, why = self.table.names.drugs(name)
        agents = self.table.agents.get(plain(name))
        if not agents and (why or not read):
            self.pass_over(how.agent, f"no agent has this name, {why}" if why else "no agent has this name")
        if not (agents := agents or read):
            return
        ongoing = self.told(how.ongoing, YES) is not None
        ended = None if ongoing and how.end in {row.column for row in how.ongoing} else how.end
        start, end = ((self.dated(column, days=how.days) or NEVER)[1] for column in (how.start, ended))
        if start and start > self.table.today:
            self.pass_over(how.agent, f"it is dated in the future, {start}")
        elif start and end and end < start:
            self.pass_over(how.agent, f"it ends on {end}, before it starts on {start}")
        else:
            if ongoing and end:
                self.pass_over(how.ongoing[0].column, f"it has an end, {end}, and is said to be going on")
            setting, where = self.told(how.setting, SETTINGS, "no setting"), f"{self.where}, {how.agent}"
            given = [Treatment(agent, start, end, setting, where, ongoing and not end) for agent in agents]
            self.said.treatments += given

    def fits(self, only: Mapping[str, str]) -> bool:
        """Whether the cells of the row match the regular expressions of their columns."""
        return all(re.fullmatch(form, self.cells.get(name, "")[:LONGEST_CELL]) for name, form in only.items())

    def resources(self) -> None:
        """The coded resources that the row is."""
        fitting = [resource for resource in self.map.resources if self.fits(resource.only)]
        for resource in fitting:
            built: dict[str, Any] = {}
            parts = [(path, self.element(element)) for path, element in resource.elements.items()]
            for path, value in (*resource.constant.items(), *parts):
                if value is not None:
                    put(built, path.split("."), value)
            self.said.resources.append((self.where, built))
        if self.map.resources and not fitting:
            self.said.unread.append(Unread(self.where, self.map.title, "the map does not read such a row"))

    def element(self, element: str | Element) -> str | float | None:
        """What a cell gives to a resource."""
        if isinstance(element, str):
            return self.cells.get(element)
        found = re.fullmatch(element.match, self.cells.get(element.column, "")[:LONGEST_CELL], re.IGNORECASE)
        if not found:
            return None
        return float(found[1]) if element.number else found[1]


Given = TypeVar("Given")


def whole_word(words: Mapping[str, Given], text: str) -> Given | None:
    """What the word means that is the whole cell, letter case aside."""
    plain_text = text.casefold()
    return next((given for word, given in words.items() if word.casefold() == plain_text), None)


def put(built: dict[str, Any], steps: Sequence[str], value: str | float) -> None:
    """Set `a.0.b` in nested maps and lists; a list has one entry."""
    here: Any = built
    for step, following in zip(steps, (*steps[1:], None), strict=True):
        fresh: Any = value if following is None else [] if following == "0" else {}
        if step != "0":
            here = here.setdefault(step, fresh)
        else:
            here[:] = here or [fresh]
            here = here[0]


def titles(table: TableFile, columns: ColumnMap, used: set[str]) -> list[str]:
    """The header with each column under the name that the map uses. Raises `ChartError` where two have one name."""
    own = {name.casefold(): name for name in (*columns.columns, *used, *columns.recognised_by)}
    own |= {other.casefold(): name for name, others in columns.also.items() for other in others}
    found: dict[str, str] = {}
    for column in table.header:
        title = own.get(column.casefold(), column)
        if title in found:
            what = f"the columns `{found[title][:SHOWN]}` and `{column[:SHOWN]}` are one to the column map."
            raise refused(table.path, what, "Keep one of them.")
        found[title] = column
    return list(found)


def used_columns(columns: ColumnMap) -> set[str]:
    """The columns that are read for something else than a fact of their own."""
    told = [*columns.side, *columns.both_sides, *(t for tissue in columns.specimens.values() for t in tissue.site)]
    names: set[str | None] = {columns.patient, columns.born, *columns.only}
    for tissue in columns.specimens.values():
        names |= {tissue.id, tissue.part, tissue.taken}
    if columns.anchor:
        names.add(columns.anchor.column)
    for column in columns.columns.values():
        names |= {column.date, column.days_from, *column.only}
    if how := columns.treatments:
        names |= {how.agent, how.start, how.end}
        told += [*how.ongoing, *how.setting]
    for resource in columns.resources:
        elements = resource.elements.values()
        names |= {*resource.only, *(part if isinstance(part, str) else part.column for part in elements)}
    return {name for name in (*names, *(row.column for row in told)) if name}
