"""What comes of reading a report: proposals to confirm, and what was seen but not proposed.

A proposal is never a fact: it becomes an observation when somebody has confirmed it.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from ...model.chart import Chart, Observation, Side, Site, Specimen, Unread
from ...model.condition import Value


class Place(Struct, frozen=True, order=True):
    """Where words stand: characters `start` to `end` of the text (from 0), which begin in `line` (from 1)."""

    line: int
    start: int
    end: int


class Tissue(Struct, frozen=True):
    """What a statement is about: the label of the specimen in the report, what it is, the breast, the focus."""

    label: str = ""
    part: str = ""
    site: Site | None = None
    side: Side | None = None
    tumour: str = ""

    def name(self) -> str:
        """`A`, `A tumour 2`, `tumour 2`; empty for the report as a whole."""
        return " ".join(word for word in (self.label, self.tumour) if word)


class Proposal(Struct, frozen=True):
    """A value of a fact, as the report says it `about` a subject. `addendum` counts from 1; 0 is the report itself.

    `replaces`: what an addendum gives in place of, with its line.
    """

    about: str
    fact: str
    value: Value
    words: str
    place: Place
    tissue: Tissue
    addendum: int = 0
    replaces: str = ""


class Passed(Struct, frozen=True):
    """Words about a subject that were seen but not proposed, and why. `awaited`: a result that was not there yet."""

    about: str
    words: str
    place: Place
    tissue: Tissue
    why: str
    addendum: int = 0
    awaited: bool = False


class Report(Struct, frozen=True):
    """`day`: of the report, `taken`: of the tissue; None where the report does not say it without doubt."""

    name: str
    day: date | None
    taken: date | None
    proposals: tuple[Proposal, ...]
    passed: tuple[Passed, ...]


def confirmed(report: Report, accepted: tuple[Proposal, ...], day: date | None) -> Chart:
    """The chart of what was confirmed; all else that was seen is listed as unread."""
    rejected = tuple(p for p in report.proposals if p not in accepted)
    unread = [Unread(where(report, p.place), p.words, f"{p.fact}: not confirmed") for p in rejected]
    unread += [Unread(where(report, p.place), p.words, f"{p.about}: {p.why}") for p in report.passed]
    found = tuple(observation(report, proposal, day) for proposal in accepted)
    return Chart("", report.name, observations=found, unread=tuple(unread))


def observation(report: Report, proposal: Proposal, day: date | None) -> Observation:
    tissue = proposal.tissue
    name = " ".join(str(word) for word in (tissue.name() or tissue.part, report.taken or day) if word)
    known = tissue.name() or tissue.part or tissue.site
    specimen = Specimen(name, tissue.site, report.taken or day, tissue.part) if known else None
    at = where(report, proposal.place)
    return Observation(proposal.fact, proposal.value, day, at, side=tissue.side, specimen=specimen)


def where(report: Report, place: Place) -> str:
    return f"{report.name}:{place.line}"
