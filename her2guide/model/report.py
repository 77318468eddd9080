"""How a written report says things: what is looked for, its values, headings, and what does not count.

In: one YAML item of `knowledge/reports/` per struct, unknown keys refused. Out: frozen structs.
Patterns are regular expressions (Python `re`, any case); `{name}` stands for an entry of `terms`, and `@` for
the words of the subject themselves. They do not know what a text is: `chart.report` reads it.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from .knowledge import Item, Part

HeadingKind = Literal["findings", "whole", "addendum", "history", "gross", "method"]


class Reading(Part, frozen=True, kw_only=True):
    """How one fact is said of a subject. Either `words` (value: pattern, the first that fits) or a `pattern`.

    Named groups of a pattern: `number` (with `number2`, `number3` the largest counts; `low` and `high` a range;
    `sign` a bound; `whole` what it is a part of), `unit`, `value`. `{}` of `form` stands for the value.
    `settles`: the fact that a range or a bound may settle, and that must not be said otherwise.
    `yields_to`: not proposed beside one of these facts. `not_between`, `not_after`: what must not stand between
    the subject and the value, or after it. `only_in`, `unless_in`: what the report must say, or must not.
    """

    fact: str
    pattern: str = ""
    words: dict[str, str] = field(default_factory=dict)
    form: str = "{}"
    settles: str | None = None
    yields_to: tuple[str, ...] = ()
    not_between: str = ""
    not_after: str = ""
    only_in: str = ""
    unless_in: str = ""


class Subject(Item, frozen=True, kw_only=True):
    """Something that a report speaks of, from its words to those of the next subject.

    `about`: the name under which it is listed when it is not proposed; a subject without readings only ends
    the words of another. `lead`: values that may stand before it. `carries`: the subject that the lines below
    may go on about. `of_report`: it is said of the whole report, not of a specimen; `summed`: the specimens of
    a side add up to it. `within`: it counts only where one of these was named before. `through`: subjects that
    do not end its words. `invasive`: true for words of invasive cancer, false for words of carcinoma in situ;
    `only_invasive`: it does not count after the latter.
    """

    title: str
    about: str
    pattern: str
    lead: str = ""
    readings: tuple[Reading, ...] = ()
    carries: str = ""
    of_report: bool = False
    summed: bool = False
    within: tuple[str, ...] = ()
    through: tuple[str, ...] = ()
    invasive: bool | None = None
    only_invasive: bool = False


class Excuse(Item, frozen=True, kw_only=True):
    """Words for which something is seen but not proposed, and the reason that is given.

    `where`: anywhere in the report or the statement, in the words of the subject, or directly before the value.
    """

    pattern: str
    says: str
    where: Literal["report", "statement", "subject", "value"]


class Heading(Item, frozen=True, kw_only=True):
    """A heading and what stands under it; `whole` is said of the report and not of its last specimen."""

    pattern: str
    kind: HeadingKind


class ReportWords(Struct, frozen=True):
    """Everything under `knowledge/reports/`."""

    subjects: dict[str, Subject] = field(default_factory=dict)
    excuses: dict[str, Excuse] = field(default_factory=dict)
    headings: dict[str, Heading] = field(default_factory=dict)
    terms: dict[str, str] = field(default_factory=dict)
