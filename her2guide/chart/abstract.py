"""Chart -> Case: which value of each fact counts as of a date, and where it came from.

In: all records of one patient. Out: one row; conflicts are shown and their facts left unknown.
The newest record counts, unless it is too old to count at all. Two different values on the newest date are
a conflict, never a choice; so are the records of two cancers until one of them is chosen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise

from ..language.settle import disagreement, show
from ..library.library import Library, read_day
from ..library.read import read_library
from ..model.case import Case, Change, Conflict, Known, Origin, Outdated
from ..model.chart import Chart, Observation, Side
from ..model.fact import Fact, InSpecimen
from .cancers import two_cancers
from .definitions import Definitions, Group, defined
from .months import completed_months
from .seen import Seen, seen_on
from .specimens import Sample, newest_of


def abstract(
    chart: Chart,
    facts: Mapping[str, Fact],
    as_of: str | date | None = None,
    library: Library | None = None,
    defined_on: date | None = None,
    side: Side | None = None,
    stated_only: Collection[str] = (),
) -> Case:
    """The case of a chart as of a day (today if none): records after it are not seen.

    Facts are understood as they were defined on that day, or on `defined_on`. Of two cancers, left and
    right, `side` names the one that is meant. Facts of `stated_only` follow from nothing else.
    """
    day = read_day(as_of)
    definitions = defined(facts, defined_on or day)
    library = library or read_library()
    facts = definitions.facts
    seen = seen_on(chart, facts, day, side, library)
    recorded, clashes, aged = weighed(definitions, seen, stated_only)
    conflicts = [*(two_cancers(chart, facts, seen.observations) if side is None else ()), *clashes]
    groups = ((definitions.groups[name], found) for name, found in seen.samples.items())
    found = [pair for group, samples in groups for pair in changes(group, samples, stated_only)]
    conflicts += [Conflict((change.fact,), change.says, change.where) for change, unclear in found if unclear]
    blocked = {name for conflict in conflicts for name in conflict.facts}
    settled = definitions.settling.settle(recorded, library.contradictions, blocked, stated_only)
    return Case(
        chart.patient,
        day,
        settled.known,
        (*conflicts, *settled.conflicts),
        chart.unread,
        aged,
        tuple(change for change, unclear in found if not unclear),
    )


def weighed(
    definitions: Definitions, seen: Seen, stated_only: Collection[str]
) -> tuple[dict[str, Known], list[Conflict], tuple[Outdated, ...]]:
    """What the records say of each fact: the values, the contradictions, what is too old."""
    recorded: dict[str, Known] = {}
    conflicts: list[Conflict] = []
    aged: list[Outdated] = []
    told = told_by_chart(definitions, seen, stated_only)
    for name in definitions.in_order(told.keys() | seen.counted.keys()):
        answer = answer_to(definitions.facts[name], seen, told.get(name))
        if isinstance(answer, Known):
            recorded[name] = answer
        elif isinstance(answer, Conflict):
            conflicts.append(answer)
        elif answer:
            aged.append(answer)
    return recorded, conflicts, tuple(aged)


def told_by_chart(definitions: Definitions, seen: Seen, stated_only: Collection[str]) -> dict[str, Known]:
    """What the chart tells about facts without stating it, or a specimen on its own."""
    found = {name: tell(seen) for name, tell in definitions.told.items() if name not in stated_only}
    for name, how in definitions.in_specimen.items() if seen.samples else ():
        if name not in stated_only:
            found[name] = in_specimen(how, definitions, seen, stated_only)
    return {name: known for name, known in found.items() if known}


def answer_to(fact: Fact, seen: Seen, told: Known | None) -> Known | Conflict | Outdated | None:
    """What the records say to a fact's question: one value, a contradiction, one that is too old, or nothing."""
    observations = seen.counted.get(fact.id)
    if not observations:
        return told
    recorded = newest(fact, observations, seen.why.get(fact.tested_with or "", ""))
    if isinstance(recorded, Conflict):
        return recorded
    found = newer_than_recorded([recorded, told]) if told else [recorded]
    if len({known.value for known in found}) > 1:
        return disagreement(fact, found)
    if found[0] is recorded and (aged := outdated(fact, recorded, seen.day)):
        return aged
    return found[0]


def newest(fact: Fact, observations: Sequence[Observation], why: str = "") -> Known | Conflict:
    """The value on the newest date of one or more. What has no date, or may be as new, must agree with it."""
    if len(observations) == 1:
        return Known(observations[0].value, Origin("recorded", (observations[0].where,), observations[0].on, rule=why))
    last = max((o.on for o in observations if o.on), default=None)
    since = min((o.not_before or o.on for o in observations if o.on and o.on == last), default=None)
    current = [o for o in observations if o.on is None or (since and o.on >= since)]
    places = tuple(dict.fromkeys(o.where for o in current))
    values = list(dict.fromkeys(show(o.value) for o in current))
    if len(values) > 1:
        days = " or ".join(dict.fromkeys(str(o.on or "a day not given") for o in current))
        return Conflict((fact.id,), f"{fact.title}: {' and '.join(values)} on {days}", places)
    return Known(current[0].value, Origin("recorded", places, last, rule=why))


def newer_than_recorded(found: list[Known]) -> list[Known]:
    """A recorded value gives way to what happened after it: surgery done since, a birthday."""
    days = [known.origin.on for known in found]
    if len(days) == 2 and days[0] and days[1] and days[0] < days[1]:  # noqa: PLR2004 - recorded, computed
        return found[1:]
    return found


def outdated(fact: Fact, recorded: Known, day: date) -> Outdated | None:
    """A value of a fact that ages, seen too long ago to count."""
    aging, on = fact.good_for, recorded.origin.on
    if not aging or not on or (aging.values and recorded.value not in aging.values):
        return None
    if completed_months(on, day) < aging.months:
        return None
    return Outdated(fact.id, recorded.value, on, aging.months, recorded.origin.where)


def in_specimen(how: InSpecimen, definitions: Definitions, seen: Seen, stated_only: Collection[str]) -> Known | None:
    """What the newest specimen of a site says on its own; None where its own tests contradict each other."""
    group = definitions.facts[how.fact].tested_with
    sample = newest_of(how.site, seen.samples.get(group, ())) if group else None
    if not group or not sample:
        return None
    known = alone(sample.tests, definitions.groups[group], stated_only).get(how.fact)
    places = tuple(dict.fromkeys(o.where for o in sample.tests))
    return known and Known(known.value, Origin("computed", places, sample.day, rule=f"from {sample.name()} alone"))


def alone(tests: Sequence[Observation], group: Group, stated_only: Collection[str] = ()) -> dict[str, Known]:
    """What tests of a group say without anything else of the chart."""
    answers = {}
    for fact in group.facts:
        own = [o for o in tests if o.fact == fact.id]
        if own:
            answers[fact.id] = newest(fact, own)
    recorded = {name: known for name, known in answers.items() if isinstance(known, Known)}
    unsure = answers.keys() - recorded.keys()
    return group.settling.settle(recorded, (), unsure, stated_only).known


def changes(group: Group, samples: Sequence[Sample], stated_only: Collection[str]) -> Iterator[tuple[Change, bool]]:
    """Each change of a watched fact from sample to sample, and whether it may be a contradiction instead.

    It may where other tests without a named specimen disagree: they can be of one specimen. A test that was
    repeated, or a newer statement of the result itself, counts.
    """
    if len(samples) < 2:  # noqa: PLR2004 - a change needs two
        return
    said = [(sample, alone(sample.tests, group, stated_only)) for sample in samples]
    for (older, before), (newer, after) in pairwise(said):
        repeated = {o.fact for o in older.tests} <= {o.fact for o in newer.tests}
        places = tuple(dict.fromkeys(o.where for o in (*older.tests, *newer.tests)))
        for fact in group.watched:
            then, now = before.get(fact.id), after.get(fact.id)
            if then and now and then.value != now.value:
                says = f"{fact.title}: {show(then.value)} in {older.name()}, {show(now.value)} in {newer.name()}"
                named = older.specimen or newer.specimen
                unclear = not named and not repeated and {then.origin.kind, now.origin.kind} == {"derived"}
                yield Change(fact.id, then.value, older.day, now.value, newer.day, says, places), unclear
