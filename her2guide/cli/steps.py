"""The straight line as the commands need it: file -> chart -> case -> guidance."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

from ..chart.abstract import abstract
from ..chart.read import read_chart
from ..engine.apply import apply
from ..errors import ChartError, Problem
from ..library.library import Library
from ..library.read import read_library
from ..model.case import Case
from ..model.chart import Chart
from ..model.guidance import Guidance
from .output import say


def case_of(path: Path, day: date) -> tuple[Case, Library]:
    """The case of a chart file as of a day, with a note of what was read."""
    library = read_library()
    chart = read_chart(path, library)
    note_reading(chart, day)
    return abstract(chart, library.facts, day, library), library


def advise_chart(
    path: Path, *, edition: str, region: str, as_of: str | None, despite_conflicts: bool, even_if_expired: bool
) -> tuple[Guidance, Library]:
    """The guidance for a chart file. Raises `ChartError` on conflicts unless told to go on."""
    in_force = read_library().edition(edition, region, as_of, even_if_expired=even_if_expired)
    case, library = case_of(path, in_force.as_of)
    if case.conflicts and not despite_conflicts:
        do = "Correct the record, or use --despite-conflicts to leave these facts unknown."
        raise ChartError(
            Problem(", ".join(conflict.where) or str(path), f"records contradict each other: {conflict.says}.", do)
            for conflict in case.conflicts
        )
    return apply(in_force, case), library


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
