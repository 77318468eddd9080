"""A regimen and its first day -> the days of treatment and of the checks that go with it.

In: the schedule of a regimen, the monitoring of its agents, a first day and a last one.
Out: dated entries in order. It plans nothing: doses move when blood counts or holidays ask for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Literal

from msgspec import Struct

from ..errors import Problem, RequestError
from ..library.library import Library
from ..model.knowledge import Check, Phase, Regimen


class Entry(Struct, frozen=True):
    """One line of a calendar: a dose of agents in a cycle, or a check. `until` is the last day of tablets."""

    on: date
    kind: Literal["check", "treatment"]
    what: tuple[str, ...]
    cycle: int = 0
    of: int | None = None
    until: date | None = None


def calendar_of(regimen: Regimen, library: Library, start: date, end: date) -> tuple[Entry, ...]:
    """Every entry from `start` to `end`. Raises `RequestError` for a regimen without a schedule."""
    if not regimen.schedule:
        do = "Regimens with one are listed by `her2guide book`."
        raise RequestError([Problem(regimen.id, "has no schedule in the knowledge.", do)])
    doses = [entry for phase in regimen.schedule for entry in doses_of(phase, start, end)]
    agents = dict.fromkeys(agent for dose in doses for agent in dose.what)
    checks = checks_of(agents, doses, library, start)
    return tuple(sorted([*merged(doses), *checks], key=lambda entry: (entry.on, entry.kind)))


def doses_of(phase: Phase, start: date, end: date) -> Iterator[Entry]:
    """The doses of a stretch, cycle by cycle, as far as the calendar goes."""
    first = start + timedelta(days=phase.from_day - 1)
    cycle = 1
    while phase.cycles is None or cycle <= phase.cycles:
        begin = first + timedelta(days=phase.cycle_days * (cycle - 1))
        if begin > end:
            return
        for day in phase.on_days:
            on = begin + timedelta(days=day - 1)
            until = on + timedelta(days=phase.lasts - 1) if phase.lasts > 1 else None
            if on <= end:
                yield Entry(on, "treatment", phase.agents, cycle, phase.cycles, until)
        cycle += 1


def merged(doses: Iterable[Entry]) -> list[Entry]:
    """Doses of one day in the same cycle stand on one line."""
    found: dict[tuple[date, int, int | None, date | None], Entry] = {}
    for dose in doses:
        key = (dose.on, dose.cycle, dose.of, dose.until)
        agents = found[key].what if key in found else ()
        found[key] = Entry(dose.on, "treatment", (*agents, *dose.what), dose.cycle, dose.of, dose.until)
    return list(found.values())


def checks_of(agents: Iterable[str], doses: Sequence[Entry], library: Library, start: date) -> list[Entry]:
    """The checks of each agent: at the start, before doses, at intervals to the end of the regimen; each once a day."""
    last = max((dose.until or dose.on for dose in doses), default=start)
    days: dict[date, list[str]] = {}
    for agent in agents:
        given = [dose.on for dose in doses if agent in dose.what]
        for check in library.agents[agent].monitoring:
            for day in days_of(check, given, start, last):
                days.setdefault(day, []).append(check.what)
    return [Entry(day, "check", tuple(dict.fromkeys(what))) for day, what in days.items()]


def days_of(check: Check, given: Sequence[date], start: date, last: date) -> Iterator[date]:
    first = min(given)
    if check.at_start:
        yield from (start, first)
    if check.each_dose:
        yield from given
    if check.every_days:
        count = (last - first).days // check.every_days
        yield from (first + timedelta(days=check.every_days * turn) for turn in range(1, count + 1))
