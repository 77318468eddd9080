"""Column maps: how the columns of a table answer the facts.

In: one YAML item of `knowledge/columns/` (or of a user's own file) per struct, unknown keys refused.
Out: frozen structs. They do not know whether the facts they name exist: `library` checks that.
"""

from __future__ import annotations

from datetime import date

from msgspec import field

from .chart import Site
from .condition import Value
from .knowledge import Item, Part


class Pattern(Part, frozen=True, kw_only=True):
    """What a cell says that matches a regular expression whole, letter case aside.

    `give`: fact -> value, or a group of the match, written as `\\1`.
    """

    match: str
    give: dict[str, Value]


class Column(Part, frozen=True, kw_only=True):
    """What a column says. A cell is tried as a missing word, in `values`, in `patterns`, then as the fact's own value.

    `passed_over`: words, and why they are not read. `left_out`: why no cell of
    the column is. `otherwise`: why a cell that is in none of these lists is not read as the fact's own value.
    `only`: other columns -> a regular expression that they must match for a cell to count.
    `date`, `days_from`: the column of the day, or of the days from the anchor. `specimen`: a name in the map's
    specimens.
    """

    fact: str | None = None
    values: dict[str, dict[str, Value]] = field(default_factory=dict)
    patterns: tuple[Pattern, ...] = ()
    passed_over: dict[str, str] = field(default_factory=dict)
    left_out: str | None = None
    otherwise: str | None = None
    unit: str | None = None
    only: dict[str, str] = field(default_factory=dict)
    date: str | None = None
    days_from: str | None = None
    specimen: str | None = None


class Told(Part, frozen=True, kw_only=True):
    """A word (a side, a site, a setting) that a column tells: by whole words, then by regular expressions."""

    column: str
    words: dict[str, str] = field(default_factory=dict)
    patterns: dict[str, str] = field(default_factory=dict)


class TissueColumns(Part, frozen=True, kw_only=True):
    """A specimen of a row. `id`: the column of its name; without one it is named after its key in the map.

    `always`: its site, where that does not depend on the row.
    """

    id: str | None = None
    always: Site | None = None
    site: tuple[Told, ...] = ()
    part: str | None = None
    taken: str | None = None


class Anchor(Part, frozen=True, kw_only=True):
    """When the records of a patient are of, where a column has no day of its own.

    `column`: the column with the day, the month or the year. `first` and `last`: the days between which all records of
    the table lie. Days that are counted from the anchor are counted from the last day that it can mean.
    """

    column: str | None = None
    first: date | None = None
    last: date | None = None


class TreatmentColumns(Part, frozen=True, kw_only=True):
    """The treatment that a row is. `names`: words as typed -> the agents they mean, where the library has no name.

    `start`, `end`: columns of days from the anchor with `days: true`, else of dates.
    """

    agent: str
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    days: bool = False
    start: str | None = None
    end: str | None = None
    ongoing: tuple[Told, ...] = ()
    setting: tuple[Told, ...] = ()


class Element(Part, frozen=True, kw_only=True):
    """The first group of `match` in a cell that matches it whole; nothing in any other."""

    column: str
    match: str
    number: bool = False


class ResourceColumns(Part, frozen=True, kw_only=True):
    """A row as a coded resource, which the reader of coded records reads.

    Paths (`code.coding.0.code`) are those in the resource. `constant`: path -> text. `elements`: path -> column.
    `only`: column -> a regular expression that its cell must match, for the row to be such a resource.
    """

    constant: dict[str, str]
    elements: dict[str, str | Element] = field(default_factory=dict)
    only: dict[str, str] = field(default_factory=dict)


class ColumnMap(Item, frozen=True, kw_only=True):
    """A kind of table. It is recognised when it has every column of `recognised_by`; the map with most of them wins.

    `also`: other names of a column. `only`: column -> a regular expression; rows that do not match are passed over.
    `date_form`: how dates are written, as in Python's strptime, where not as 2026-11-23. `left_out`: why -> columns.
    `rest`: why the columns are not read that the map does not name.
    """

    title: str
    source: str
    patient: str
    recognised_by: tuple[str, ...] = ()
    also: dict[str, tuple[str, ...]] = field(default_factory=dict)
    only: dict[str, str] = field(default_factory=dict)
    note: str | None = None
    missing: tuple[str, ...] = ()
    date_form: str | None = None
    born: str | None = None
    anchor: Anchor | None = None
    side: tuple[Told, ...] = ()
    both_sides: tuple[Told, ...] = ()
    specimens: dict[str, TissueColumns] = field(default_factory=dict)
    columns: dict[str, Column] = field(default_factory=dict)
    left_out: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rest: str | None = None
    treatments: TreatmentColumns | None = None
    resources: tuple[ResourceColumns, ...] = ()
