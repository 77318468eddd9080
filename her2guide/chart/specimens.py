"""Which tests count together: those of one specimen, the newest that was tested.

In: the observations of one group of tests. Out: samples in order of time, and the one that counts.
Of several samples of one day a metastasis counts before a node before the primary. Tests without a specimen
are taken for one sample while no long gap lies between them, and for part of a named specimen that was
taken shortly before. It does not judge whether a change between samples is real.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from msgspec import Struct

from ..model.chart import Observation, Site, Specimen

SITES: tuple[Site | None, ...] = ("metastasis", "node", "primary", None)


class Sample(Struct, frozen=True):
    """The tests on one specimen, or on one that the record does not name. `day` is None where none is recorded."""

    specimen: Specimen | None
    day: date | None
    tests: tuple[Observation, ...]

    @property
    def site(self) -> Site | None:
        return self.specimen.site if self.specimen else None

    def name(self) -> str:
        """In words: site and part, the name in the record, the day."""
        found = self.specimen
        day = f"of {self.day}" if self.day else "without a date"
        if not found:
            return f"tests {day}"
        told = " ".join(word for word in (found.site or "specimen", found.part) if word)
        return found.id if str(self.day) in found.id else f"{told} ({found.id}) {day}"


def samples(tests: Sequence[Observation], within: timedelta) -> list[Sample]:
    """Every sample, the oldest first; those without a day come last."""
    named: dict[str, list[Observation]] = {}
    for o in tests:
        if o.specimen:
            named.setdefault(o.specimen.id, []).append(o)
    found = [Sample(o[0].specimen, taken(o), tuple(o)) for o in named.values()]
    loose = sorted((o for o in tests if not o.specimen and o.on), key=lambda o: o.on or date.min)
    for test in loose:
        found = joined(found, test, within)
    undated = tuple(o for o in tests if not o.specimen and not o.on)
    found.sort(key=lambda sample: sample.day or date.max)
    if undated and not found:
        return [Sample(None, None, undated)]
    last = [Sample(s.specimen, s.day, s.tests + undated) for s in found[-1:]]
    return found[:-1] + last


def taken(tests: Sequence[Observation]) -> date | None:
    """The day of a specimen; where it is not recorded, the first day of a test on it."""
    recorded = [o.specimen.taken for o in tests if o.specimen and o.specimen.taken]
    return min(recorded or [o.on for o in tests if o.on], default=None)


def joined(found: list[Sample], test: Observation, within: timedelta) -> list[Sample]:
    """The samples with a test added to the newest that it can belong to, or as one of its own."""
    day = test.not_before or test.on or date.min
    fitting = [s for s in found if s.day and s.day <= (test.on or day) and day - last_day(s) <= within]
    if not fitting:
        return [*found, Sample(None, test.on, (test,))]
    home = max(fitting, key=lambda s: s.day or date.min)
    grown = Sample(home.specimen, home.day, (*home.tests, test))
    return [grown if s is home else s for s in found]


def last_day(sample: Sample) -> date:
    return max([o.on for o in sample.tests if o.on] + [sample.day or date.min])


def newest(found: Sequence[Sample]) -> list[Sample]:
    """All that may be the newest: those of the last day, and those without one."""
    last = max((sample.day for sample in found if sample.day), default=None)
    return [sample for sample in found if sample.day in (None, last)]


def governing(found: Sequence[Sample]) -> tuple[Sequence[Sample], str]:
    """The samples that count, as a rule one, and why: all that may be the newest, by site if that decides."""
    chosen = newest(found)
    if all(sample.day for sample in chosen):
        best = min(SITES.index(sample.site) for sample in chosen)
        chosen = [sample for sample in chosen if SITES.index(sample.site) == best]
    if not any(sample.specimen for sample in chosen):
        return chosen, ""
    names = " and ".join(sample.name() for sample in chosen)
    return chosen, f"from {names}" + (", the newest tested" if len(found) > len(chosen) else "")


def newest_of(site: Site, found: Sequence[Sample]) -> Sample | None:
    """The newest sample of a site; none where its day cannot be told."""
    there = [sample for sample in found if sample.site == site]
    if len(there) < 2:  # noqa: PLR2004 - one needs no day
        return there[0] if there else None
    latest = newest(there)
    return latest[0] if len(latest) == 1 else None
