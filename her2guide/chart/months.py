"""Dates -> whole calendar months and years: the one place where durations are made.

In: two days. Out: integers, so that rules never compare dates.
A month after the 31st of January is the last day of February (as in ISO 8601 calendar arithmetic).
"""

from __future__ import annotations

import calendar
from datetime import date


def add_months(day: date, months: int) -> date:
    """The same day of the month that many months later, or that month's last day."""
    year, month = divmod(day.month - 1 + months, 12)
    year += day.year
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def completed_months(start: date, end: date) -> int:
    """Whole calendar months from start to end; 0 when end is not after start."""
    if end <= start:
        return 0
    months = (end.year - start.year) * 12 + end.month - start.month
    return months if add_months(start, months) <= end else months - 1


def begun_months(start: date, end: date) -> int:
    """Calendar months begun: `begun <= 6` means within six months, to the day."""
    if end <= start:
        return 0
    completed = completed_months(start, end)
    return completed if add_months(start, completed) == end else completed + 1


def completed_years(start: date, end: date) -> int:
    """Age in whole years."""
    return completed_months(start, end) // 12
