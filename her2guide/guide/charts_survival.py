"""The survival of groups -> a Kaplan-Meier picture with numbers at risk and what must be known to read it.

In: curves. Out: SVG. Groups differ in line and in word as well as in colour. The warning about immortal time is part of
the picture: it cannot be left behind.
"""

from __future__ import annotations

from collections.abc import Callable

from ..cohort.concordance_survival import Curve, Survival, told
from .charts_picture import Picture, percent
from .course_svg import wrapped

WIDE, LEFT, TOP, TALL, LINE = 940, 190, 46, 340, 18
LINES = (("#7a1f4f", ""), ("#1b1b1f", "8 4"), ("#2b6a8f", "2 3"), ("#b26a00", "10 3 2 3"),
         ("#55565e", "5 5"), ("#0b6b3a", "1 4"), ("#a3001b", "12 4"), ("#8a8c95", "4 2"))  # fmt: skip
IMMORTAL = (
    "Immortal time: if patients came into a group by something that happened after time zero, such as a treatment, they"
    " had to live until then. Their group looks better for that alone, and the difference between the curves is no"
    " effect of the treatment. Start the clock at a landmark (--landmark) or compare groups known at time zero."
)


def survival_svg(found: Survival, title: str, *, known_at_start: bool, unit: str = "") -> str:
    """The picture. `known_at_start`: the analyst says that every group was known at time zero."""
    notes = notes_of(found, known_at_start=known_at_start)
    lines = [line for note in notes for line in wrapped(note, WIDE - 30)]
    said = "; ".join(summary(one) for one in found.curves) + ". " + " ".join(notes)
    bottom = TOP + TALL
    tall = bottom + 62 + LINE * len(found.curves) + 20 + LINE * len(lines)
    picture = Picture("survival", title, said, WIDE, tall)
    picture.text(8, 22, title, bold=True, size=16, room=WIDE - 16)
    last = max(found.ticks[-1], *(one.times[-1] for one in found.curves)) or 1

    def x(time: float) -> float:
        return LEFT + (WIDE - LEFT - 24) * time / last

    for step in range(6):
        y = TOP + TALL * (1 - step / 5)
        picture.line(LEFT, y, WIDE - 16, y)
        picture.text(LEFT - 8, y + 4, f"{20 * step} %", at="end", soft=True)
    for tick in found.ticks:
        picture.line(x(tick), bottom, x(tick), bottom + 5, stroke="#1b1b1f")
        picture.text(x(tick), bottom + 20, f"{tick:g}", at="middle", soft=True)
    picture.text(WIDE - 16, bottom + 38, f"{found.columns.time}{f' ({unit})' if unit else ''}", at="end", soft=True)
    picture.text(8, bottom + 38, "at risk", bold=True)
    for number, one in enumerate(found.curves):
        draw(picture, one, number, x)
        y = bottom + 38 + LINE * (number + 1)
        colour, dash = LINES[number]
        picture.line(8, y - 4, 34, y - 4, stroke=colour, dash=dash, thick=2.5)
        picture.text(40, y, one.group, room=LEFT - 62)
        for tick, count in zip(found.ticks, one.at_risk, strict=True):
            picture.text(x(tick), y, str(count), at="middle")
    for number, line in enumerate(lines):
        picture.text(8, bottom + 62 + LINE * len(found.curves) + 12 + LINE * number, line)
    return picture.svg()


def draw(picture: Picture, one: Curve, number: int, x: Callable[[float], float]) -> None:
    """Steps with their interval; a tick where a patient's follow-up ends."""

    def at(time: float, share: float) -> tuple[float, float]:
        return x(time), TOP + TALL * (1 - share)

    colour, dash = LINES[number]
    band = [*stairs(one.times, one.low), *reversed(stairs(one.times, one.high))]
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in (at(*point) for point in band))
    picture.pieces.append(f'<polygon points="{points}" fill="{colour}" fill-opacity="0.10"/>')
    picture.path([at(*point) for point in stairs(one.times, one.survival)], stroke=colour, dash=dash, thick=2.2)
    for time in one.censored:
        share = max(
            (s for t, s in zip(one.times, one.survival, strict=True) if t <= time), key=lambda s: -s, default=1.0
        )
        a, b = at(time, share)
        picture.line(a, b - 4, a, b + 4, stroke=colour)


def stairs(times: tuple[float, ...], shares: tuple[float, ...]) -> list[tuple[float, float]]:
    points = [(0.0, 1.0)]
    for time, share in zip(times, shares, strict=True):
        points += [(time, points[-1][1]), (time, share)]
    return points


def summary(one: Curve) -> str:
    median = f"median {one.median:g}" if one.median is not None else "median not reached"
    return f"{one.group}: {one.events} events in {one.patients} patients, {median}"


def notes_of(found: Survival, *, known_at_start: bool) -> list[str]:
    """What must stand beside the curves."""
    notes = ["; ".join(summary(one) for one in found.curves) + "."]
    if found.p_value is not None:
        notes.append(f"Log-rank test of the two groups: p = {found.p_value:.2g}; not adjusted for anything.")
    if found.left_out:
        notes.append(f"Left out: {told(found.left_out)}.")
    if found.landmark is not None:
        notes.append(f"Time is counted from a landmark at {found.landmark:g}: groups as known then, who came later is"
                     " counted as not yet.")  # fmt: skip
    if found.later is not None and found.landmark is None and found.later:
        total = sum(one.patients for one in found.curves)
        notes.append(f"{found.later} of {total} patients ({percent(found.later / total)}) came into their group after"
                     f" time zero. {IMMORTAL}")  # fmt: skip
    elif found.later is None and found.columns.group and not known_at_start:
        notes.append(IMMORTAL)
    notes.append("Shaded: 95 % interval (exponential Greenwood). Short strokes: end of follow-up without an event.")
    return notes
