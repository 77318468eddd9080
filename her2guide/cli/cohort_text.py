"""The summary of a run over a cohort: what each decision came to, and what is missing most often.

In: the question and the counts. Out: a struct for JSON, and lines for the terminal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

from ..cohort.answers import OUTCOMES
from ..cohort.call import Written
from ..cohort.run import Answering
from ..language.compiled import facts_of
from ..language.needs import inputs_of
from ..library.library import Library
from ..library.read import read_library

MOST_MISSING = 12
WIDEST = 52
COLUMNS = ("offered", "with caution", "needs check", "cannot tell", "ruled out", "none")


class CohortSummary(Struct, frozen=True):
    """What was asked and how many patients have what. `digest` names the parts, where any were written.

    `decisions`: decision -> outcome -> patients; `standings`: recommendation -> standing -> patients; `missing`: fact
    -> patients for whom it could settle something, those that matter most first; `applies`: recommendation -> true and
    unknown -> patients.
    """

    edition: str
    region: str
    as_of: str
    knowledge: str
    patients: int
    decisions: dict[str, dict[str, int]]
    standings: dict[str, dict[str, int]]
    missing: dict[str, int]
    applies: dict[str, dict[str, int]]
    parts: int
    digest: str
    rows_digest: str


def as_summary(answering: Answering, written: Written) -> CohortSummary:
    groups: dict[str, dict[str, dict[str, int]]] = {}
    for column, counts in written.counts.said.items():
        group, _, name = column.partition(".")
        groups.setdefault(group, {})[name] = counts
    missing = {fact: counts["true"] for fact, counts in groups.get("missing", {}).items() if "true" in counts}
    bears_on = decisions_by_fact(read_library(), answering.edition)
    return CohortSummary(
        answering.edition,
        answering.region,
        answering.as_of,
        answering.knowledge,
        written.counts.patients,
        groups.get("decision", {}),
        groups.get("standing", {}),
        dict(sorted(missing.items(), key=lambda item: (-item[1] * bears_on[item[0]], item[0]))),
        groups.get("applies", {}),
        written.parts,
        written.digest,
        written.rows_digest,
    )


def decisions_by_fact(library: Library, edition: str) -> Counter[str]:
    """How many decisions of an edition a fact bears on, by itself or through a fact that follows from it."""
    named: dict[str, set[str]] = {}
    for item in library.editions[edition].recommendations:
        asked = named.setdefault(item.decision, set())
        asked |= {*facts_of(item.when)}
        for name in library.regimens[item.recommend.regimen].every_agent() if item.recommend.regimen else ():
            agent = library.agents[name]
            asked.update(agent.know_before)
            asked.update(fact for rule in (*agent.never_when, *agent.caution_when) for fact in facts_of(rule.when))
    for fact in reversed(library.facts.values()):  # in dependency order: what a fact follows from stands before it
        for asked in named.values():
            if fact.id in asked:
                asked.update(inputs_of(fact))
    return Counter(fact for asked in named.values() for fact in asked)


def summary_text(summary: CohortSummary) -> str:
    return "\n".join(lines_of(summary, read_library())) + "\n"


def lines_of(summary: CohortSummary, library: Library) -> Iterator[str]:
    when = f"as of {summary.as_of}".replace("diagnosis_date", "the day of diagnosis")
    when = when.replace("recorded_on", "the day of the record")
    yield f"{summary.patients:,} patients; {summary.edition} edition, {summary.region}, {when}"
    if summary.decisions:
        yield ""
        yield f"{'Patients by what a decision comes to':<{WIDEST}}" + "".join(f"{name:>13}" for name in COLUMNS)
        for decision in library.editions[summary.edition].head.decisions:
            if decision.id in summary.decisions:
                counts = summary.decisions[decision.id]
                numbers = "".join(f"{counts.get(outcome, 0):>13,}" for outcome in OUTCOMES)
                yield f"{decision.title[: WIDEST - 1]:<{WIDEST}}{numbers}"
    if summary.missing:
        yield from (
            "",
            "Facts that are missing, first those with the most patients times decisions: patients whom they could help",
        )
        for fact, count in list(summary.missing.items())[:MOST_MISSING]:
            yield f"{count:>13,}  {fact}: {library.facts[fact].title}"
