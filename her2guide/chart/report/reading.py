"""Statements -> values of facts with their words, or the reason why they are not proposed.

In: statements with their sections and the subjects of `knowledge/reports/`. Out: `Proposal`s and `Passed`.
A subject has the words from its own to those of the next one. It does not compare one statement with another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from ...library.patterns import compiled
from ...model.report import Excuse, Reading, ReportWords, Subject
from .proposal import Passed, Proposal
from .sections import Section
from .text import Statement, Text
from .value import Refused, Values

NEAR = 12  # characters: a word such as *pending* speaks of a value that stands no farther before it
OUTSIDE = {"history": "it is told as history", "gross": "it is what the eye saw", "method": "it explains the method"}


class Mention(Struct, frozen=True):
    """A subject in a statement: its words from `start` to `end`, from `lead` with the values before them."""

    subject: Subject
    lead: int
    start: int
    end: int


class Window(Struct, frozen=True):
    """What is said of a subject, with `@` for its own words; `places` in the report. `before`: what stands
    before it in the same clause; `turn` of `turns` subjects that share the words."""

    mention: Mention
    text: str
    places: tuple[int, ...]
    before: str
    turn: int = 0
    turns: int = 1


class Found(Struct, frozen=True):
    reading: Reading
    value: object
    start: int
    end: int


class Reader:
    """Reads one statement after the other and remembers what the last one was about."""

    def __init__(self, text: Text, words: ReportWords, values: Values) -> None:
        self.text, self.words, self.values = text, words, values
        self.subjects = [(s, self.pattern(s.pattern)) for s in words.subjects.values()]
        self.carried: tuple[Subject, Statement] | None = None
        self.in_situ: Statement | None = None

    def pattern(self, pattern: str) -> re.Pattern[str]:
        return compiled(pattern, self.words.terms)

    def term(self, name: str) -> re.Pattern[str]:
        return self.pattern(f"{{{name}}}")

    def read(self, statement: Statement, section: Section) -> Iterator[Proposal | Passed]:
        masked = self.masked(statement.text)
        mentions = self.mentions(statement)
        for window in self.windows(statement, masked, mentions):
            if window.mention.subject.readings:
                yield from self.of_window(window, statement, section)

    def masked(self, text: str) -> str:
        """The statement without the digits of names, dates and scores that are no values, at the same places."""
        kept = self.term("no_values").sub(lambda found: re.sub(r"\d", "#", found.group()), text)
        return self.term("no_words").sub(lambda found: " " * len(found.group()), kept)

    def mentions(self, statement: Statement) -> list[Mention]:
        """The subjects of a statement in their order; of two that overlap the first and longer one."""
        spans = [(m.start(), -m.end(), s) for s, pattern in self.subjects for m in pattern.finditer(statement.text)]
        found: list[Mention] = []
        named = {self.carried[0].id} if self.carried else set()
        for start, end, subject in sorted(spans, key=lambda span: span[:2]):
            named_here = named | {mention.subject.id for mention in found}
            if subject.within and not named_here.intersection(subject.within):
                continue
            last = found[-1].end if found else 0
            if start >= last:
                found.append(Mention(subject, self.lead(subject, statement.text, last, start), start, -end))
        return found or self.going_on(statement)

    def lead(self, subject: Subject, text: str, last: int, start: int) -> int:
        """Where the values before a subject begin."""
        if not subject.lead:
            return start
        begin = max(last, start - 60)
        led = self.pattern(f"(?:{subject.lead})$").search(text[begin:start])
        return begin + led.start() if led else start

    def going_on(self, statement: Statement) -> list[Mention]:
        """The subject of the lines above, where a statement without its own goes on about it."""
        if not self.carried:
            return []
        subject, before = self.carried
        if statement.opens:
            deeper = statement.indent > before.indent or self.term("detail").match(statement.text)
            goes_on = statement.block == before.block and deeper
        else:
            goes_on = self.term("bare_value").fullmatch(statement.text) is not None
        return [Mention(subject, 0, 0, 0)] if goes_on else []

    def windows(self, statement: Statement, masked: str, mentions: Sequence[Mention]) -> Iterator[Window]:
        in_situ = self.in_situ_above(statement)
        group: list[Mention] = []
        for number, mention in enumerate(mentions):
            in_situ = in_situ if mention.subject.invasive is None else not mention.subject.invasive
            self.in_situ = statement if in_situ else None
            follow = mentions[number + 1 :]
            end = next((m.lead for m in follow if m.subject.id not in mention.subject.through), len(masked))
            group.append(mention)
            if follow and self.shares(mention, follow[0], masked):
                continue
            for turn, member in enumerate(group):
                if not (in_situ and member.subject.only_invasive):
                    yield window(statement, masked, member, (group[0], mention, end), turn, len(group))
            group = []
        self.carry(statement, mentions)

    def carry(self, statement: Statement, mentions: Sequence[Mention]) -> None:
        """Remember what the next statement may go on about, and the line that named it."""
        carriers = [m.subject.carries for m in mentions if m.subject.carries]
        if not carriers:
            self.carried = None if mentions else self.carried
        elif mentions[0].end:
            self.carried = (self.words.subjects[carriers[-1]], statement)

    def in_situ_above(self, statement: Statement) -> bool:
        """Whether the lines above are about carcinoma in situ and this one is a part of them."""
        above = self.in_situ
        return above is not None and above.block == statement.block and (
            not statement.opens or statement.indent > above.indent
        )

    def shares(self, mention: Mention, follow: Mention, masked: str) -> bool:
        """`ER and PR are positive`: both have the words behind the second."""
        both = mention.subject.carries and follow.subject.carries and follow.lead == follow.start
        return bool(both) and self.term("joiner").fullmatch(masked[mention.end : follow.lead]) is not None

    def of_window(self, window: Window, statement: Statement, section: Section) -> Iterator[Proposal | Passed]:
        found: list[Found] = []
        refused: list[tuple[Reading, Refused]] = []
        for reading in window.mention.subject.readings:
            try:
                found += self.found(reading, window)
            except Refused as fault:
                refused.append((reading, fault))
        if fault := self.disagree(found):
            refused = [(found[0].reading, fault)]
            found = []
        why = self.excused(window, statement, section, found)
        if why:
            if found or refused or why[1]:
                yield self.passed(window, statement, section, why[0])
            return
        for _, fault in refused:
            yield self.passed(window, statement, section, str(fault))
        for one in found:
            yield self.proposal(one, window, section)

    def found(self, reading: Reading, window: Window) -> list[Found]:
        """The value of a reading in the words of a subject. Raises `Refused` where there are several."""
        if reading.only_in and not self.pattern(reading.only_in).search(self.text.plain):
            return []
        hits = list(self.pattern(pattern_of(reading)).finditer(window.text))
        hits = [hit for hit in hits if self.stands(reading, window, hit)]
        if hits and reading.unless_in and self.pattern(reading.unless_in).search(self.text.plain):
            raise Refused("the report says otherwise elsewhere")
        if window.turns > 1 and len(hits) == window.turns:
            hits = [hits[window.turn]]
        found = [Found(*self.values.value(reading, hit), *hit.span()) for hit in hits]  # type: ignore[arg-type]
        if len({(one.reading.fact, one.value) for one in found}) > 1:
            raise Refused("several values are named")
        return found[:1]

    def stands(self, reading: Reading, window: Window, hit: re.Match[str]) -> bool:
        """Whether nothing between the subject and its value, or after it, makes it another's."""
        subject = window.text.index("@")
        between = window.text[min(subject, hit.start()) : hit.end()]
        if reading.not_between and self.pattern(reading.not_between).search(between):
            return False
        after = window.text[hit.end() :]
        return not (reading.not_after and self.pattern(reading.not_after).match(after))

    def disagree(self, found: Sequence[Found]) -> Refused | None:
        """A number and a word for it that cannot both be true."""
        stated = {one.reading.fact: one.value for one in found}
        for one in found:
            settled = one.reading.settles
            if settled in stated and one.reading.fact != settled:
                follows = self.values.follows(one.reading.fact, one.value, settled)
                if follows is not None and follows != stated[settled]:
                    return Refused(f"{one.value} and {stated[settled]} contradict each other")
        return None

    def excused(
        self, window: Window, statement: Statement, section: Section, found: Sequence[Found]
    ) -> tuple[str, bool] | None:
        """Why what was found does not count, and whether that is worth saying without a value."""
        if section.kind in OUTSIDE:
            return OUTSIDE[section.kind], False
        for excuse in self.words.excuses.values():
            if excuse.where == "statement" and self.pattern(excuse.pattern).search(statement.text):
                return excuse.says, False
            if excuse.where == "subject" and self.pending(excuse, window, found):
                return excuse.says, True
            if excuse.where == "value" and any(self.negated(excuse, window, one) for one in found):
                return excuse.says, False
        return None

    def pending(self, excuse: Excuse, window: Window, found: Sequence[Found]) -> bool:
        said = self.pattern(excuse.pattern).search(window.text)
        last = max((one.end for one in found), default=-NEAR)
        return said is not None and (not found or said.start() < last + NEAR)

    def negated(self, excuse: Excuse, window: Window, one: Found) -> bool:
        return self.pattern(f"(?:{excuse.pattern})$").search(window.before + window.text[: one.start]) is not None

    def proposal(self, one: Found, window: Window, section: Section) -> Proposal:
        first = min(window.mention.start, window.mention.lead)
        del first
        start, end = span(window, one.start, one.end)
        place = self.text.place(start, end)
        return Proposal(
            one.reading.fact, one.value, self.text.words(place), place, section.tissue, section.addendum  # type: ignore[arg-type]
        )

    def passed(self, window: Window, statement: Statement, section: Section, why: str) -> Passed:
        place = self.text.place(*span(window, 0, len(window.text.rstrip())))
        subject = window.mention.subject
        return Passed(subject.about, self.text.words(place), place, section.tissue, why, section.addendum)


def pattern_of(reading: Reading) -> str:
    """Words as one pattern whose groups are numbered in their order."""
    if not reading.words:
        return reading.pattern
    return "|".join(f"(?P<w{number}>{pattern})" for number, pattern in enumerate(reading.words.values()))


def window(
    statement: Statement, masked: str, member: Mention, shared: tuple[Mention, Mention, int], turn: int, turns: int
) -> Window:
    """The words of a subject: what leads to the first of its group, and what follows the last."""
    first, last, end = shared
    lead, after = masked[first.lead : first.start], masked[last.end : end]
    here = statement.places[max(member.end - 1, 0)]
    places = (*statement.places[first.lead : first.start], here, *statement.places[last.end : end])
    clause = re.split(r"[,;:.]", masked[: first.lead])[-1]
    return Window(member, f"{lead}@{after}", places, clause, turn, turns)


def span(window: Window, start: int, end: int) -> tuple[int, int]:
    """Where a value and its subject stand in the report."""
    own = window.text.index("@")
    places = window.places[min(start, own) : max(end, own + 1)]
    width = window.mention.end - window.mention.start
    begin = min(places[0], window.places[own] - max(width - 1, 0)) if start >= own else places[0]
    return begin, max(places) + 1
