"""Outcomes and cells -> a report as data: what every table and picture of it shows, and its JSON.

In: what `concordance` found of all records. Out: counts with numerators, denominators and rules, and lists of
patients. It adds no statement of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from ..cohort.concordance import Outcome
from ..cohort.concordance_counts import Gap, Row, Ruled, gaps, reasons, row, rows, rules
from ..cohort.concordance_given import Record
from ..cohort.concordance_knowledge import CrossTable, Question
from ..library.library import Library
from ..model.guidance import BEST_FIRST
from .concordance import Basis, Cell, Judge

DEMAND = (*BEST_FIRST, "cannot tell")
RECORDED = ("recorded", "others", "none")


class DecisionPart(Struct, frozen=True):
    """One decision: all patients whom it concerns, or may concern, and the same by year and by site."""

    id: str
    title: str
    total: Row
    rules: list[Ruled]
    by_year: list[Row]
    by_site: list[Row]
    missing: list[Gap]
    unchecked: int
    by_dates: int


class TablePart(Struct, frozen=True):
    """One cross table: truth ("yes", "no", "unknown") -> what is recorded -> patients."""

    id: str
    title: str
    counts: dict[str, dict[str, int]]
    by_year: list[tuple[int, dict[str, int]]]
    by_site: list[tuple[str, dict[str, int]]]
    missing: dict[str, int]
    conflicting: int
    marks: list[tuple[date, str]]


class Demand(Struct, frozen=True):
    """For how many patients an agent is an option, by its best standing; `cannot tell`: if facts turn out so."""

    agent: str
    title: str
    counts: dict[str, int]


class MissingBy(Struct, frozen=True):
    """One year or site: the number of its decisions, and of those that a missing fact leaves open."""

    name: str
    decisions: int
    facts: dict[str, int]


class Report(Struct, frozen=True):
    """Everything that a page of a report shows. `outcomes` and `cells`: one entry a patient."""

    edition: str
    region: str
    judged_by: date | None
    made: date
    knowledge: str
    records: str
    patients: int
    tables: list[TablePart]
    decisions: list[DecisionPart]
    missing: list[Gap]
    missing_by: dict[str, list[MissingBy]]
    demand: list[Demand]
    apart: int
    reasons: dict[str, int]
    outcomes: list[Outcome]
    cells: list[Cell]


def report_of(judge: Judge, name: str, records: Sequence[Record], made: date) -> Report:
    """The report of some records, which stand in `name`."""
    basis, library, questions = judge.basis, judge.library, judge.questions
    outcomes, cells = judge.outcomes(records), list(judge.cells(records, made))
    return Report(
        basis.edition,
        basis.region,
        basis.by,
        made,
        library.digest,
        name,
        len(records),
        [table_part(table, cells, basis, library) for table in questions.tables.values()],
        [decision_part(question, outcomes) for question in judge.asked],
        gaps(outcomes),
        {"year": missing_by(outcomes, "year"), "site": missing_by(outcomes, "site")},
        demand_of(outcomes, library),
        len(apart(outcomes)),
        dict(reasons(outcomes)),
        outcomes,
        cells,
    )


def counts_only(report: Report) -> Report:
    """The same without anything about a single patient."""
    return replace(report, outcomes=[], cells=[])


def decision_part(question: Question, outcomes: Iterable[Outcome]) -> DecisionPart:
    own = [outcome for outcome in outcomes if outcome.question == question.id]
    return DecisionPart(
        question.id,
        question.title,
        row(question.id, Counter(outcome.finding.kind for outcome in own)),
        rules(own),
        rows(own, lambda outcome: outcome.year),
        rows(own, lambda outcome: outcome.site),
        gaps(own),
        sum(1 for outcome in own if outcome.finding.unchecked),
        sum(1 for outcome in own if outcome.by_dates),
    )


def table_part(table: CrossTable, cells: Iterable[Cell], basis: Basis, library: Library) -> TablePart:
    own = [cell for cell in cells if cell.table == table.id]
    words = {True: "yes", False: "no", None: "unknown"}
    counts = {word: dict.fromkeys(RECORDED, 0) for word in words.values()}
    for cell in own:
        counts[words[cell.truth]][cell.given] += 1
    true = [cell for cell in own if cell.truth]
    years = sorted({cell.year for cell in true if cell.year})
    sites = sorted({cell.site for cell in true if cell.site})
    items = {item.id: item for item in library.editions[basis.edition].recommendations}
    marks = [
        (min(items[name].in_force.get(basis.region, {}), default=None), items[name].title)  # type: ignore[call-overload]
        for name in table.marked_by
        if name in items
    ]
    return TablePart(
        table.id,
        table.title,
        counts,
        [(year, recorded(cell for cell in true if cell.year == year)) for year in years],
        [(site, recorded(cell for cell in true if cell.site == site)) for site in sites],
        dict(Counter(fact for cell in own for fact in cell.missing).most_common()),
        sum(1 for cell in own if cell.conflicting),
        sorted((day, title) for day, title in marks if day),
    )


def recorded(cells: Iterable[Cell]) -> dict[str, int]:
    counts = Counter(cell.given for cell in cells)
    return {name: counts[name] for name in RECORDED}


def demand_of(outcomes: Iterable[Outcome], library: Library) -> list[Demand]:
    """Each agent with its patients, each patient once, at the best standing of all that was offered to them."""
    best: dict[tuple[str, str], int] = {}
    for outcome in outcomes:
        standings = {regimen: BEST_FIRST.index(said[1]) for regimen, said in outcome.offered.items()}
        standings |= {regimen: len(BEST_FIRST) for regimen in outcome.open if regimen not in standings}
        for regimen, level in standings.items():
            for agent in library.regimens[regimen].every_agent():
                key = (agent, outcome.patient)
                best[key] = min(best.get(key, level), level)
    counts: dict[str, Counter[str]] = {}
    for (agent, _), level in best.items():
        counts.setdefault(agent, Counter())[DEMAND[level]] += 1
    order = sorted(counts, key=lambda agent: (-counts[agent].total(), agent))
    return [Demand(a, library.agents[a].title, {kind: counts[a][kind] for kind in DEMAND}) for a in order]


def missing_by(outcomes: Iterable[Outcome], by: str) -> list[MissingBy]:
    """For each year or site its outcomes, and how many of them lack each fact and cannot be told for it."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        if getattr(outcome, by) is not None:
            groups.setdefault(str(getattr(outcome, by)), []).append(outcome)
    return [MissingBy(name, len(own), {g.fact: g.missing for g in gaps(own)}) for name, own in sorted(groups.items())]


def apart(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Those who were treated otherwise than by an option, or for whom an option is not recorded as given."""
    kinds = ("not given", "not recommended", "ruled out")
    return [o for o in outcomes if o.finding.kind in kinds or (o.finding.rule == "incomplete" and o.offered)]
