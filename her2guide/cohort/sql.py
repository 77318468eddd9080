"""An edition as SQL: for each row of a table of cases what applies and how each option stands, or how many.

In: an edition in force, an engine, the columns that the table has. Out: one SELECT. The meaning is that of
`kernel.judge`; a generated test holds the two together on every engine. It connects to no database.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from ..library.library import EditionInForce
from ..model.guidance import BEST_FIRST
from ..model.knowledge import Agent, Recommendation, Regimen
from .sql_facts import SettledSql, settle_sql
from .sql_layers import FALSE, NOTHING, Dialect, Layers, Sql, all_of, any_of, case, constant, is_null, literal, negated, written

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

    `columns`: those the table has (all facts if none is said); `decisions`: those to answer (all).
    Raises `RequestError`.
    """
    layers = Layers(dialect)
    answers = answers_of(edition, layers, columns, decisions)
    outputs = {PATIENT: layers.of_table(PATIENT)}
    outputs |= {f"applies.{name}": sql for name, sql in answers.applies.items()}
    outputs |= {f"standing.{name}": sql for name, sql in answers.standing.items()}
    return layers.select(table, outputs)


def counts_text(
    edition: EditionInForce,
    dialect: Dialect,
    table: str = "cases",
    columns: Collection[str] | None = None,
    decisions: Collection[str] | None = None,
) -> str:
    """One row: `true.<recommendation>`, `unknown.<recommendation>` and `<standing>.<recommendation>` in rows."""
    layers = Layers(dialect)
    answers = answers_of(edition, layers, columns, decisions)
    outputs = {}
    for name, sql in answers.applies.items():
        outputs[f"true.{name}"] = rows_where(sql)
        outputs[f"unknown.{name}"] = rows_where(is_null(sql))
    for name, sql in answers.standing.items():
        for standing in BEST_FIRST:
            outputs[f"{standing}.{name}"] = rows_where(written(sql, " = ", literal(standing)))
    return layers.select(table, outputs)


def rows_where(truth: Sql) -> Sql:
    return written("count(", case([(truth, literal(1))]), ")")


def answers_of(
    edition: EditionInForce, layers: Layers, columns: Collection[str] | None, decisions: Collection[str] | None
) -> Answers:
    library = edition.library
    recorded = library.facts if columns is None else columns
    settled = settle_sql(list(library.facts.values()), recorded, library.contradictions, layers)
    applies = {
        entry.item.id: layers.shared(f"applies.{entry.item.id}", settled.condition(entry.item.when))
        for entry in edition.recommendations
    }
    given_way: dict[str, list[Sql]] = {}
    for entry in edition.recommendations:
        for name in entry.item.in_place_of:
            given_way.setdefault(name, []).append(applies[entry.item.id])
    safety = SafetySql(edition, settled)
    shown = [entry.item for entry in edition.recommendations if decisions is None or entry.item.decision in decisions]
    standing = {}
    for item in shown:
        if item.recommend.regimen and item.recommend.action not in ("avoid", "obtain"):
            choices = [(any_of(given_way.get(item.id, ())), NOTHING), (applies[item.id], safety.regimen(item.recommend.regimen))]
            standing[item.id] = layers.shared(f"standing.{item.id}", case(choices))
    return Answers({item.id: applies[item.id] for item in shown}, standing)


class Levels(NamedTuple):
    """Where something stands at least so badly; what is not true is not so bad, NULL included."""

    caution: Sql
    check: Sql
    out: Sql


class SafetySql:
    """How regimens stand, as expressions; the meaning is that of `kernel.Safety`."""

    def __init__(self, edition: EditionInForce, settled: SettledSql) -> None:
        self.library = edition.library
        self.settled = settled
        self.layers = settled.layers

    def regimen(self, name: str) -> Sql:
        """The standing of a regimen: as its worst agent; where one of several is given, as the best of those."""
        regimen = self.library.regimens[name]
        settled = SettledSql(self.layers, self.settled.facts, regimen.provides)
        choices = [[self.agent(self.library.agents[agent], settled) for agent in names] for names in regimen.choices()]
        caution, check, out = (any_of(all_of(agent[level] for agent in names) for names in choices) for level in range(3))
        offered, careful, checked, ruled_out = map(literal, BEST_FIRST)
        return self.layers.shared(f"regimen.{name}", case([(out, ruled_out), (check, checked), (caution, careful)], offered))

    def agent(self, agent: Agent, settled: SettledSql) -> Levels:
        """Ruled out where a bar holds; to be checked where one cannot be told or a fact to know first is unknown."""
        shared = self.layers.shared
        out = shared(f"out.{agent.id}", any_of(settled.condition(rule.when) for rule in agent.never_when))
        unknown = [is_null(out), *map(settled.is_unknown, agent.know_before)]
        check = shared(f"check.{agent.id}", any_of([out, *unknown]))
        careful = any_of(settled.condition(rule.when) for rule in agent.caution_when)
        return Levels(shared(f"caution.{agent.id}", any_of([careful, check])), check, out)
