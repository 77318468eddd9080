"""Chart -> Case: which value of each fact counts as of a date, and where it came from.

In: all records of one patient. Out: one row; conflicts are shown and their facts left unknown.
The newest record counts, unless it is too old to count at all. Two different values on the newest date are
a conflict, never a choice; so are the records of two cancers until one of them is chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise

from ..language.settle import disagreement, settle, show
from ..library.library import Library, facts_on, read_day
from ..library.read import read_library
from ..model.case import Case, Change, Conflict, Known, Origin, Outdated
from ..model.chart import Chart, Observation, Side
from ..model.fact import Fact
from .cancers import two_cancers
from .computed import computed
from .months import completed_months
from .seen import Seen, seen_on
from .specimens import newest_of


def abstract(
    chart: Chart,
    facts: Mapping[str, Fact],
    as_of: str | date | None = None,
    library: Library | None = None,
    defined_on: date | None = None,
    side: Side | None = None,
) -> Case:
    """The case of a chart as of a day (today if none): records after it are not seen.

    Facts are understood as they were defined on that day, or on `defined_on`. Of two cancers, left and
    right, `side` names the one that is meant.
    """
    day = read_day(as_of)
    facts = defined(facts, defined_on or day)
    library = library or read_library()
    seen = seen_on(chart, facts, day, side, library)
    recorded: dict[str, Known] = {}
    conflicts: list[Conflict] = [*(two_cancers(chart, facts, seen.observations) if side is None else ())]
    outdated: list[Outdated] = []
    for fact in facts.values():
        if fact.abstract is None and fact.id not in seen.counted:
            continue
        answer = answer_to(fact, facts, seen)
        if isinstance(answer, Conflict):
            conflicts.append(answer)
        elif isinstance(answer, Outdated):
            outdated.append(answer)
        elif answer:
            recorded[fact.id] = answer
    found = [pair for group in seen.samples for pair in changes(group, facts, seen)]
    conflicts += [Conflict((change.fact,), change.says, change.where) for change, unclear in found if unclear]
    blocked = {name for conflict in conflicts for name in conflict.facts}
    settled = settle(list(facts.values()), recorded, library.contradictions, blocked)
    return Case(
        chart.patient,
        day,
        settled.known,
        (*conflicts, *settled.conflicts),
        chart.unread,
        tuple(outdated),
        tuple(change for change, unclear in found if not unclear),
    )


KEPT: list[tuple[Mapping[str, Fact], date, dict[str, Fact]]] = []


def defined(facts: Mapping[str, Fact], day: date) -> dict[str, Fact]:
    """The facts as they were defined on a day. The last few are kept: a cohort asks for the same again."""
    for given, on, found in KEPT:
        if given is facts and on == day:
            return found
    cut = facts_on(facts, day)
    KEPT.insert(0, (facts, day, cut))
    del KEPT[4:]
    return cut


def answer_to(fact: Fact, facts: Mapping[str, Fact], seen: Seen) -> Known | Conflict | Outdated | None:
    """What the records say to a fact's question: one value, a contradiction, one that is too old, or nothing."""
    recorded = newest(fact, seen.counted.get(fact.id, ()), seen.why.get(fact.tested_with or "", ""))
    if isinstance(recorded, Conflict):
        return recorded
    other = in_specimen(fact, facts, seen) or computed(fact, seen)
    found = newer_than_recorded([known for known in (recorded, other) if known])
    if len({known.value for known in found}) > 1:
        return disagreement(fact, found)
    if recorded and found[0] is recorded and (aged := outdated(fact, recorded, seen.day)):
        return aged
    return found[0] if found else None


def newest(fact: Fact, observations: Sequence[Observation], why: str = "") -> Known | Conflict | None:
    """The value on the newest date. What has no date, or may be as new, must agree with it."""
    if not observations:
        return None
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


def in_specimen(fact: Fact, facts: Mapping[str, Fact], seen: Seen) -> Known | None:
    """What the newest specimen of a site says on its own; None where its own tests contradict each other."""
    how = fact.abstract.in_specimen if fact.abstract else None
    group = facts[how.fact].tested_with if how else None
    sample = newest_of(how.site, seen.samples.get(group, ())) if how and group else None
    if not how or not sample:
        return None
    known = alone(sample.tests, facts).get(how.fact)
    places = tuple(dict.fromkeys(o.where for o in sample.tests))
    return known and Known(known.value, Origin("computed", places, sample.day, rule=f"from {sample.name()} alone"))


def alone(tests: Sequence[Observation], facts: Mapping[str, Fact]) -> dict[str, Known]:
    """What tests say without anything else of the chart."""
    group = facts[tests[0].fact].tested_with if tests else None
    together = {name: fact for name, fact in facts.items() if fact.tested_with == group}
    answers = {name: newest(fact, [o for o in tests if o.fact == name]) for name, fact in together.items()}
    recorded = {name: known for name, known in answers.items() if isinstance(known, Known)}
    unsure = [name for name, known in answers.items() if isinstance(known, Conflict)]
    return settle(list(together.values()), recorded, (), unsure).known


def changes(group: str, facts: Mapping[str, Fact], seen: Seen) -> Iterator[tuple[Change, bool]]:
    """Each change of a watched fact from sample to sample, and whether it may be a contradiction instead.

    It may where other tests without a named specimen disagree: they can be of one specimen. A test that was
    repeated, or a newer statement of the result itself, counts.
    """
    if len(seen.samples[group]) < 2:  # noqa: PLR2004 - a change needs two
        return
    watched = [fact for fact in facts.values() if fact.watched and fact.tested_with == group]
    said = [(sample, alone(sample.tests, facts)) for sample in seen.samples[group]]
    for (older, before), (newer, after) in pairwise(said):
        repeated = {o.fact for o in older.tests} <= {o.fact for o in newer.tests}
        places = tuple(dict.fromkeys(o.where for o in (*older.tests, *newer.tests)))
        for fact in watched:
            then, now = before.get(fact.id), after.get(fact.id)
            if then and now and then.value != now.value:
                says = f"{fact.title}: {show(then.value)} in {older.name()}, {show(now.value)} in {newer.name()}"
                named = older.specimen or newer.specimen
                unclear = not named and not repeated and {then.origin.kind, now.origin.kind} == {"derived"}
                yield Change(fact.id, then.value, older.day, now.value, newer.day, says, places), unclear
