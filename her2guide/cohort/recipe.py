"""knowledge/synth/ -> `Recipe`: how the columns of a synthetic cohort are drawn, and what of them goes missing.

In: YAML files, read in the order of their names, each column after those it depends on.
Out: every line checked against the facts, its shares and percentiles as points of a distribution.
It knows no fact and no number: both are knowledge, each with its source or marked as an assumption.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from ..documents import Document, Steps, Unreadable, read_yaml
from ..errors import KnowledgeError, Problem, nearest
from ..language.parse import read_condition
from ..language.typed import NotAValue, typed_value
from ..library.library import Library
from ..library.read import knowledge_folder, read_files
from ..model.condition import Condition
from ..model.fact import Fact
from ..model.knowledge import Item, Part


class Row(Part, frozen=True, kw_only=True):
    """One line of a table: where `when` holds, a value, a chance of yes, shares, percentiles or a sum of columns."""

    when: tuple[str, ...] = ()
    give: Any = None
    chance: float | None = None
    shares: dict[str, float] | None = None
    spread: dict[float, float] | None = None
    sum: tuple[str, ...] = ()


class Basis(Item, frozen=True, kw_only=True):
    """A table with where its numbers are from."""

    source: str | None = None
    assumption: str | None = None
    note: str | None = None


class Draw(Basis, frozen=True, kw_only=True):
    """How a column is drawn: the first line that holds decides.

    `hidden`: the kind or the values of a column that is no fact and only steers others.
    """

    draw: tuple[Row, ...]
    hidden: str | tuple[str, ...] | None = None
    digits: int = 1


class Chance(Part, frozen=True, kw_only=True):
    chance: float
    when: tuple[str, ...] = ()


class Gap(Basis, frozen=True, kw_only=True):
    """With which chance facts are not recorded, one by one or `together`; it can depend on what their values are."""

    facts: tuple[str, ...]
    missing: tuple[Chance, ...]
    together: bool = False


class Line(Struct, frozen=True):
    """Where `when` holds: points with their cumulative shares (0 to 1); `smooth`: every value between them as well."""

    when: Condition
    shares: tuple[float, ...] = ()
    points: tuple[float, ...] = ()
    smooth: bool = False
    sum: tuple[str, ...] = ()


class Column(Struct, frozen=True):
    """A column and its lines; the points of a coded fact are places in its list of values, those of yes/no 0 and 1."""

    fact: Fact
    lines: tuple[Line, ...]
    hidden: bool
    digits: int


class Missing(Struct, frozen=True):
    facts: tuple[str, ...]
    lines: tuple[tuple[Condition, float], ...]
    together: bool


class Recipe(Struct, frozen=True):
    columns: dict[str, Column]
    missing: tuple[Missing, ...]

    def facts(self) -> dict[str, Fact]:
        """The facts that a cohort records, in the order of its columns."""
        return {name: column.fact for name, column in self.columns.items() if not column.hidden}


def read_recipe(library: Library, folder: Path | None = None) -> Recipe:
    """Read knowledge/synth/, or another folder. Raises `KnowledgeError` with every problem."""
    reader = Reader(library)
    for name, text in read_files(folder or knowledge_folder() / "synth").items():
        reader.read_file(f"knowledge/synth/{name}", text)
    if reader.problems:
        raise KnowledgeError(reader.problems)
    return Recipe(reader.columns, tuple(reader.missing))


class Reader:
    """Reads draws and gaps file by file, collecting the problems on the way."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.problems: list[Problem] = []
        self.columns: dict[str, Column] = {}
        self.missing: list[Missing] = []

    def read_file(self, name: str, text: str) -> None:
        try:
            document = read_yaml(text, name)
        except Unreadable as fault:
            self.problems.append(fault.problem)
            return
        for number, row in enumerate(document.data if isinstance(document.data, list) else [document.data]):
            kind: type[Draw | Gap] = Gap if isinstance(row, dict) and "facts" in row else Draw
            try:
                item = msgspec.convert(row, kind, strict=False)
            except msgspec.ValidationError as fault:
                self.problems.append(Problem(document.where((number,)), f"{fault}.", "Correct it."))
                continue
            self.check_basis(document.where((number,)), item)
            if isinstance(item, Gap):
                self.read_gap(document, (number, "missing"), item)
            else:
                self.read_draw(document, (number, "draw"), item)

    def check_basis(self, where: str, item: Draw | Gap) -> None:
        """Each table names a source of the library or says that it is an assumption."""
        if item.source is None and item.assumption is None:
            self.problems.append(Problem(where, f"`{item.id}` names no source.", "Add source: or assumption:."))
        if item.source is not None and item.source not in self.library.sources:
            do = nearest(item.source, self.library.sources)
            self.problems.append(Problem(where, f"there is no source `{item.source}`.", do))

    def read_draw(self, document: Document, path: Steps, item: Draw) -> None:
        where = document.where(path)
        fact = hidden_fact(item) if item.hidden else self.library.facts.get(item.id)
        if fact is None or item.id in self.columns:
            what = "stands twice." if fact else "is no fact."
            self.problems.append(Problem(where, f"`{item.id}` {what}", nearest(item.id, self.library.facts)))
            return
        if not item.draw or item.draw[-1].when:
            self.problems.append(Problem(where, "no line is left for the rest.", "End with a line without when:."))
        lines = []
        for number, row in enumerate(item.draw):
            at = (*path, number)
            try:
                lines.append(self.line(document, at, fact, row))
            except NotAValue as fault:
                self.problems.append(Problem(document.where(at), fault.what, fault.do))
        digits = 0 if fact.kind == "integer" else item.digits
        self.columns[item.id] = Column(fact, tuple(lines), item.hidden is not None, digits)

    def line(self, document: Document, at: Steps, fact: Fact, row: Row) -> Line:
        """A row as points of a distribution. Raises `NotAValue`."""
        when = self.condition(document, (*at, "when"), row.when)
        if row.sum:
            for name in row.sum:
                if name not in self.columns:
                    raise NotAValue(f"`{name}` is not drawn before.", "Move it up.")
            return Line(when, sum=row.sum)
        if row.spread is not None:
            points = tuple(number_of(fact, value) for value in row.spread.values())
            return Line(when, tuple(percent / 100 for percent in row.spread), points, smooth=True)
        shares = shares_of(row)
        total = sum(shares.values())
        if not total > 0 or min(shares.values()) < 0:
            raise NotAValue("the shares are not positive.", "Write weights, or percentages.")
        summed = tuple(share / total for share in accumulate(shares.values()))
        return Line(when, summed, tuple(point_of(fact, value) for value in shares))

    def condition(self, document: Document, at: Steps, lines: tuple[str, ...]) -> Condition:
        """Criteria about columns that were drawn before."""
        known = {name: column.fact for name, column in self.columns.items()}
        return read_condition(lines, known, lambda number: document.where((*at, number)), self.problems)

    def read_gap(self, document: Document, path: Steps, item: Gap) -> None:
        for name in item.facts:
            if name not in self.columns or self.columns[name].hidden:
                what = f"`{name}` is no fact that is drawn before."
                self.problems.append(Problem(document.where(path), what, nearest(name, self.columns)))
        lines = tuple(
            (self.condition(document, (*path, number, "when"), row.when), row.chance)
            for number, row in enumerate(item.missing)
        )
        self.missing.append(Missing(item.facts, lines, item.together))


def hidden_fact(item: Draw) -> Fact:
    """A column that is no fact, in the shape of one, so that conditions can name it."""
    values = item.hidden if isinstance(item.hidden, tuple) else ()
    kind = "code" if values else item.hidden
    return msgspec.convert({"id": item.id, "title": item.id, "topic": "hidden", "kind": kind, "values": values}, Fact)


def shares_of(row: Row) -> Mapping[Any, float]:
    """Value -> weight. Raises `NotAValue`."""
    if row.shares:
        return row.shares
    if row.chance is not None and 0 <= row.chance <= 1:
        return {True: row.chance, False: 1 - row.chance}
    if row.give is not None:
        return {row.give: 1}
    raise NotAValue("gives nothing.", "Add give:, chance: (0 to 1), shares:, spread: or sum:.")


def point_of(fact: Fact, value: Any) -> float:
    """The number that stands for a value in a column of numbers. Raises `NotAValue`."""
    if fact.kind in ("integer", "decimal"):
        return number_of(fact, value)
    typed = typed_value(fact, value)
    return float(typed) if isinstance(typed, bool) else list(fact.values).index(str(typed))


def number_of(fact: Fact, value: Any) -> float:
    try:
        return float(typed_value(fact, float(value)))
    except ValueError:
        raise NotAValue(f"'{value}' is no number.", "Write a number.") from None
