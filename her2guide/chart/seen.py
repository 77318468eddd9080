"""What counts of a chart as of a day: the records up to it, of one cancer, of one sample for each group of tests.

In: a chart and a day. Out: observations by fact. It does not weigh one value against another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from msgspec import Struct

from ..library.library import Library
from ..model.chart import Chart, Observation, Side, Treatment
from ..model.fact import Fact
from .cancers import of_side
from .course import Line, in_their_setting, lines_of
from .specimens import Sample, governing, samples


class Seen(Struct, frozen=True):
    """`observations` and `treatments`: all up to `day`. `counted`: by fact, those of the sample that counts.

    `samples` and `why`: for each group of tests the samples in order of time, and why the one counts.
    `drugs`: the agents given and their classes. `lines`: None where they cannot be told.
    """

    library: Library
    chart: Chart
    day: date
    observations: Sequence[Observation]
    treatments: Sequence[Treatment]
    counted: Mapping[str, Sequence[Observation]]
    samples: Mapping[str, Sequence[Sample]]
    why: Mapping[str, str]
    drugs: frozenset[str]
    lines: tuple[Line, ...] | None


def seen_on(chart: Chart, facts: Mapping[str, Fact], day: date, side: Side | None, library: Library) -> Seen:
    """The records that count as of a day, of one side where one is chosen."""
    observations = [o for o in of_side(chart, facts, side) if o.on is None or o.on <= day]
    given = [t for t in chart.treatments if (t.start is None or t.start <= day) and side in (None, t.side or side)]
    treatments = in_their_setting(given, observations, library)
    counted: dict[str, list[Observation]] = {}
    grouped: dict[str, list[Observation]] = {}
    for o in observations:
        group = facts[o.fact].tested_with if o.fact in facts else None
        (grouped.setdefault(group, []) if group else counted.setdefault(o.fact, [])).append(o)
    found: dict[str, list[Sample]] = {}
    why: dict[str, str] = {}
    for group, tests in grouped.items():
        found[group] = samples(tests, timedelta(days=int(library.codes["abstraction"]["same_specimen_days"])))
        chosen, why[group] = governing(found[group])
        for o in (o for sample in chosen for o in sample.tests):
            counted.setdefault(o.fact, []).append(o)
    drugs = frozenset(name for t in treatments for name in (t.agent, library.drug_class(t.agent)))
    lines = lines_of(treatments, library) if chart.treatments_complete else None
    return Seen(library, chart, day, observations, treatments, counted, found, why, drugs, lines)
