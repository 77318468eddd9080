"""One case on every day on which the knowledge changed -> how the advice for it changed, and why.

In: a consultation and a first day. Out: the options of each day that differ from the
day before, with what brought the change. The patient is held as known on one day: only the knowledge
moves. It draws nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from ..errors import Problem, RequestError
from ..library.library import Library, published_by
from ..model.guidance import BEST_FIRST, Guidance
from ..model.knowledge import PLACES, Place, Recommendation
from .consultation import Consultation


class Standing(Struct, frozen=True):
    """How a regimen stands for a decision on a day, and the recommendation that brings it up."""

    decision: str
    regimen: str
    place: Place
    recommendation: str


class Change(Struct, frozen=True):
    """A day on which the advice changed: what came, what went, what moved from one place to another."""

    on: date
    came: tuple[Standing, ...]
    went: tuple[Standing, ...]
    moved: tuple[tuple[Standing, Standing], ...]


class Timeline(Struct, frozen=True):
    """The changes of a span, in order. `first` is what stood on its first day."""

    edition: str
    region: str
    start: date
    end: date
    first: tuple[Standing, ...]
    changes: tuple[Change, ...]


def timeline(consultation: Consultation, start: date | None = None) -> Timeline:
    """The advice of an edition for a chart as it changed, to the day of the consultation.

    From `start`, or the edition's first day. Raises `RequestError` for a day before that, or after the end.
    """
    in_force = consultation.edition
    head, library, region, end = in_force.head, in_force.library, in_force.region, in_force.as_of
    start = start or head.first_day
    if start > end:
        raise RequestError([Problem("--since", f"{start} lies after {end}.", "Give an earlier day.")])
    days = [start, *(day for day in days_of_change(library, head.id, region) if start < day <= end)]
    before = standings(advice_on(consultation, start))
    first, changes = tuple(before.values()), []
    for day in days[1:]:
        after = standings(advice_on(consultation, day))
        change = difference(day, before, after)
        if change.came or change.went or change.moved:
            changes.append(change)
        before = after
    return Timeline(head.id, region, start, end, first, tuple(changes))


def days_of_change(library: Library, edition: str, region: str) -> list[date]:
    """Every day on which a recommendation changes its place or a definition its lines."""
    recommendations = library.editions[edition].recommendations
    days = {day for item in recommendations for day in item.in_force.get(region, {})}  # type: ignore[call-overload]
    lines = [line for fact in library.facts.values() for line in (*fact.derive, *fact.findings)]
    days |= {day for line in lines for day in (line.since, line.until) if day}
    return sorted(days)


def advice_on(consultation: Consultation, day: date) -> Guidance:
    """What the knowledge of `day` says of the same patient."""
    in_force = consultation.edition
    then = in_force.library.edition(in_force.head.id, in_force.region, day, even_if_expired=True)
    return replace(consultation, edition=then).guidance()


def standings(guidance: Guidance) -> dict[tuple[str, str], Standing]:
    """The options that safety does not rule out: each regimen of a decision once, at its best place."""
    found: dict[tuple[str, str], Standing] = {}
    order = sorted(guidance.options, key=lambda o: (PLACES.index(o.place), BEST_FIRST.index(o.standing)))
    for option in order:
        if option.standing != "ruled out":
            key = (option.decision, option.regimen)
            found.setdefault(key, Standing(option.decision, option.regimen, option.place, option.recommendation))
    return found


def difference(day: date, before: dict[tuple[str, str], Standing], after: dict[tuple[str, str], Standing]) -> Change:
    came = tuple(standing for key, standing in after.items() if key not in before)
    went = tuple(standing for key, standing in before.items() if key not in after)
    both = [(before[key], after[key]) for key in before if key in after]
    return Change(day, came, went, tuple((old, new) for old, new in both if old.place != new.place))


def reasons(change: Change, library: Library, edition: str, region: str) -> tuple[str, ...]:
    """Why: approvals dated to the day for the agents concerned, and recommendations that begin on it."""
    items = {item.id: item for item in library.editions[edition].recommendations}
    concerned = [*change.came, *change.went, *(new for _, new in change.moved)]
    agents = dict.fromkeys(a for s in concerned for a in library.regimens[s.regimen].every_agent())
    approved = [
        f"{library.agents[name].title}: {approval.use}"
        for name in agents
        for approval in library.agents[name].approvals.get(region, ())  # type: ignore[call-overload]
        if approval.on == change.on
    ]
    began = [items[s.recommendation] for s in concerned]
    return (*approved, *begun_on(change.on, began, region, library))


def begun_on(day: date, items: Sequence[Recommendation], region: str, library: Library) -> Iterator[str]:
    """What the recommendations that change on the day rest on, as far as it was public then."""
    changed = {item.id: item for item in items if day in item.in_force.get(region, {})}  # type: ignore[call-overload]
    for item in changed.values():
        known = [name for name in item.evidence if published_by(library.evidence[name], day)]
        yield f"{item.title} ({', '.join(known) or item.basis or 'by its licence or practice'})"
