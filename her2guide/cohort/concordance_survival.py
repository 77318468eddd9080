"""Times, events and groups of a table -> the Kaplan-Meier estimate of each group with its numbers at risk.

In: a table of patients and the names of its columns. Out: steps, intervals, numbers at risk; who was left out and why.
The estimate, its 95 % interval (exponential Greenwood) and the log-rank test are those of scipy.stats.
It does not adjust for anything, and does not know why a group differs.
"""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct

from ..chart.table_file import TableFile, look_at, rows_by
from ..errors import ChartError, Problem, RequestError, nearest

YES = ("1", "yes", "true", "dead", "deceased", "event")
NO = ("0", "no", "false", "alive", "living", "censored")
MISSING = ("", "na", "n/a", "nan", "[not available]", "[not applicable]", "[unknown]", "null")
MOST_GROUPS, MOST_PROBLEMS = 8, 20


class Columns(Struct, frozen=True):
    """The columns that are meant. `since`: the time from which a patient belongs to the group."""

    time: str
    event: str
    group: str | None = None
    since: str | None = None


class Subject(Struct, frozen=True):
    time: float
    event: bool
    group: str
    since: float | None


class Curve(Struct, frozen=True):
    """One group. `times` with `survival`, `low` and `high` after each; `at_risk`: at each of the ticks."""

    group: str
    patients: int
    events: int
    times: tuple[float, ...]
    survival: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    censored: tuple[float, ...]
    at_risk: tuple[int, ...]
    median: float | None


class Survival(Struct, frozen=True):
    """What a picture of survival shows. `left_out`: reason -> patients. `p_value`: log-rank test of two groups.

    `later`: patients who came into their group after time zero; None where that is not told.
    """

    columns: Columns
    ticks: tuple[float, ...]
    curves: tuple[Curve, ...]
    left_out: dict[str, int]
    landmark: float | None = None
    later: int | None = None
    p_value: float | None = None


def survival(path: Path, columns: Columns, landmark: float | None = None) -> Survival:
    """Read a table and estimate. Raises `ChartError` and `RequestError` for what cannot be used."""
    left_out: Counter[str] = Counter()
    subjects = list(subjects_of(look_at(path), columns, left_out))
    later = None
    if columns.since:
        later = sum(1 for s in subjects if s.since is not None and s.since > 0)
    if landmark is not None:
        kept = [s for s in subjects if s.time >= landmark]
        left_out[f"event or end of follow-up before {landmark:g}"] = len(subjects) - len(kept)
        subjects = [at_landmark(s, landmark) for s in kept]
    groups: dict[str, list[Subject]] = {}
    for subject in subjects:
        groups.setdefault(subject.group, []).append(subject)
    if not groups or len(groups) > MOST_GROUPS:
        what = f"has {len(groups)} groups." if groups else "holds no patient with a time, an event and a group."
        raise RequestError([Problem(columns.group or str(path), what, f"Give 1 to {MOST_GROUPS} groups.")])
    ticks = ticks_to(max(s.time for s in subjects))
    curves = tuple(curve(name, groups[name], ticks) for name in sorted(groups))
    left = {why: count for why, count in left_out.items() if count}
    return Survival(columns, ticks, curves, left, landmark, later, log_rank(list(groups.values())))


def at_landmark(subject: Subject, landmark: float) -> Subject:
    """A patient from the landmark on, in the group that was known then."""
    late = subject.since is not None and subject.since > landmark
    group = f"not yet {subject.group}" if late else subject.group
    return Subject(subject.time - landmark, subject.event, group, subject.since)


def subjects_of(table: TableFile, columns: Columns, left_out: Counter[str]) -> Iterator[Subject]:
    """The rows with a time, an event and a group; the others are counted. Raises with every cell that is neither."""
    wanted = {key: getattr(columns, key) for key in columns.__struct_fields__ if getattr(columns, key)}
    absent = [name for name in wanted.values() if name not in table.header]
    if absent:
        raise RequestError(
            Problem(str(table.path), f"has no column `{name}`.", nearest(name, table.header)) for name in absent
        )
    problems: list[Problem] = []
    for number, cells in rows_by(table, table.header.index(columns.time)):
        texts = {key: (cells[table.header.index(name)] or "").strip() for key, name in wanted.items()}
        lacking = [wanted[key] for key in wanted if key != "since" and texts[key].casefold() in MISSING]
        if lacking:
            left_out[f"no {lacking[0]}"] += 1
            continue
        try:
            time = number_in(texts["time"])
            if time < 0:
                left_out["a time before zero"] += 1
                continue
            yield Subject(
                time,
                event_in(texts["event"]),
                texts.get("group", "all"),
                None if texts.get("since", "").casefold() in MISSING else number_in(texts["since"]),
            )
        except ValueError as fault:
            problems.append(Problem(f"{table.name} row {number}", f"{fault}.", "Correct the cell."))
            if len(problems) >= MOST_PROBLEMS:
                break
    if problems:
        raise ChartError(problems)


def number_in(text: str) -> float:
    """A number. Raises `ValueError` with the reason."""
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"'{text[:40]}' is not a number") from None
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is not a time")
    return number


def event_in(text: str) -> bool:
    """1 or 0, yes or no, also as `1:DECEASED`. Raises `ValueError` for anything else."""
    word = text.partition(":")[0].strip().casefold()
    if word in YES or word in NO:
        return word in YES
    raise ValueError(f"'{text[:40]}' tells no event: write 1 or 0, yes or no")


def ticks_to(last: float) -> tuple[float, ...]:
    """About six round numbers from 0 to the last time."""
    rough = max(last, 1e-9) / 6
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * unit for unit in (1, 2, 2.5, 5, 10) if power * unit >= rough)
    if step.is_integer() and step % 10 == 0 and last > 60:  # noqa: PLR2004 - months: years are read more easily
        step = math.ceil(rough / 12) * 12
    return tuple(step * number for number in range(int(last / step) + 1))


def curve(group: str, subjects: Sequence[Subject], ticks: Sequence[float]) -> Curve:
    from scipy.stats import CensoredData, ecdf

    times = np.array([s.time for s in subjects])
    events = np.array([s.event for s in subjects])
    found = ecdf(CensoredData.right_censored(times, ~events)).sf
    low, high = interval_of(found)
    half = found.quantiles[found.probabilities <= 0.5]  # noqa: PLR2004 - the median
    return Curve(
        group,
        len(subjects),
        int(events.sum()),
        tuple(map(float, found.quantiles)),
        tuple(map(float, found.probabilities)),
        low,
        high,
        tuple(sorted(float(s.time) for s in subjects if not s.event)),
        tuple(int((times >= tick).sum()) for tick in ticks),
        float(half[0]) if half.size else None,
    )


def interval_of(found: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The 95 % interval after each time. It is undefined at 100 % and at 0 %: there it goes on as it was before."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        interval = found.confidence_interval(0.95, method="log-log")
    bounds: list[tuple[float, ...]] = []
    for side in (interval.low.probabilities, interval.high.probabilities):
        kept, last = [], 1.0
        for value, share in zip(map(float, side), map(float, found.probabilities), strict=True):
            last = min(last, share) if math.isnan(value) and side is interval.low.probabilities else last
            last = last if math.isnan(value) else value
            kept.append(last)
        bounds.append(tuple(kept))
    return bounds[0], bounds[1]


def log_rank(groups: Sequence[Sequence[Subject]]) -> float | None:
    """The p-value of two groups, both with events; None for any other number."""
    if len(groups) != 2 or not any(s.event for group in groups for s in group):  # noqa: PLR2004 - the test is of two
        return None
    from scipy.stats import CensoredData, logrank

    samples = [CensoredData.right_censored([s.time for s in g], [not s.event for s in g]) for g in groups]
    return float(logrank(*samples).pvalue)


def told(found: Mapping[str, int]) -> str:
    return "; ".join(f"{why}: {count}" for why, count in found.items())
