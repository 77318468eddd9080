"""The straight line as the commands need it: file -> chart -> case -> guidance."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from ..chart.abstract import abstract
from ..chart.months import add_months
from ..engine.apply import apply
from ..engine.calendar import Entry, calendar_of
from ..engine.compare import Comparison, compare
from ..engine.consultation import Consultation
from ..errors import ChartError, Problem, RequestError, nearest
from ..library.library import Library, read_day
from ..library.read import read_library
from ..model.case import Case
from ..model.chart import Chart, Side
from ..model.guidance import Guidance
from ..model.knowledge import Regimen
from .many import Place, chart_at
from .output import say


def case_of(path: Path, day: date, side: Side | None = None, **table: Any) -> tuple[Case, Library]:
    """The case of a chart file, or of one patient of a table, as of a day, with a note of what was read."""
    library = read_library()
    chart = chart_at(Place(path, **table), library)
    note_reading(chart, day)
    return abstract(chart, library.facts, day, library, side=side), library


def advise_chart(path: Path, **choice: Any) -> tuple[Guidance, Library]:
    """The guidance for a chart file. Raises `ChartError` on conflicts unless told to go on."""
    return consult(path, **choice).guidance(), read_library()


def consult(
    path: Path,
    *,
    edition: str,
    region: str,
    as_of: str | None,
    records_until: str | None = None,
    despite_conflicts: bool,
    side: Side | None = None,
    even_if_expired: bool,
    **table: Any,
) -> Consultation:
    """The consultation for a chart file. Raises `ChartError` on conflicts unless told to go on."""
    library = read_library()
    in_force = library.edition(edition, region, as_of, even_if_expired=even_if_expired)
    seen_on = read_day(records_until, "--records-until") if records_until else in_force.as_of
    chart = chart_at(Place(path, **table), library)
    note_reading(chart, seen_on)
    found = Consultation(chart, in_force, seen_on, side)
    if not despite_conflicts:
        refuse_conflicts(found.case(), path)
    return found


def refuse_conflicts(case: Case, path: Path) -> None:
    """Raises `ChartError` with every conflict of a case."""
    if case.conflicts:
        do = "Correct the record, or use --despite-conflicts to leave these facts unknown."
        raise ChartError(
            Problem(", ".join(conflict.where) or str(path), f"records contradict each other: {conflict.says}.", do)
            for conflict in case.conflicts
        )


def calendar_for(
    guidance: Guidance, library: Library, regimen: str, start: str | None, months: int
) -> tuple[Regimen, tuple[Entry, ...]]:
    """The calendar of an option of a guidance. Raises `RequestError` for what is no option or is ruled out."""
    if start is None:
        raise RequestError([Problem("--start", "is missing.", "Give the first day of treatment.")])
    standing = {option.regimen: option.standing for option in guidance.options}
    if regimen not in standing:
        do = nearest(regimen, standing) or f"Options are: {', '.join(standing) or 'none'}."
        raise RequestError([Problem(regimen, "is not an option for this chart.", do)])
    if standing[regimen] == "ruled out":
        raise RequestError([Problem(regimen, "is ruled out for this chart.", "`her2guide explain` says why.")])
    if standing[regimen] == "needs check":
        say(f"note: {regimen} needs a check before it is safe; `her2guide advise` says which")
    refuse_barred(guidance, library.regimens[regimen])
    first = read_day(start, "--start")
    entries = calendar_of(library.regimens[regimen], library, first, add_months(first, months))
    return library.regimens[regimen], entries


def refuse_barred(guidance: Guidance, regimen: Regimen) -> None:
    """A schedule names one of several agents: no calendar where that one is ruled out. Raises `RequestError`."""
    agents = [agent for option in guidance.options if option.regimen == regimen.id for agent in option.agents]
    barred = {agent.agent for agent in agents if agent.standing == "ruled out"}
    planned = [name for phase in regimen.schedule for name in phase.agents if name in barred]
    if planned:
        what = f"its schedule holds {', '.join(planned)}, which is ruled out for this chart."
        raise RequestError([Problem(regimen.id, what, "Ask the team for a plan with another agent.")])


def compared(path: Path, first: str, second: str, region: str, as_of: str | None) -> tuple[Comparison, ...]:
    """How two editions differ for a chart file. Raises `ChartError` on conflicts."""
    library = read_library()
    editions = [library.edition(name, region, as_of) for name in (first, second)]
    case, _ = case_of(path, editions[0].as_of)
    refuse_conflicts(case, path)
    one, other = (apply(edition, case) for edition in editions)
    return compare(one, other, library)


def note_reading(chart: Chart, day: date) -> None:
    """One line on what was read and what was passed over."""
    note = f"read {len(chart.observations)} values and {len(chart.treatments)} treatments"
    later = sum(1 for o in chart.observations if o.on and o.on > day)
    later += sum(1 for t in chart.treatments if t.start and t.start > day)
    if later:
        note += f"; {later} of them are later than {day} and do not count"
    if chart.unread:
        counts = Counter(unread.why.split(":")[0] for unread in chart.unread)
        parts = ", ".join(f"{count} because {why}" for why, count in counts.most_common(4))
        note += f"; passed over {len(chart.unread)} entries ({parts}); `her2guide abstract` lists them"
        for unread in chart.unread:
            if unread.why.startswith("not understood"):
                say(f"note: {unread.where}, {unread.what}: {unread.why}")
    say(note)
