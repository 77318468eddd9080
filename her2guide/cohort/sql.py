"""An edition as SQL: for each row of a table of cases what applies and how each option stands, or how many.

In: an edition in force, an engine, the columns that a table has. Out: statements, each one SELECT. The meaning is
that of `kernel.judge`; a generated test holds the two together on every engine. It connects to no database.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from ..errors import Problem, RequestError, nearest
from ..library.library import EditionInForce
from ..model.fact import Fact
from ..model.guidance import BEST_FIRST
from .sql_facts import TYPES, between, one_of, settle_sql
from .sql_layers import (
    ENGINES,
    NOTHING,
    TRUE,
    Dialect,
    Layers,
    Sql,
    all_of,
    any_of,
    case,
    is_null,
    literal,
    negated,
    written,
)
from .sql_safety import SafetySql

PATIENT = "patient"


class Answers(NamedTuple):
    """For each recommendation whether it applies, and for each that brings up a regimen its standing."""

    applies: Mapping[str, Sql]
    standing: Mapping[str, Sql]


def sql_text(
    edition: EditionInForce,
    dialect: Dialect,
    table: str = "cases",
    columns: Collection[str] | None = None,
    decisions: Collection[str] | None = None,
) -> str:
    """One row a patient: `patient`, `applies.<recommendation>` (NULL: cannot tell), `standing.<recommendation>`.

    `columns`: those that the table has; a fact that is none of them is unknown. None: it has all facts.
    `decisions`: those to answer; None: all. Postgres keeps 63 bytes of a name: go by the order there. A cell that is
    no value of its fact is not refused here: ask `faults_text` first. Raises `RequestError`.
    """
    if columns is not None and PATIENT not in columns:
        raise RequestError([Problem(table, f"has no column `{PATIENT}`.", "Add one that tells the rows apart.")])
    layers = Layers(dialect)
    answers = answers_of(edition, layers, columns, decisions)
    outputs = {PATIENT: layers.of_table(PATIENT)}
    outputs |= {f"applies.{name}": truth for name, truth in answers.applies.items()}
    outputs |= {f"standing.{name}": standing for name, standing in answers.standing.items()}
    return headed(edition, layers.select(table, outputs))


def counts_texts(
    edition: EditionInForce, dialect: Dialect, table: str = "cases", columns: Collection[str] | None = None
) -> list[str]:
    """One row of numbers of patients: `true.` and `unknown.<recommendation>`, `<standing>.<recommendation>`.

    Several statements, some decisions each, where the engine takes no SELECT of that width. Raises `RequestError`.
    """
    most = ENGINES[dialect].most_columns
    groups: list[dict[str, Sql]] = [{}]
    layers = Layers(dialect)
    answers = answers_of(edition, layers, columns, None)
    for name, truth in answers.applies.items():
        counts = {f"true.{name}": rows_where(truth), f"unknown.{name}": rows_where(is_null(truth))}
        if name in answers.standing:
            found = answers.standing[name]
            counts |= {f"{said}.{name}": rows_where(written(found, " = ", literal(said))) for said in BEST_FIRST}
        if most and len(groups[-1]) + len(counts) > most:
            groups.append({})
        groups[-1] |= counts
    return [headed(edition, layers.select(table, outputs)) for outputs in groups]


def faults_text(
    edition: EditionInForce, dialect: Dialect, table: str = "cases", columns: Collection[str] | None = None
) -> str:
    """One row: for each column that is a fact, how many of its cells are no value of it (out of range, NaN, unknown).

    Where a column has another type than its fact, DuckDB and Postgres may refuse the statement itself.
    """
    layers = Layers(dialect)
    facts = [fact for fact in edition.library.facts.values() if columns is None or fact.id in columns]
    return headed(
        edition, layers.select(table, {fact.id: rows_where(negated(is_value(fact, layers))) for fact in facts})
    )


def is_value(fact: Fact, layers: Layers) -> Sql:
    """Whether a cell is a value of its fact: NULL where unknown."""
    cell, typed = layers.of_table(fact.id), layers.of_table(fact.id, TYPES[fact.kind])
    if fact.range is None:
        return one_of(cell, (True, False)) if fact.kind == "yes_no" else one_of(typed, tuple(fact.values))
    whole = written(typed, " = round(", typed, ")") if fact.kind == "integer" else TRUE
    return all_of([written(cell, " = ", typed), between(typed, fact.range.low, fact.range.high), whole])


def answers_of(
    edition: EditionInForce, layers: Layers, columns: Collection[str] | None, decisions: Collection[str] | None
) -> Answers:
    """The expressions of the decisions asked for. Raises `RequestError`."""
    known = [decision.id for decision in edition.head.decisions]
    strange = [name for name in decisions or () if name not in known]
    if strange:
        raise RequestError([Problem("decisions", f"there is no `{name}`.", nearest(name, known)) for name in strange])
    library = edition.library
    recorded = library.facts if columns is None else columns
    settled = settle_sql(list(library.facts.values()), recorded, library.contradictions, layers)
    items = [entry.item for entry in edition.recommendations]
    applies = {item.id: layers.shared(f"applies.{item.id}", settled.condition(item.when)) for item in items}
    safety = SafetySql(library, settled)
    shown = [item for item in items if decisions is None or item.decision in decisions]
    standing = {}
    for item in shown:
        if regimen := item.recommend.option():
            given_way = any_of(applies[other.id] for other in items if item.id in other.in_place_of)
            choices = [(given_way, NOTHING), (applies[item.id], safety.regimen(regimen))]
            standing[item.id] = layers.shared(f"standing.{item.id}", case(choices))
    return Answers({item.id: applies[item.id] for item in shown}, standing)


def headed(edition: EditionInForce, select: str) -> str:
    """A statement under a line that says which knowledge it is."""
    return (
        f"-- edition {edition.head.id}, {edition.region}, {edition.as_of}; knowledge {edition.library.digest}\n{select}"
    )


def rows_where(truth: Sql) -> Sql:
    return written("count(", case([(truth, literal(1))]), ")")
