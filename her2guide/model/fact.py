"""Facts: what can be asked about a patient, how it follows from other facts, how a chart tells it.

In: one YAML item of `knowledge/facts/` per struct, unknown keys refused. Out: frozen structs.
They do not know whether the ids they name exist: `library` checks that.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from msgspec import field

from .chart import Site
from .condition import Condition, Value
from .knowledge import Item, Part

TreatedIn = Literal["neoadjuvant", "adjuvant", "metastatic", "early"]


class Range(Part, frozen=True, kw_only=True):
    """Inclusive limits of a number that a living patient can have."""

    low: float
    high: float


class Derivation(Part, frozen=True, kw_only=True):
    """One line of a decision list: the first that holds gives the value.

    A definition that was replaced keeps its line: it counts from the day `since` to the day before `until`.
    """

    give: Value
    when: Condition
    since: date | None = None
    until: date | None = None


class Treated(Part, frozen=True, kw_only=True):
    """Whether a treatment with one of these agents or classes, in this setting, was given, goes on, or has ended."""

    agents: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    setting: TreatedIn | None = None
    state: Literal["given", "going on", "ended"] = "given"


class Months(Part, frozen=True, kw_only=True):
    """Calendar months from the last dose of these agents or classes to the first yes of a fact (or to today)."""

    since_last: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    setting: TreatedIn | None = None
    until_first: str | None = None
    count: Literal["begun", "completed"] = "completed"


class Lines(Part, frozen=True, kw_only=True):
    """How many lines of therapy for advanced disease.

    Of lines that hold one of `classes`, or only such. With `next_after` the line that is being chosen: the present
    one, or the next once that fact says yes.
    """

    classes: tuple[str, ...] = ()
    only: bool = False
    next_after: str | None = None


class InSpecimen(Part, frozen=True, kw_only=True):
    """The value of a fact in the newest specimen of a site, from the tests of that specimen alone."""

    fact: str
    site: Site


class GoodFor(Part, frozen=True, kw_only=True):
    """For how many completed months a recorded value counts; only these values age, or all if none is named."""

    months: int
    values: tuple[Value, ...] = ()


class Abstraction(Part, frozen=True, kw_only=True):
    """How a fact is found in a chart when it is not simply the newest recorded value.

    `fall_of`: by how much the newest value of that fact lies below its first.
    `in_specimen`: what the newest specimen of a site says on its own.
    """

    age: bool = False
    treated: Treated | None = None
    months: Months | None = None
    first_known: tuple[str, ...] = ()
    latest_treatment: dict[str, tuple[str, ...]] = field(default_factory=dict)
    fall_of: str | None = None
    in_specimen: InSpecimen | None = None
    lines: Lines | None = None


class Fact(Item, frozen=True, kw_only=True):
    """One named, typed question about a patient.

    `derive` is a decision list: the first line that holds decides.
    `findings` are independent: those that hold must agree, or the fact is contradictory.
    `rises`: values in the order in which they can only rise with time, so that an earlier lower
    answer gives way to a later higher one. `asked_as`: the fact that is asked in place of this one.
    `of`: what a record of it is about. Of two cancers each has its own answer; `tested_with` names the group
    of tests that count only together, from one specimen; of a `watched` fact a change from one specimen to the
    next is shown. `good_for`: how long a recorded value counts.
    """

    title: str
    topic: str
    kind: Literal["yes_no", "code", "integer", "decimal"]
    values: dict[str, str] | tuple[str, ...] = field(default_factory=dict)
    unit: str | None = None
    units: dict[str, float] = field(default_factory=dict)
    range: Range | None = None
    derive: tuple[Derivation, ...] = ()
    findings: tuple[Derivation, ...] = ()
    abstract: Abstraction | None = None
    rises: tuple[str, ...] = ()
    of: Literal["person", "cancer"] = "person"
    tested_with: str | None = None
    watched: bool = False
    good_for: GoodFor | None = None
    ask_directly: bool = False
    asked_as: str | None = None
    codes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    reads: dict[str, Value] = field(default_factory=dict)
    source: str | None = None
    note: str | None = None


class Contradiction(Item, frozen=True, kw_only=True):
    """Facts that cannot all be true: while they stand, each of them is unknown."""

    title: str
    when: Condition
    facts: tuple[str, ...]
