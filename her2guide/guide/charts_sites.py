"""Shares by site and by year -> two pictures: a funnel of sites, a trend with dates of the knowledge marked.

In: shares with their intervals, limits, dated marks. Out: SVG. A site outside the limits is named; the reason is not
in the picture.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from ..cohort.concordance_counts import Funnel, Row, Share
from .charts_picture import ACCENT, Picture, percent
from .course_svg import GREY, INK, width, wrapped

WIDE, TALL, LEFT, TOP, FOOT = 920, 380, 62, 28, 52
MOST_TICKS = 12


def scale_y(share: float) -> float:
    return TOP + (TALL - TOP - FOOT) * (1 - share)


def frame(picture: Picture, across: str) -> None:
    """Lines at every fifth, and what the axes are."""
    for step in range(6):
        y = scale_y(step / 5)
        picture.line(LEFT, y, WIDE - 16, y)
        picture.text(LEFT - 8, y + 4, f"{20 * step} %", at="end", soft=True)
    picture.text(LEFT + (WIDE - LEFT) / 2, TALL - 8, across, at="middle", soft=True)


def funnel_plot(name: str, title: str, rows: Sequence[Row], limits: Funnel) -> str:
    """Each site by its size and share, with the limits of chance about the share of all."""
    told = [row for row in rows if row.followed.whole]
    most = limits.sizes[-1]
    outside = [row for row in told if level_of(row.followed, limits)]
    said = f"{len(told)} sites; all together {percent(limits.target)}; outside the 95 % limits: " + (
        "; ".join(f"{row.name} {row.followed.part} of {row.followed.whole}" for row in outside) or "none"
    )
    picture = Picture(name, title, said, WIDE, TALL)
    frame(picture, "patients of the site who can be told")

    def x(size: float) -> float:
        return LEFT + (WIDE - LEFT - 40) * size / (most * 1.03)

    for bounds, dash, words in ((limits.within_998, "2 3", "99.8 %"), (limits.within_95, "7 4", "95 %")):
        for side in (0, 1):
            points = [(x(size), scale_y(pair[side])) for size, pair in zip(limits.sizes, bounds, strict=True)]
            picture.path(points, dash=dash, stroke=GREY)
        low, high = bounds[-1]
        picture.text(x(most) + 4, scale_y(low if words == "95 %" else high) + 4, words, soft=True, size=11)
    picture.line(LEFT, scale_y(limits.target), x(most), scale_y(limits.target), stroke=ACCENT, thick=1.5)
    picture.text(x(most) + 4, scale_y(limits.target) + 4, "all", size=11, fill=ACCENT)
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10**9) if most / s <= MOST_TICKS)
    for size in range(0, most + 1, step):
        picture.text(x(size), scale_y(0) + 17, str(size), at="middle", soft=True, size=12)
    alike = Counter((row.followed.part, row.followed.whole) for row in told)
    for (part_, whole), count in alike.items():
        if count > 1:
            picture.text(x(whole) + 8, scale_y(part_ / whole) - 6, f"{count} sites", soft=True, size=11)
    for row in sorted(told, key=lambda row: bool(level_of(row.followed, limits))):
        at, part, level = (x(row.followed.whole), scale_y(row.followed.value or 0)), row.followed, level_of
        beyond = level(part, limits)
        fill = INK if beyond == 2 else ACCENT if beyond else "#ffffff"  # noqa: PLR2004 - the outer of two limits
        picture.dot(*at, fill=fill, told=f"{row.name or 'no site'}: {part.part} of {part.whole}")
        if beyond:
            picture.text(at[0] + 8, at[1] + 4, str(row.name or "no site"), size=12)
    return picture.svg()


def level_of(share: Share, limits: Funnel) -> int:
    """0 inside, 1 outside the 95 % limits, 2 outside the 99.8 % limits."""
    value, place = share.value or 0.0, share.whole - 1
    outside = [not pair[place][0] <= value <= pair[place][1] for pair in (limits.within_95, limits.within_998)]
    return sum(outside)


def trend(name: str, title: str, years: Sequence[tuple[int, Share]], marks: Sequence[tuple[date, str]]) -> str:
    """A share by year with its exact interval; the size of a dot goes with the number of patients."""
    shown = [(year, share) for year, share in years if share.whole]
    first, last = min((y for y, _ in shown), default=0), max((y for y, _ in shown), default=1)
    dates = [(day, words) for day, words in marks if first <= day.year <= last]
    said = "; ".join(f"{year}: {share.part} of {share.whole}" for year, share in shown)
    said += "".join(f"; {day}: {words}" for day, words in dates)
    picture = Picture(name, title, said, WIDE, TALL + 22 * len(dates))
    frame(picture, "year of the decision; bars: exact 95 % interval")
    span = (WIDE - LEFT - 60) / max(last - first + 1, 1)

    def x(year: float) -> float:
        return LEFT + 20 + span * (year - first + 0.5)

    for number, (day, words) in enumerate(dates, 1):
        at = x(day.year + (day.timetuple().tm_yday - 1) / 365.25 - 0.5)
        picture.line(at, TOP - 10, at, scale_y(0), stroke=ACCENT, dash="5 3", thick=1.3)
        picture.dot(at, TOP - 14, radius=9, fill="#ffffff")
        picture.text(at, TOP - 10, str(number), at="middle", size=11)
        line = wrapped(f"{number}  {day}: {words}", WIDE - LEFT - 20)[0]
        picture.text(LEFT, TALL + 22 * number - 8, line)
    picture.path([(x(year), scale_y(share.value or 0)) for year, share in shown], stroke=INK)
    for year, share in shown:
        low, high = scale_y(share.low or 0), scale_y(share.high or 0)
        picture.line(x(year), low, x(year), high, stroke=GREY, thick=2)
        picture.dot(x(year), scale_y(share.value or 0), radius=min(9, 3 + share.whole**0.5 / 2),
                    told=f"{year}: {share.part} of {share.whole}")  # fmt: skip
        picture.text(x(year), scale_y(0) + 16, str(year), at="middle", soft=True, size=12)
        if width(f"{share.part}/{share.whole}") < span:
            picture.text(x(year), scale_y(0) + 31, f"{share.part}/{share.whole}", at="middle", soft=True, size=11)
    return picture.svg()
