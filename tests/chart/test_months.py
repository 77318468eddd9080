"""Calendar months: ends of months, leap years, the six and twelve months that rules ask for."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from her2guide.chart.months import add_months, begun_months, completed_months, completed_years

ADDED = [
    ("2026-01-31", 1, "2026-02-28"),
    ("2024-01-31", 1, "2024-02-29"),
    ("2026-08-31", 6, "2027-02-28"),
    ("2023-08-31", 6, "2024-02-29"),
    ("2026-10-31", 1, "2026-11-30"),
    ("2026-11-30", 1, "2026-12-30"),
    ("2026-12-15", 1, "2027-01-15"),
    ("2024-02-29", 12, "2025-02-28"),
    ("2024-02-29", 48, "2028-02-29"),
    ("2026-03-10", 0, "2026-03-10"),
]

# start, end, months completed, months begun
COUNTED = [
    ("2026-01-15", "2026-01-15", 0, 0),
    ("2026-01-15", "2026-01-16", 0, 1),
    ("2026-01-15", "2026-02-14", 0, 1),
    ("2026-01-15", "2026-02-15", 1, 1),
    ("2026-01-15", "2026-02-16", 1, 2),
    ("2026-01-31", "2026-02-27", 0, 1),
    ("2026-01-31", "2026-02-28", 1, 1),
    ("2026-01-31", "2026-03-01", 1, 2),
    ("2026-01-31", "2026-03-30", 1, 2),
    ("2026-01-31", "2026-03-31", 2, 2),
    ("2024-02-29", "2025-02-27", 11, 12),
    ("2024-02-29", "2025-02-28", 12, 12),
    ("2024-02-29", "2025-03-01", 12, 13),
    ("2026-01-10", "2026-07-09", 5, 6),
    ("2026-01-10", "2026-07-10", 6, 6),
    ("2026-01-10", "2026-07-11", 6, 7),
    ("2025-11-30", "2026-11-29", 11, 12),
    ("2025-11-30", "2026-11-30", 12, 12),
    ("2025-11-30", "2026-12-01", 12, 13),
    ("2026-07-10", "2026-01-10", 0, 0),
]

AGES = [
    ("1981-05-14", "2026-05-13", 44),
    ("1981-05-14", "2026-05-14", 45),
    ("1981-05-14", "2026-05-15", 45),
    ("1980-02-29", "2026-02-27", 45),
    ("1980-02-29", "2026-02-28", 46),
    ("2026-11-23", "2026-11-23", 0),
]


@pytest.mark.parametrize(("start", "months", "expected"), ADDED)
def test_a_month_later_is_the_same_day_or_the_last_of_the_month(start: str, months: int, expected: str) -> None:
    assert add_months(date.fromisoformat(start), months) == date.fromisoformat(expected)


@pytest.mark.parametrize(("start", "end", "completed", "begun"), COUNTED)
def test_months_completed_and_begun(start: str, end: str, completed: int, begun: int) -> None:
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    assert (completed_months(first, last), begun_months(first, last)) == (completed, begun)


@pytest.mark.parametrize(("born", "day", "age"), AGES)
def test_age_changes_on_the_birthday(born: str, day: str, age: int) -> None:
    assert completed_years(date.fromisoformat(born), date.fromisoformat(day)) == age


def test_both_counts_never_fall_and_lie_at_most_one_apart() -> None:
    start = date(2023, 8, 31)
    days = [start + timedelta(days) for days in range(800)]
    counts = [(completed_months(start, day), begun_months(start, day)) for day in days]
    assert counts == sorted(counts)
    assert all(completed <= begun <= completed + 1 for completed, begun in counts)
    assert counts[-1] == (26, 27)
