"""A timeline -> text, and a picture in which each option is a bar through the years.

In: the changes of the advice for one case. Out: plain text, or SVG with a title and a description.
Colours differ in lightness as well as in hue; the place of a bar is also written on it.
"""

from __future__ import annotations

from datetime import date
from xml.sax.saxutils import escape

from msgspec import Struct

from ..engine.timeline import Standing, Timeline, reasons
from ..library.library import Library

COLOURS = {"preferred": "#7a1f4f", "alternative": "#c98aa9", "later": "#d8d9df"}
INK = {"preferred": "#ffffff", "alternative": "#1b1b1f", "later": "#1b1b1f"}
NAMES, WIDTH, ROW, TOP = 400, 720, 26, 64


class Bar(Struct, frozen=True):
    """An option at one place from a day until another."""

    decision: str
    regimen: str
    place: str
    start: date
    end: date


def timeline_text(found: Timeline, library: Library) -> str:
    """Each change with its day: what came, what went, what moved, and why."""
    lines = [f"{found.edition} edition, {found.region}, the same patient from {found.start} to {found.end}"]
    lines += ["", str(found.start), *(f"  = {label(standing, library)}" for standing in found.first)]
    if not found.first:
        lines.append("  no option yet")
    for change in found.changes:
        lines += ["", str(change.on)]
        lines += [f"  + {label(standing, library)}" for standing in change.came]
        lines += [f"  - {label(standing, library)}" for standing in change.went]
        lines += [f"  > {label(new, library)}, before {old.place}" for old, new in change.moved]
        lines += [f"    why: {reason}" for reason in reasons(change, library, found.edition, found.region)]
    return "\n".join(lines) + "\n"


def label(standing: Standing, library: Library) -> str:
    title = library.regimens[standing.regimen].title
    return f"{title}: {standing.place} ({standing.decision}; {standing.recommendation})"


def bars(found: Timeline) -> list[Bar]:
    """Each option as bars, one for each place that it held in turn."""
    open_since = {(s.decision, s.regimen): (s.place, found.start) for s in found.first}
    drawn: list[Bar] = []

    def close(standing: Standing, day: date) -> None:
        place, start = open_since.pop((standing.decision, standing.regimen))
        drawn.append(Bar(standing.decision, standing.regimen, place, start, day))

    for change in found.changes:
        for gone in (*change.went, *(old for old, _ in change.moved)):
            close(gone, change.on)
        for new in (*change.came, *(new for _, new in change.moved)):
            open_since[new.decision, new.regimen] = (new.place, change.on)
    drawn += [Bar(*key, place, start, found.end) for key, (place, start) in open_since.items()]
    return drawn


def timeline_svg(found: Timeline, library: Library) -> str:
    """The picture as SVG: options down the side, years across."""
    drawn = bars(found)
    rows = list(dict.fromkeys((bar.decision, bar.regimen) for bar in sorted(drawn, key=lambda bar: bar.start)))
    height = TOP + ROW * len(rows) + 24
    title = f"Options for the same patient, {found.start} to {found.end} ({found.region})"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {NAMES + WIDTH + 20} {height}" role="img"'
        f' aria-labelledby="title text" font-family="Atkinson Hyperlegible Next, Verdana, sans-serif" font-size="13">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="text">{escape(timeline_text(found, library))}</desc>',
        f'<rect width="100%" height="{height}" fill="#ffffff"/>',
        f'<text x="8" y="22" font-size="16" font-weight="700" fill="#1b1b1f">{escape(title)}</text>',
        *legend(),
        *years(found, height),
    ]
    for row, (decision, regimen) in enumerate(rows):
        y = TOP + ROW * row
        parts.append(f'<text x="8" y="{y + 17}" fill="#1b1b1f">{escape(short(library.regimens[regimen].title))}</text>')
        mine = [bar for bar in drawn if (bar.decision, bar.regimen) == (decision, regimen)]
        parts += [piece for bar in mine for piece in bar_pieces(bar, found, y)]
    return "\n".join([*parts, "</svg>"]) + "\n"


def across(day: date, found: Timeline) -> float:
    """Where a day stands from left to right."""
    span = max((found.end - found.start).days, 1)
    return round(NAMES + WIDTH * (day - found.start).days / span, 1)


def years(found: Timeline, height: int) -> list[str]:
    """A line for every January, with as many years written as there is room for."""
    count = found.end.year - found.start.year
    every = next(step for step in (1, 2, 5, 10, 100) if count / step <= 12)  # noqa: PLR2004 - labels that fit
    pieces = []
    for year in range(found.start.year + 1, found.end.year + 1):
        if year % every == 0:
            x = across(date(year, 1, 1), found)
            pieces.append(f'<line x1="{x}" x2="{x}" y1="44" y2="{height - 12}" stroke="#c9cad2"/>')
            pieces.append(f'<text x="{x}" y="40" text-anchor="middle" fill="#55565e">{year}</text>')
    return pieces


def bar_pieces(bar: Bar, found: Timeline, y: int) -> list[str]:
    left, right = across(bar.start, found), across(bar.end, found)
    width = round(max(right - left, 2), 1)
    pieces = [f'<rect x="{left}" y="{y + 3}" width="{width}" height="{ROW - 7}" rx="3" fill="{COLOURS[bar.place]}"/>']
    if width > 8 * len(bar.place):
        ink = INK[bar.place]
        pieces.append(f'<text x="{left + 6}" y="{y + 17}" font-size="12" fill="{ink}">{bar.place}</text>')
    return pieces


def legend() -> list[str]:
    """Which colour is which place, for bars too short to bear their name."""
    pieces = []
    for turn, (place, colour) in enumerate(COLOURS.items()):
        x = NAMES + WIDTH - 300 + 100 * turn
        pieces.append(f'<rect x="{x}" y="10" width="14" height="14" rx="3" fill="{colour}"/>')
        pieces.append(f'<text x="{x + 20}" y="22" font-size="12" fill="#1b1b1f">{place}</text>')
    return pieces


def short(title: str, most: int = 54) -> str:
    """A title that fits; a long one begins with its own abbreviation, if it ends with one."""
    if len(title) <= most:
        return title
    name, _, abbreviation = title.removesuffix(")").rpartition(" (")
    told = f"{abbreviation}: {name}" if name and title.endswith(")") else title
    return told if len(told) <= most else told[: most - 3].rstrip(" ,") + "..."
