"""A cohort before two editions, or one on two days -> who would be offered something else, how many each drug is for.

In: the outcomes of the same records before both. Out: for each decision who moves from which options to which; for
each agent how many. Every case is cut at its own decision: only the knowledge moves. It does not say which is right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from ..cohort.concordance import Outcome
from ..cohort.concordance_given import Record
from ..library.library import Library
from ..model.knowledge import PLACES
from .concordance import Basis, Judge
from .concordance_report import Demand, demand_of

NOTHING, UNTOLD = "no option", "cannot tell"
State = str  # the options at the best place, by title; or one of the two above


class Moves(Struct, frozen=True):
    """One decision. `moves`: (before, after, patients), the most frequent first.

    `same`, `changed`, `untold` (on either side) and `without` (an option on neither) add up to `patients`.
    """

    question: str
    title: str
    patients: int
    same: int
    changed: int
    untold: int
    without: int
    moves: list[tuple[State, State, int]]


class Compared(Struct, frozen=True):
    """What a comparison of a cohort shows; `first` and `second` as they are said."""

    first: str
    second: str
    records: str
    patients: int
    made: date
    knowledge: str
    decisions: list[Moves]
    demand: tuple[list[Demand], list[Demand]]


def compare_cohort(judges: tuple[Judge, Judge], name: str, records: list[Record], made: date) -> Compared:
    """Both judges over the same records."""
    library = judges[0].library
    first, second = (judge.outcomes(records) for judge in judges)
    before, after = by_patient(first, library), by_patient(second, library)
    counts: dict[str, Counter[tuple[State, State]]] = {}
    for key in dict.fromkeys((*before, *after)):
        counts.setdefault(key[0], Counter())[before.get(key, NOTHING), after.get(key, NOTHING)] += 1
    asked = judges[0].questions.decisions
    return Compared(
        said(judges[0].basis, library),
        said(judges[1].basis, library),
        name,
        len(records),
        made,
        library.digest,
        [moves_of(question, asked[question].title, counts[question]) for question in asked if question in counts],
        (demand_of(first, library), demand_of(second, library)),
    )


def said(basis: Basis, library: Library) -> str:
    day = f"of {basis.by}" if basis.by else "of the day of each decision"
    return f"{library.editions[basis.edition].head.title} {day}, {basis.region.upper()}"


def by_patient(outcomes: Iterable[Outcome], library: Library) -> dict[tuple[str, str], State]:
    return {(outcome.question, outcome.patient): state_of(outcome, library) for outcome in outcomes}


def state_of(outcome: Outcome, library: Library) -> State:
    """The options at the best place that safety does not rule out."""
    places = {
        name: PLACES.index(place) for name, (place, standing) in outcome.offered.items() if standing != "ruled out"
    }
    if places:
        best = [name for name, place in places.items() if place == min(places.values())]
        titles = [library.regimens[name].title for name in best]
        return " or ".join(sorted(titles if len(titles) == 1 else map(brief, titles)))
    undecided = outcome.open or outcome.finding.rule in ("scope", "no-day", "before", "within-year")
    return UNTOLD if undecided else NOTHING


def brief(title: str) -> str:
    """The abbreviation in capitals that a title ends with, or the title."""
    _, _, end = title.removesuffix(")").rpartition(" (")
    return end if title.endswith(")") and any(letter.isupper() for letter in end) else title


def moves_of(question: str, title: str, moves: Counter[tuple[State, State]]) -> Moves:
    """The counts of a decision; who cannot be told on either side counts neither as the same nor as changed."""
    kinds: Counter[str] = Counter()
    for (before, after), count in moves.items():
        if UNTOLD in (before, after):
            kinds["untold"] += count
        elif before != after:
            kinds["changed"] += count
        else:
            kinds["without" if before == NOTHING else "same"] += count
    order = [(*move, count) for move, count in moves.most_common()]
    return Moves(
        question, title, moves.total(), kinds["same"], kinds["changed"], kinds["untold"], kinds["without"], order
    )
