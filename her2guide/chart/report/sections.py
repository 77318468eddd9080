"""Where each statement of a report stands: under which heading, of which specimen, breast, focus and addendum.

In: statements in reading order and the headings of `knowledge/reports/`. Out: a section for each of them.
It does not know what is measured.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from ...library.patterns import compiled
from ...model.chart import Side, Site
from ...model.report import Heading, HeadingKind, ReportWords
from .proposal import Tissue
from .text import LABELLED, Statement

SITES: tuple[Site, ...] = ("primary", "node", "metastasis")  # the first that is named
SIDES: tuple[Side, ...] = ("left", "right")
HEAD = 90  # characters in which a line says what it is about


class Section(Struct, frozen=True):
    """`kind` as in `Heading`; a heading with text behind it ends with that text (`inline`)."""

    kind: HeadingKind = "findings"
    tissue: Tissue = Tissue()
    addendum: int = 0
    inline: bool = False
    elsewhere: bool = False  # tissue that is no breast: no side is taken over from the report


class Sections:
    """Goes through the statements and remembers where it is."""

    def __init__(self, words: ReportWords, found: Sequence[Statement]) -> None:
        self.words = words
        self.found = found
        self.parts: dict[str, Tissue] = {}
        self.sides = self.sides_of_report()

    def pattern(self, name: str) -> re.Pattern[str]:
        return compiled(f"{{{name}}}", self.words.terms)

    def sections(self) -> Iterator[tuple[Statement, Section]]:
        now, block = Section(), -1
        for statement in self.found:
            ends = statement.opens and (statement.block != block or LABELLED.match(statement.text))
            if now.inline and ends:
                now = replace(now, kind="findings", inline=False)
            now = self.tissue(statement, self.heading(statement, now))
            block = statement.block
            yield statement, self.sided(statement, now)

    def heading(self, statement: Statement, now: Section) -> Section:
        """The section after the heading of a statement, if it has one."""
        for heading in self.words.headings.values():
            found = compiled(heading.pattern, self.words.terms).match(statement.text)
            if found:
                inline = bool(statement.text[found.end() :].strip(" :-.#()0123456789/"))
                return under(heading, now, inline=inline)
        return now

    def tissue(self, statement: Statement, now: Section) -> Section:
        """The section with the specimen, the breast or the focus that a statement begins with."""
        if statement.opens and (found := self.pattern("specimen").match(statement.text)):
            label, rest = found["label"].upper(), statement.text[found.end() :][:HEAD]
            if label in self.parts or self.pattern("part").search(rest.split(":")[0]):
                return self.of_part(label, rest, now)
        if statement.opens and (found := self.pattern("focus").match(statement.text)):
            focus = f"tumour {found['focus'].upper()}"
            return replace(now, tissue=replace(now.tissue, tumour=focus))
        block = self.pattern("block").search(statement.text)
        if block and now.kind in ("findings", "whole", "addendum"):
            label = (block["block"] or block["named"]).upper()
            known = self.parts.get(label)
            return replace(now, tissue=known) if known and label != now.tissue.label else now
        return self.head(statement, now)

    def of_part(self, label: str, rest: str, now: Section) -> Section:
        told = self.part(rest.split(":", maxsplit=1)[0])
        known = self.parts.get(label, Tissue())
        tissue = Tissue(label, known.part or told.part, known.site or told.site, known.side or told.side)
        self.parts[label] = tissue
        return replace(now, tissue=tissue, elsewhere=tissue.site == "metastasis")

    def head(self, statement: Statement, now: Section) -> Section:
        """The section after a line that names a breast or another organ as what is looked at."""
        line, colon, _ = statement.text[:HEAD].partition(":")
        if not statement.opens and not colon:
            return now
        told = self.part(line)
        if told.site == "metastasis" and self.pattern("taken_from").search(line):
            return replace(now, tissue=told, elsewhere=True)
        if statement.opens and told.side and told.site and told.side != now.tissue.side:
            return replace(now, tissue=told, elsewhere=False)
        return now

    def part(self, line: str) -> Tissue:
        """What a line names: breast, node or another organ, and the side of a breast."""
        site: Site | None = None
        for name in SITES:
            if self.pattern(name).search(line):
                site = name
                break
        part = " ".join(line.split()).strip(" ,.:;-") if site else ""
        return Tissue("", part[:60].lower(), site, None if site == "metastasis" else one(self.sides_said(line)))

    def sides_in(self, text: str) -> set[Side]:
        return {side for side in SIDES if self.pattern(side).search(text)}

    def sides_of_report(self) -> set[Side]:
        """The breasts that the report speaks of."""
        return self.sides_said("\n".join(statement.text for statement in self.found))

    def sides_said(self, text: str) -> set[Side]:
        """The sides that are said of a breast."""
        return {side for found in self.pattern("breast_side").finditer(text) for side in self.sides_in(found.group())}

    def sided(self, statement: Statement, now: Section) -> Section:
        """The section with the side that the statement itself names, or the only one of the report."""
        tissue = now.tissue
        if now.elsewhere:
            return now
        if len(self.sides) > 1:
            own = self.sides_said(statement.text)
            side = one(own) if own else tissue.side
        else:
            side = tissue.side or one(self.sides)
        return replace(now, tissue=replace(tissue, side=side))


def under(heading: Heading, now: Section, *, inline: bool) -> Section:
    if heading.kind == "addendum":
        return Section("addendum", addendum=now.addendum + 1)
    lasting = heading.kind in ("findings", "whole")
    tissue = Tissue(side=now.tissue.side) if heading.kind == "whole" else now.tissue
    return Section(heading.kind, tissue, now.addendum, inline and not lasting, now.elsewhere)


def one(sides: set[Side]) -> Side | None:
    return next(iter(sides)) if len(sides) == 1 else None
