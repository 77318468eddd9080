"""The days that a report states: when it was made and when the tissue was taken.

In: the text. Out: a day, or None where none is stated, or where day and month may be either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime

from ...library.patterns import compiled
from ...model.report import ReportWords

FORMATS = ("%Y-%m-%d", "%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y")
NUMBERS = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
MONTHS = 12


def stated_day(lines: Iterable[str], label: str, words: ReportWords) -> date | None:
    """The day behind the first label of a kind that has one."""
    pattern = compiled(f"(?:{{{label}}})(?P<day>{{day}})", words.terms)
    for line in lines:
        found = pattern.search(line)
        if found:
            return day_of(found["day"])
    return None


def day_of(text: str) -> date | None:
    """A day from its usual forms; None for one that is in doubt, impossible or still to come."""
    numbers = NUMBERS.fullmatch(text)
    if numbers:
        first, second, year = (int(n) for n in numbers.groups())
        if first <= MONTHS and second <= MONTHS and first != second:
            return None
        text = (
            f"{year}-{second:02}-{first:02}" if first > MONTHS or first == second else f"{year}-{first:02}-{second:02}"
        )
    plain = re.sub(r"(\d)(?:st|nd|rd|th)\b", r"\1", text)
    plain = text if NUMBERS.fullmatch(plain) or re.match(r"\d{4}-", plain) else " ".join(re.split(r"[\s,.-]+", plain))
    for form in FORMATS:
        try:
            day = datetime.strptime(plain, form).date()
        except ValueError:
            continue
        return day if day <= date.today() else None
    return None
