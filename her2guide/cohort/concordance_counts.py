"""Outcomes and cells -> counts: by decision, year and site, with denominators, intervals and what is missing.

In: outcomes of any number of patients. Out: numbers with the rule behind each. Shares are of those who can be told;
those who cannot are counted beside them, and widen the range that the share can lie in.
Source: exact (Clopper-Pearson) intervals and exact binomial limits, both from scipy.stats.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from msgspec import Struct

from .concordance import CLASSES, TOLD, Class, Outcome

FOLLOWED: tuple[Class, ...] = ("concordant", "alternative")
Key = str | int | None


class Share(Struct, frozen=True):
    """`part` of `whole`; `low` and `high`: the exact 95 % interval; None where the whole is 0."""

    part: int
    whole: int
    low: float | None = None
    high: float | None = None

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None


class Row(Struct, frozen=True):
    """One decision, year or site. `counts`: by class. `followed`: concordant or alternative, of all who can be told.

    `least` and `most`: the same share if none, or all, of those who cannot be told had followed.
    """

    name: Key
    counts: dict[str, int]
    concordant: Share
    followed: Share
    least: float | None
    most: float | None

    @property
    def total(self) -> int:
        return sum(self.counts.values())


class Gap(Struct, frozen=True):
    """A missing fact: how many outcomes of how many lack it; in `conflicting` of them records contradict."""

    fact: str
    missing: int
    conflicting: int
    of: int


def share(part: int, whole: int) -> Share:
    """A share with its exact 95 % interval (Clopper and Pearson)."""
    if not whole:
        return Share(part, whole)
    from scipy.stats import binomtest  # takes longer to import than everything else

    interval = binomtest(part, whole).proportion_ci(0.95, method="exact")
    return Share(part, whole, float(interval.low), float(interval.high))


def rows(outcomes: Iterable[Outcome], by: Callable[[Outcome], Key]) -> list[Row]:
    """The outcomes grouped; groups in order, those without a name last."""
    groups: dict[Key, Counter[str]] = {}
    for outcome in outcomes:
        groups.setdefault(by(outcome), Counter())[outcome.finding.kind] += 1
    order = sorted(groups, key=lambda name: (name is None, str(name)))
    return [row(name, groups[name]) for name in order]


def row(name: Key, found: Counter[str]) -> Row:
    counts: dict[str, int] = {kind: found[kind] for kind in CLASSES}
    told, followed = sum(counts[kind] for kind in TOLD), sum(counts[kind] for kind in FOLLOWED)
    total = told + counts["cannot tell"]
    least = followed / total if total else None
    most = (followed + counts["cannot tell"]) / total if total else None
    return Row(name, counts, share(counts["concordant"], told), share(followed, told), least, most)


class Ruled(Struct, frozen=True):
    """How many a rule put in a class, and the facts that they lack: one can lack several."""

    kind: Class
    rule: str
    count: int
    missing: dict[str, int]


def rules(outcomes: Sequence[Outcome]) -> list[Ruled]:
    """By class, the most frequent rule first."""
    counts = Counter((outcome.finding.kind, outcome.finding.rule) for outcome in outcomes)
    order = sorted(counts, key=lambda pair: (CLASSES.index(pair[0]), -counts[pair], pair[1]))
    return [Ruled(kind, rule, counts[kind, rule], missing_by(rule, outcomes)) for kind, rule in order]


def missing_by(rule: str, outcomes: Iterable[Outcome]) -> dict[str, int]:
    facts = Counter(fact for outcome in outcomes if outcome.finding.rule == rule for fact in outcome.finding.missing)
    return dict(facts.most_common())


def gaps(outcomes: Sequence[Outcome]) -> list[Gap]:
    """The facts that stand behind a *cannot tell*, the most frequent first."""
    missing = Counter(fact for outcome in outcomes for fact in outcome.finding.missing)
    clash = Counter(fact for outcome in outcomes if outcome.conflicting for fact in outcome.finding.missing)
    return [Gap(fact, count, clash[fact], len(outcomes)) for fact, count in missing.most_common()]


def reasons(outcomes: Iterable[Outcome]) -> Counter[str]:
    """Why what was recommended was not followed, where a reason is recorded; "" where none is."""
    apart: tuple[Class, ...] = ("not recommended", "not given", "ruled out")
    return Counter(outcome.reason or "" for outcome in outcomes if outcome.finding.kind in apart)


class Funnel(Struct, frozen=True):
    """A target share and for each size the limits between which a site lies by chance alone."""

    target: float
    sizes: tuple[int, ...]
    within_95: tuple[tuple[float, float], ...]
    within_998: tuple[tuple[float, float], ...]


def funnel(found: Sequence[Row]) -> Funnel | None:
    """Exact binomial limits about the share of all sites together (source: spiegelhalter-2005-funnel)."""
    told = [r.followed for r in found if r.followed.whole]
    whole = sum(s.whole for s in told)
    if not whole:
        return None
    from scipy.stats import binom

    target = sum(s.part for s in told) / whole
    sizes = tuple(range(1, max(s.whole for s in told) + 1))
    return Funnel(target, sizes, *(tuple(limits(binom, n, target, level) for n in sizes) for level in (0.95, 0.998)))


def limits(binom: Any, n: int, target: float, level: float) -> tuple[float, float]:
    """The smallest and the largest share of n that lies between the two quantiles of the binomial."""
    tail = (1 - level) / 2
    return float(binom.ppf(tail, n, target)) / n, float(binom.ppf(1 - tail, n, target)) / n
