"""The words of a value -> its fact and typed value.

In: a match of a reading. Out: fact and value; a range or a bound gives only the fact that it settles.
Raises `Refused` with the reason where nothing follows surely.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from ...language.settle import Settling
from ...language.typed import NotAValue, typed_value
from ...library.library import facts_on
from ...model.case import Known, Origin
from ...model.condition import Value
from ...model.fact import Fact
from ...model.report import Reading

FIRST_DAY = date(1998, 1, 1)  # no definition is older
BESIDE = 1e-6  # how far beside its bound an open range ends


class Refused(Exception):
    """A value that is seen but cannot be proposed; says why."""


class Values:
    """Types values as the facts were defined on the day of a report, or on any day where it is not known."""

    def __init__(self, facts: Mapping[str, Fact], terms: Mapping[str, str], day: date | None) -> None:
        self.facts = facts
        self.numbers = {word: n for n, word in enumerate(terms["number_words"].split("|"))}
        days = (day,) if day else (FIRST_DAY, date.today())
        self.defined = [Settling(facts_on(facts, on).values()) for on in days]
        self.follows = lru_cache(maxsize=256)(self._follows)

    def value(self, reading: Reading, hit: re.Match[str]) -> tuple[Reading, Value]:
        """The reading whose fact has the value, and the value. Raises `Refused`."""
        groups = {name: text for name, text in hit.groupdict().items() if text is not None}
        if reading.words:
            number = next(int(name[1:]) for name in groups if re.fullmatch(r"w\d+", name))
            return reading, self.typed(reading.fact, tuple(reading.words)[number])
        if "value" in groups:
            return reading, self.typed(reading.fact, reading.form.format(re.sub(r"[\s()]", "", groups["value"])))
        ends = self.ends(reading.fact, groups)
        if ends:
            return self.settled(reading, ends)
        return reading, self.typed(reading.fact, self.largest(groups), groups.get("unit"))

    def typed(self, fact: str, raw: str | float, unit: str | None = None) -> Value:
        try:
            return typed_value(self.facts[fact], raw, unit.lower() if unit else None)
        except NotAValue as fault:
            raise Refused(f"{fault.what} {fault.do}".strip()) from None

    def largest(self, groups: Mapping[str, str]) -> float:
        """The largest of the numbers; a part cannot be more than its whole."""
        found = [self.number(groups[name]) for name in ("number", "number2", "number3") if name in groups]
        if "whole" in groups and self.number(groups["whole"]) < found[0]:
            raise Refused("the part is more than its whole")
        return max(found)

    def number(self, text: str) -> float:
        word = text.lower()
        return float(self.numbers[word]) if word in self.numbers else float(text.replace(",", "."))

    def ends(self, fact: str, groups: Mapping[str, str]) -> tuple[float, float] | None:
        """The ends of a range or of what a bound allows; None for a plain number."""
        limits = self.facts[fact].range
        low, high = (limits.low, limits.high) if limits else (0.0, float("inf"))
        number = self.number(groups["number"]) if "number" in groups else 0.0
        if "low" in groups:
            return self.number(groups["low"]), self.number(groups["high"])
        if "below" in groups:
            return low, number - BESIDE
        if "up_to" in groups:
            return low, number
        if "above" in groups:
            return number + BESIDE, high
        return (number, high) if "at_least" in groups else None

    def settled(self, reading: Reading, ends: tuple[float, float]) -> tuple[Reading, Value]:
        """What follows from both ends alike."""
        if not reading.settles:
            raise Refused("a bound or a range is not one number")
        first, last = (self.follows(reading.fact, end, reading.settles) for end in ends)
        if first is None or first != last:
            raise Refused(f"a bound or a range settles no {reading.settles}")
        return Reading(fact=reading.settles), first

    def _follows(self, fact: str, value: Value, wanted: str) -> Value | None:
        """What follows from a value, if it is the same on every day that may be meant."""
        found = set()
        for settling in self.defined:
            known = settling.settle({fact: Known(value, Origin("recorded"))}).known.get(wanted)
            found.add(known.value if known else None)
        return found.pop() if len(found) == 1 else None
