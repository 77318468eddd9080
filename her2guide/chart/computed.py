"""What a chart tells about a fact without stating it: age, treatments, durations, falls.

In: the observations and treatments that count as of a day. Out: a value with its rule, or None.
A missing record is never a no, unless the record says that its list is complete.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial

from ..language.settle import show
from ..model.case import Known, Origin
from ..model.chart import Observation, Treatment
from ..model.condition import Value
from ..model.fact import Abstraction, Lines, Months, Treated
from .course import Line
from .months import begun_months, completed_months, completed_years
from .seen import Seen

EARLY = ("neoadjuvant", "adjuvant")
NOT_LISTED = Known(False, Origin("computed", rule="the list of treatments is said to be complete"))


Tell = Callable[[Seen], Known | None]


def teller(how: Abstraction) -> Tell | None:
    """What tells a fact from a chart that does not state it; None where nothing does."""
    if how.age:
        return age
    if how.treated:
        return partial(treated, how.treated, frozenset((*how.treated.agents, *how.treated.classes)))
    if how.months:
        return partial(months, how.months)
    if how.latest_treatment:
        return partial(latest_treatment, how.latest_treatment)
    if how.fall_of:
        return partial(fall, how.fall_of)
    return partial(lines, how.lines) if how.lines else None


def age(seen: Seen) -> Known | None:
    """Completed years; None where the days on which the patient can have been born do not all give the same."""
    chart, as_of = seen.chart, seen.day
    if chart.born is None or completed_years(chart.born_not_before or chart.born, as_of) != completed_years(
        chart.born, as_of
    ):
        return None
    rule = f"completed years from {chart.born} to {as_of}"
    return Known(completed_years(chart.born, as_of), Origin("computed", ("date of birth",), as_of, rule=rule))


def in_setting(treatment: Treatment, setting: str | None) -> bool | None:
    """Whether a treatment belongs to a setting; unknown when its own is not recorded."""
    if setting is None:
        return True
    if treatment.setting is None:
        return None
    return treatment.setting in EARLY if setting == "early" else treatment.setting == setting


def matching(how: Treated | Months, seen: Seen) -> tuple[list[Treatment], bool]:
    """The treatments that match for sure, and whether another might."""
    agents = how.agents if isinstance(how, Treated) else how.since_last
    named = [t for t in seen.treatments if t.agent in agents or seen.library.drug_class(t.agent) in how.classes]
    sure = [t for t in named if in_setting(t, how.setting)]
    return sure, any(in_setting(t, how.setting) is None for t in named)


def treated(how: Treated, drugs: frozenset[str], seen: Seen) -> Known | None:
    """Yes or no as the records tell; without a matching record, no only when the list is said to be complete.

    `drugs`: the agents and classes that match. As a rule none was given, which is seen at once.
    """
    complete, as_of = seen.chart.treatments_complete, seen.day
    if drugs.isdisjoint(seen.drugs):
        return NOT_LISTED if complete else None
    sure, perhaps = matching(how, seen)
    places = tuple(t.where for t in sure)
    if not sure:
        return NOT_LISTED if complete and not perhaps else None
    if how.state == "given":
        starts = [t.start for t in sure if t.start]
        first = min(starts) if len(starts) == len(sure) else None
        return Known(True, Origin("computed", places, first, rule="a matching treatment is recorded"))
    ended = how.state == "ended"
    if any(t.ongoing or (t.end and t.end > as_of) for t in sure):
        return Known(not ended, Origin("computed", places, rule="a matching treatment is going on"))
    ends = [t.end for t in sure if t.end]
    if len(ends) < len(sure) or perhaps or not (ended or complete):
        return None
    return Known(ended, Origin("computed", places, max(ends), rule="every matching treatment has ended"))


def months(how: Months, seen: Seen) -> Known | None:
    """Calendar months from the last matching dose to the event; 0 when it came during treatment."""
    sure, perhaps = matching(how, seen)
    until = first_yes(how.until_first, seen.observations) if how.until_first else seen.day
    if not sure or perhaps or until is None or any(t.end is None and not t.ongoing for t in sure):
        return None
    if any(t.start is None or t.start > until for t in sure):
        return None  # an event that came before the treatment says nothing about it
    places = tuple(t.where for t in sure)
    last = max(sure, key=lambda t: (t.ongoing, t.end or date.min))
    end = last.end if last.end and last.end < until else until
    count = begun_months if how.count == "begun" else completed_months
    rule = f"calendar months {how.count} from {end} to {until}"
    return Known(count(end, until), Origin("computed", places, until, rule=rule))


def first_yes(fact: str, seen: Sequence[Observation]) -> date | None:
    """The first day with a yes; None when a yes has no date or a no of the same day."""
    days = [o.on for o in seen if o.fact == fact and o.value is True]
    first = min((day for day in days if day), default=None) if all(days) else None
    denied = any(o.fact == fact and o.value is False and o.on == first for o in seen)
    return None if denied else first


def latest_treatment(named: Mapping[str, tuple[str, ...]], seen: Seen) -> Known | None:
    """The value whose treatment came last; unknown when that cannot be told from their dates."""
    found: list[tuple[date, Value, str]] = [
        (t.start or date.min, value, t.where)
        for value, agents in named.items()
        for t in seen.treatments
        if t.agent in agents
    ]
    if not found:
        return None
    last = max(day for day, _, _ in found)
    values = {value for day, value, _ in found if day in (last, date.min)}
    if len(values) > 1:
        return None
    places = tuple(where for day, _, where in found if day == last)
    return Known(
        values.pop(), Origin("computed", places, last if last > date.min else None, rule="the latest such treatment")
    )


def fall(of: str, seen: Seen) -> Known | None:
    """By how much the newest value lies below the first; 0 when it does not. Needs one value on each of two days."""
    days: dict[date, set[float]] = {}
    for observation in seen.observations:
        if observation.fact == of and observation.on:
            days.setdefault(observation.on, set()).add(float(observation.value))
    if len(days) < 2 or any(len(days[day]) > 1 for day in (min(days), max(days))):  # noqa: PLR2004 - first and newest
        return None
    (before,), (now,) = days[min(days)], days[max(days)]
    places = tuple(o.where for o in seen.observations if o.fact == of and o.on in (min(days), max(days)))
    rule = f"from {show(before)} on {min(days)} to {show(now)} on {max(days)}"
    return Known(max(0.0, before - now), Origin("computed", places, max(days), rule=rule))


def lines(how: Lines, seen: Seen) -> Known | None:
    """The number of lines, or the line being chosen. Known only where the list of treatments is said to be complete."""
    given = seen.lines
    if given is None:
        return None
    counted = [line for line in given if of_classes(line, set(how.classes), how.only)]
    said = [f"line {given.index(line) + 1} from {line.start}: {agents_of(line)}" for line in counted]
    places = tuple(dict.fromkeys(t.where for line in counted for t in line.treatments))
    number = len(counted) if how.next_after is None else chosen_line(how.next_after, counted, seen)
    last = counted[-1].start if counted else None
    rule = "; ".join(said) or "no line of therapy is recorded"
    return None if number is None else Known(number, Origin("computed", places, last, rule=rule))


def of_classes(line: Line, classes: set[str], only: bool) -> bool:
    if not classes:
        return True
    return line.classes <= classes if only else bool(line.classes & classes)


def agents_of(line: Line) -> str:
    return " + ".join(dict.fromkeys(t.agent for t in line.treatments))


def chosen_line(growth: str, given: Sequence[Line], seen: Seen) -> int | None:
    """The next line after growth on the last one, the present one without growth; None where that is not recorded."""
    if not given:
        return 1
    said = [o for o in seen.observations if o.fact == growth and o.on and o.on >= given[-1].start]
    newest = max((o.on for o in said if o.on), default=None)
    values = {o.value for o in said if o.on == newest}
    if len(values) != 1:
        return None
    return len(given) + 1 if True in values else len(given)
