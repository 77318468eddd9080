"""A chart and a question -> the drugs that were given in answer to it, the day of the decision, and the chart as it
was known then.

In: a chart with its treatments, one question of `concordance_knowledge`. Out: agents, days, and how they were told.
It knows no edition: whether what was given was recommended, `concordance` decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from msgspec import Struct, field
from msgspec.structs import replace

from ..chart.course import in_their_setting, lines_of
from ..chart.months import add_months
from ..library.library import Library
from ..model.chart import Chart, Observation, Treatment
from ..model.condition import Value
from .concordance_knowledge import CrossTable, Question, Questions


class Record(Struct, frozen=True):
    """A chart with what else a registry knows: the site; the settings whose treatments are all recorded; by setting
    the code of the reason why a plan was not followed."""

    chart: Chart
    site: str | None = None
    whole: frozenset[str] = frozenset()
    reasons: Mapping[str, str] = field(default_factory=dict)


class Given(Struct, frozen=True):
    """What was given in answer to a question.

    `day`: of the decision, the last it can mean, and `first` the first; None where no date is recorded.
    `treatments`: those that answer it, left out of the chart of the decision. `unplaced`: agents whose setting the
    record does not tell, and that could belong here. `by_dates`: agents whose setting only their dates tell.
    """

    agents: tuple[str, ...] = ()
    day: date | None = None
    first: date | None = None
    treatments: tuple[Treatment, ...] = ()
    unplaced: tuple[str, ...] = ()
    by_dates: tuple[str, ...] = ()
    lines_unknown: bool = False


def given_for(question: Question, chart: Chart, questions: Questions, library: Library) -> Given | None:
    """What was given in answer to a question; None where the question did not arise: a line that never began."""
    every = in_their_setting(chart.treatments, chart.observations, library)
    counted = [
        t
        for t in every
        if questions.in_group(t.agent, question.compared, library) and t.agent not in question.not_counted
    ]
    opened = opened_on(question.dated_by, chart)
    if question.line is not None:
        return in_line(question.line, every, counted, opened, library)
    placed = [t for t in counted if t.setting == question.setting]
    unplaced = [t for t in counted if t.setting is None]
    near = [t for t in unplaced if follows(t, opened[1], question.within_months)]
    far = [t for t in unplaced if t not in near and (question.within_months is None or t.start is None)]
    return gathered([*placed, *near], opened, unplaced=far, by_dates=near)


def in_line(
    number: int,
    every: Sequence[Treatment],
    counted: Sequence[Treatment],
    opened: tuple[date | None, date | None],
    library: Library,
) -> Given | None:
    """The drugs of one line for advanced disease."""
    advanced = [t for t in counted if t.setting in ("metastatic", None)]
    lines = lines_of(every, library)
    if lines is None:
        return Given((), opened[1], opened[0], lines_unknown=bool(advanced)) if number == 1 else None
    if number <= len(lines):
        own = [t for t in lines[number - 1].treatments if t in counted]
        return replace(gathered(own, opened), day=lines[number - 1].start)
    return Given((), opened[1], opened[0]) if number == 1 else None


def gathered(
    treatments: Sequence[Treatment],
    opened: tuple[date | None, date | None],
    unplaced: Iterable[Treatment] = (),
    by_dates: Iterable[Treatment] = (),
) -> Given:
    """The agents, each once, and the day on which the first of them was given; else the day that opened the decision.

    Where the record tells the opening to the year only, days counted from it are as uncertain as it is.
    """
    starts = [t.start for t in treatments if t.start]
    day = min(starts, default=opened[1])
    first = day
    if day and opened[0] and opened[1]:
        first = day - (opened[1] - opened[0])
    return Given(named(treatments), day, first, tuple(treatments), named(unplaced), named(by_dates))


def named(treatments: Iterable[Treatment]) -> tuple[str, ...]:
    return tuple(sorted({t.agent for t in treatments}))


def follows(treatment: Treatment, opened: date | None, months: int | None) -> bool:
    """Whether it starts within so many months of the day that opened the decision."""
    if months is None or opened is None or treatment.start is None:
        return False
    return opened <= treatment.start <= add_months(opened, months)


def opened_on(names: Sequence[str], chart: Chart) -> tuple[date | None, date | None]:
    """The last of the days on which each of these was first recorded: the first and the last day that it can mean."""
    seen: dict[str, tuple[date, date]] = {}
    for o in chart.observations:
        if o.fact in names and o.on:
            days = (o.not_before or o.on, o.on)
            seen[o.fact] = min(seen.get(o.fact, days), days, key=lambda pair: pair[1])
    for t in chart.treatments:
        if t.agent in names and t.start:
            seen[t.agent] = min(seen.get(t.agent, (t.start, t.start)), (t.start, t.start))
    return max(seen.values(), key=lambda pair: pair[1], default=(None, None))


def chart_at_decision(chart: Chart, given: Given, day: date) -> Chart:
    """The chart without the treatments that answer the question, nor any that began on that day or later."""
    answers = {(t.agent, t.start, t.where) for t in given.treatments}
    kept = tuple(
        t
        for t in chart.treatments
        if (t.agent, t.start, t.where) not in answers
        and (t.start is None or t.start < day)
        and not (t.start is None and t.agent in given.unplaced)
    )
    return replace(chart, treatments=kept)


def supposing(chart: Chart, values: Mapping[str, Value], day: date) -> Chart:
    """The chart with what holds at the decision by its nature, as records of its day."""
    added = tuple(Observation(fact, value, day, "holds at this decision") for fact, value in values.items())
    return replace(chart, observations=(*chart.observations, *added))


def given_group(table: CrossTable, chart: Chart, questions: Questions, library: Library) -> tuple[str, ...]:
    """The agents of a cross table's group that were ever given."""
    return tuple(sorted({t.agent for t in chart.treatments if questions.in_group(t.agent, table.given, library)}))
