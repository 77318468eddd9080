"""Statements -> values of facts with their words, or the reason why they are not proposed.

In: statements with their sections and the subjects of `knowledge/reports/`. Out: `Proposal`s and `Passed`.
A subject has the words from its own to those of the next one. It does not compare one statement with another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from ...library.patterns import compiled
from ...model.condition import Value
from ...model.report import Excuse, Reading, ReportWords, Subject
from .proposal import Passed, Proposal
from .sections import Section
from .text import LABELLED, Statement, Text
from .value import Refused, Values

BEYOND = 60  # characters behind the words of a subject that may still make a value another's
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
    before it in the same clause, `beyond` what follows; `turn` of `turns` subjects that share the words."""

    mention: Mention
    text: str
    places: tuple[int, ...]
    before: str
    beyond: str
    turn: int = 0
    turns: int = 1


class Found(Struct, frozen=True):
    reading: Reading
    value: Value
    start: int
    end: int


class Reader:
    """Reads one statement after the other and remembers what the last one was about."""

    def __init__(self, text: Text, words: ReportWords, values: Values) -> None:
        self.text, self.words, self.values = text, words, values
        self.patterns: dict[str, re.Pattern[str]] = {}
        self.held: dict[tuple[str, str], bool] = {}
        self.subjects = [(s, self.pattern(s.pattern)) for s in words.subjects.values()]
        self.awaited = {excuse.says for excuse in words.excuses.values() if excuse.where == "subject"}
        self.before_value = [excuse for excuse in words.excuses.values() if excuse.where == "value"]
        self.of_another = self.excuse_of_report()
        self.carried: tuple[Subject, Statement] | None = None
        self.in_situ: Statement | None = None

    def pattern(self, pattern: str) -> re.Pattern[str]:
        found = self.patterns.get(pattern)
        if found is None:
            found = self.patterns[pattern] = compiled(pattern, self.words.terms)
        return found

    def holds(self, text: str, pattern: str) -> bool:
        """Whether a text holds it: looked for once, however many subjects of a statement or report ask."""
        if (text, pattern) not in self.held:
            self.held[text, pattern] = self.pattern(pattern).search(text) is not None
        return self.held[text, pattern]

    def term(self, name: str) -> re.Pattern[str]:
        return self.pattern(f"{{{name}}}")

    def excuse_of_report(self) -> str:
        """Why nothing of the report counts; empty where it does."""
        whole = [excuse for excuse in self.words.excuses.values() if excuse.where == "report"]
        return next((e.says for e in whole if self.holds(self.text.plain, e.pattern)), "")

    def read(self, statement: Statement, section: Section) -> Iterator[Proposal | Passed]:
        masked = self.masked(statement.text)
        mentions = self.mentions(statement)
        for window in self.windows(statement, masked, mentions):
            if window.mention.subject.readings:
                yield from self.of_window(window, statement, section)

    def masked(self, text: str) -> str:
        """The statement without the digits of names, dates and scores that are no values, at the same places."""
        kept = self.term("no_values").sub(lambda found: re.sub(r"\d", "#", found.group()), text.replace("@", " "))
        return self.term("no_words").sub(lambda found: " " * len(found.group()), kept)

    def mentions(self, statement: Statement) -> list[Mention]:
        """The subjects of a statement in their order; of two that overlap the first and longer one."""
        spans = [(m.start(), -m.end(), s) for s, pattern in self.subjects for m in pattern.finditer(statement.text)]
        found: list[Mention] = []
        named = {self.carried[0].id} if self.carried else set()
        for start, end, subject in sorted(spans, key=lambda span: span[:2]):
            last = found[-1].end if found else 0
            if start < last or (subject.within and not named.intersection(subject.within)):
                continue
            found.append(Mention(subject, self.lead(subject, statement.text, last, start), start, -end))
            named.add(subject.id)
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
            deeper = statement.indent > before.indent and not LABELLED.match(statement.text)
            goes_on = statement.block == before.block and (deeper or self.term("detail").match(statement.text))
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
        return (
            above is not None
            and above.block == statement.block
            and (not statement.opens or statement.indent > above.indent)
        )

    def shares(self, mention: Mention, follow: Mention, masked: str) -> bool:
        """`ER and PR are positive`: both have the words behind the second."""
        both = mention.subject.carries and follow.subject.carries and follow.lead == follow.start
        return bool(both) and self.term("joiner").fullmatch(masked[mention.end : follow.lead]) is not None

    def of_window(self, window: Window, statement: Statement, section: Section) -> Iterator[Proposal | Passed]:
        found: list[Found] = []
        refused: list[Refused] = []
        for reading in window.mention.subject.readings:
            try:
                found += self.found(reading, window)
            except Refused as fault:
                refused.append(fault)
        if quarrel := self.disagree(found):
            refused, found = [quarrel], []
        why = self.excused(window, statement, section, found, seen=bool(found or refused))
        awaited = why in self.awaited
        if why and (found or refused or awaited):
            yield self.passed(window, section, why, awaited=awaited)
        elif not why:
            yield from (self.passed(window, section, str(fault)) for fault in refused)
            yield from (self.proposal(one, window, section) for one in found)

    def found(self, reading: Reading, window: Window) -> list[Found]:
        """The value of a reading in the words of a subject. Raises `Refused` where there are several."""
        if reading.only_in and not self.holds(self.text.plain, reading.only_in):
            return []
        hits = list(self.pattern(pattern_of(reading)).finditer(window.text))
        hits = [hit for hit in hits if self.stands(reading, window, hit)]
        hits = self.undenied(window, hits)
        if hits and reading.unless_in and self.holds(self.text.plain, reading.unless_in):
            raise Refused("the report says otherwise elsewhere")
        if window.turns > 1 and len(hits) == window.turns:
            hits = [hits[window.turn]]
        found = [Found(*self.values.value(reading, hit), *hit.span()) for hit in hits]
        if len({(one.reading.fact, one.value) for one in found}) > 1:
            raise Refused("several values are named")
        return found[:1]

    def stands(self, reading: Reading, window: Window, hit: re.Match[str]) -> bool:
        """Whether nothing between the subject and its value, or after it, makes it another's."""
        subject = window.text.index("@")
        between = window.text[min(subject, hit.start()) : hit.end()]
        if reading.not_between and self.pattern(reading.not_between).search(between):
            return False
        after = window.text[hit.end() :] + window.beyond
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
        self, window: Window, statement: Statement, section: Section, found: Sequence[Found], *, seen: bool
    ) -> str:
        """Why what was found does not count; empty where it does."""
        if section.kind in OUTSIDE:
            return OUTSIDE[section.kind]
        if self.of_another:
            return self.of_another
        for excuse in self.words.excuses.values():
            if excuse.where == "statement" and seen and self.holds(statement.text, excuse.pattern):
                return excuse.says
            if excuse.where == "subject" and self.pending(excuse, window, found):
                return excuse.says
        return ""

    def undenied(self, window: Window, hits: Sequence[re.Match[str]]) -> list[re.Match[str]]:
        """The values that are not denied. Raises `Refused` where all are."""
        kept, says = [], ""
        for hit in hits:
            before = window.before + window.text[: hit.start()]
            denied = [e for e in self.before_value if self.pattern(f"(?:{e.pattern})$").search(before)]
            says = denied[0].says if denied else says
            kept += [] if denied else [hit]
        if hits and not kept:
            raise Refused(says)
        return kept

    def pending(self, excuse: Excuse, window: Window, found: Sequence[Found]) -> bool:
        said = self.pattern(excuse.pattern).search(window.text)
        last = max((one.end for one in found), default=-NEAR)
        return said is not None and (not found or said.start() < last + NEAR)

    def proposal(self, one: Found, window: Window, section: Section) -> Proposal:
        place = self.text.place(*span(window, one.start, one.end))
        about, words = window.mention.subject.about, self.text.words(place)
        return Proposal(about, one.reading.fact, one.value, words, place, section.tissue, section.addendum)

    def passed(self, window: Window, section: Section, why: str, *, awaited: bool = False) -> Passed:
        place = self.text.place(*span(window, 0, len(window.text.rstrip())))
        about, words = window.mention.subject.about, self.text.words(place)
        return Passed(about, words, place, section.tissue, why, section.addendum, awaited)


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
    return Window(member, f"{lead}@{after}", places, clause, masked[end : end + BEYOND], turn, turns)


def span(window: Window, start: int, end: int) -> tuple[int, int]:
    """Where a value and its subject stand in the report."""
    own = window.text.index("@")
    places = window.places[min(start, own) : max(end, own + 1)]
    width = window.mention.end - window.mention.start
    begin = min(places[0], window.places[own] - max(width - 1, 0)) if start >= own else places[0]
    return begin, max(places) + 1
