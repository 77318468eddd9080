"""The summary of a run over a cohort: what each decision came to, and what is missing most often.

In: the question and the counts. Out: a struct for JSON, and lines for the terminal.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from ..cohort.answers import OUTCOMES
from ..cohort.call import Written
from ..cohort.run import Answering
from ..library.library import Library
from ..library.read import read_library

MOST_MISSING = 12
WIDEST = 44
COLUMNS = ("offered", "with caution", "needs check", "cannot tell", "ruled out", "none")


class CohortSummary(Struct, frozen=True):
    """What was asked and how many patients have what. `digest` names the parts, where any were written.

    `decisions`: decision -> outcome -> patients; `standings`: recommendation -> standing -> patients; `missing`: fact
    -> patients for whom it could settle something; `applies`: recommendation -> true and unknown -> patients.
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


def as_summary(answering: Answering, written: Written) -> CohortSummary:
    groups: dict[str, dict[str, dict[str, int]]] = {}
    for column, counts in written.counts.said.items():
        group, _, name = column.partition(".")
        groups.setdefault(group, {})[name] = counts
    missing = {fact: counts["true"] for fact, counts in groups.get("missing", {}).items() if "true" in counts}
    return CohortSummary(
        answering.edition,
        answering.region,
        answering.as_of,
        answering.knowledge,
        written.counts.patients,
        groups.get("decision", {}),
        groups.get("standing", {}),
        dict(sorted(missing.items(), key=lambda item: (-item[1], item[0]))),
        groups.get("applies", {}),
        written.parts,
        written.digest,
    )


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
        yield from ("", "Facts that are missing most often, where they could settle something")
        for fact, count in list(summary.missing.items())[:MOST_MISSING]:
            yield f"{count:>13,}  {fact}: {library.facts[fact].title}"
