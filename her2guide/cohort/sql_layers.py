"""Expressions that share their parts -> one SELECT in layers, for DuckDB, SQLite or Postgres.

In: expressions over the columns of a table. Out: SQL text. What is used once stands where it is used; what is used
more often is a column of a layer, and a layer reads only the one before it. Only what the three engines understand
alike is written: comparisons with literals, IN, BETWEEN, AND, OR, NOT, IS NULL, searched CASE, CAST.
It knows no facts and no rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from msgspec import Struct

from ..errors import Problem, RequestError
from ..model.condition import Value

ROWS = "cases"  # what a statement calls its table
Dialect = Literal["duckdb", "sqlite", "postgres"]


class Engine(NamedTuple):
    """`fence`: keeps a planner from putting a layer into the next, each part as often as it is used there.

    `most_columns` of one SELECT and `longest_name` (ids are ASCII), 0 where there is no limit: a longer name is cut.
    """

    fence: str
    most_columns: int
    longest_name: int


# SQLite does not flatten what has an OFFSET (its rule 14), nor does Postgres; the numbers are SQLITE_MAX_COLUMN,
# MaxTupleAttributeNumber and NAMEDATALEN - 1.
ENGINES: dict[Dialect, Engine] = {
    "duckdb": Engine("", 0, 0),
    "sqlite": Engine(" LIMIT -1 OFFSET 0", 2000, 0),
    "postgres": Engine(" OFFSET 0", 1664, 63),
}


class Sql(NamedTuple):
    """An expression: text, and columns that it reads."""

    parts: tuple[str | Column, ...]


class Column(Struct, frozen=True, eq=False):
    """A part that can be shared; `of_table`: it is read from the table itself."""

    name: str
    sql: Sql
    of_table: bool = False


def written(*parts: str | Sql) -> Sql:
    """Pieces of text and expressions, one after the other."""
    return Sql(tuple(piece for part in parts for piece in ((part,) if isinstance(part, str) else part.parts)))


TRUE, FALSE, UNKNOWN = written("TRUE"), written("FALSE"), written("CAST(NULL AS BOOLEAN)")
NOTHING = written("NULL")


def constant(truth: bool | None) -> Sql:
    return UNKNOWN if truth is None else TRUE if truth else FALSE


def literal(value: Value) -> Sql:
    if isinstance(value, bool):
        return constant(value)
    return written("'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value))


def all_of(parts: Iterable[Sql]) -> Sql:
    """AND: what is sure is not asked."""
    return joined(parts, "AND", TRUE, FALSE)


def any_of(parts: Iterable[Sql]) -> Sql:
    return joined(parts, "OR", FALSE, TRUE)


def joined(parts: Iterable[Sql], word: str, neutral: Sql, decisive: Sql) -> Sql:
    asked = [part for part in dict.fromkeys(parts) if part != neutral]
    if decisive in asked:
        return decisive
    if len(asked) < 2:  # noqa: PLR2004
        return asked[0] if asked else neutral
    first, *others = asked
    return written("(", first, *(piece for other in others for piece in (f" {word} ", other)), ")")


def negated(part: Sql) -> Sql:
    if part in (TRUE, FALSE):
        return FALSE if part == TRUE else TRUE
    return part if part == UNKNOWN else written("NOT (", part, ")")


def is_null(part: Sql) -> Sql:
    if part in (TRUE, FALSE, UNKNOWN, NOTHING):
        return constant(part in (UNKNOWN, NOTHING))
    return written("(", part, ") IS NULL")


def case(choices: Iterable[tuple[Sql, Sql]], otherwise: Sql = NOTHING) -> Sql:
    """Searched CASE: what belongs to the first true condition."""
    asked: list[tuple[Sql, Sql]] = []
    for when, then in choices:
        if when == TRUE:
            otherwise = then
            break
        if when not in (FALSE, UNKNOWN):
            asked.append((when, then))
    if all(then == otherwise for _, then in asked):
        return otherwise
    whens = [piece for when, then in asked for piece in (" WHEN ", when, " THEN ", then)]
    ending = () if otherwise == NOTHING else (" ELSE ", otherwise)
    return written("CASE", *whens, *ending, " END")


class Layers:
    """The shared parts of one statement, in the order in which they were made: each reads only earlier ones."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.engine = ENGINES[dialect]
        self.columns: dict[Sql, Column] = {}

    def of_table(self, name: str, kind: str = "") -> Sql:
        """A column of the table, as a type of SQL; under the name of the table, or SQLite takes it for a text."""
        place = f"{ROWS}.{quoted(name)}"
        sql = written(f"CAST({place} AS {kind})" if kind else place)
        return Sql((self.columns.setdefault(sql, Column(name, sql, of_table=True)),))

    def shared(self, name: str, sql: Sql) -> Sql:
        """The expression as a column that can be read in many places; alike expressions are one column."""
        return sql if len(sql.parts) == 1 else Sql((self.columns.setdefault(sql, Column(name, sql)),))

    def select(self, table: str, outputs: Mapping[str, Sql]) -> str:
        """The statement that gives the outputs, in their order, for each row of a table. Raises `RequestError`."""
        plan = Plan(list(self.columns.values()), outputs.values())
        names = self.names(plan.named)
        source = ".".join(map(quoted, table.split("."))) + f" AS {ROWS}"
        layers = []
        for height in range(plan.top, 0, -1):
            lines = [defined(column, names, plan.made[column] == height) for column in plan.layer(height)]
            name = f"layer{plan.top - height + 1}"
            layers.append(f"{name} AS (\n{self.listed(lines)}\nFROM {source}{self.engine.fence})")
            source = name
        said = zip(outputs.values(), self.apart(outputs), strict=True)
        last = [f"{text_of(sql, names)} AS {name}" for sql, name in said]
        with_layers = f"WITH {', '.join(layers)}\n" if layers else ""
        return f"{with_layers}{self.listed(last)}\nFROM {source}\n"

    def listed(self, lines: Sequence[str]) -> str:
        """SELECT of these lines. Raises `RequestError` when there are more than the engine takes."""
        if self.engine.most_columns and len(lines) > self.engine.most_columns:
            what = f"takes {self.engine.most_columns:,} columns in one SELECT; these are {len(lines):,}."
            raise RequestError([Problem(self.dialect, what, "Ask for fewer decisions at a time.")])
        return "SELECT\n  " + ",\n  ".join(lines)

    def names(self, columns: Iterable[Column]) -> dict[Column, str]:
        """A name for each column; of several that are called alike the last made has the bare name."""
        backwards = list(columns)[::-1]
        return dict(zip(backwards, self.apart([column.name for column in backwards]), strict=True))

    def apart(self, names: Iterable[str]) -> Iterator[str]:
        """The names as the engine keeps them, quoted; where two would be the same the later has a number."""
        taken: set[str] = set()
        for name in names:
            free = kept = name[: self.engine.longest_name or None]
            number = 1
            while free in taken:
                number += 1
                free = f"{kept[:50]}#{number}"
            taken.add(free)
            yield quoted(free)


class Plan:
    """Which parts are columns, and in which layers each stands.

    Layers are counted from the last SELECT, which is 0, so that each part is worked out as late as possible.
    `made`: the layer that works a column out, `last`: where it is last read.
    """

    def __init__(self, columns: Sequence[Column], outputs: Collection[Sql]) -> None:
        uses = Counter(column for sql in outputs for column in read_by(sql))
        for column in reversed(columns):
            if uses[column]:
                uses.update(read_by(column.sql))
        self.named = [column for column in columns if uses[column] > 1 or (uses[column] and column.of_table)]
        self.first: dict[Column, int] = {}
        self.last: dict[Column, int] = {}
        for sql in outputs:
            self.read(sql, 0)
        named = set(self.named)
        for column in reversed(columns):
            if uses[column]:
                self.read(column.sql, self.first[column] + 1 if column in named else self.last[column])
        self.top = max(self.first.values(), default=-1) + 1
        self.made = {column: self.top if column.of_table else self.first[column] + 1 for column in self.named}

    def read(self, sql: Sql, height: int) -> None:
        for column in read_by(sql):
            self.first[column] = max(height, self.first.get(column, height))
            self.last[column] = min(height, self.last.get(column, height))

    def layer(self, height: int) -> list[Column]:
        """The columns that a layer has: those it works out and those it hands on."""
        return [column for column in self.named if self.last[column] < height <= self.made[column]]


def read_by(sql: Sql) -> Iterator[Column]:
    return (part for part in sql.parts if isinstance(part, Column))


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text_of(sql: Sql, names: Mapping[Column, str]) -> str:
    """The text of an expression; a part without a name stands in it whole."""
    return "".join(part if isinstance(part, str) else names.get(part) or text_of(part.sql, names) for part in sql.parts)


def defined(column: Column, names: Mapping[Column, str], here: bool) -> str:
    return f"{text_of(column.sql, names)} AS {names[column]}" if here else names[column]
