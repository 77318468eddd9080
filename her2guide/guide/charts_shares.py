"""Counts by group -> pictures: bars of classes, and a map of shares with every numerator and denominator.

In: rows of counts, or cells of part and whole. Out: SVG. What a class means, the page says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .charts_picture import Picture, percent, shade
from .course_svg import INK, width

WIDE, NAMES = 940, 270


def class_bars(
    name: str, title: str, bars: Sequence[tuple[str, Mapping[str, int]]], kinds: Sequence[str], *, whole: bool = True
) -> str:
    """A bar a group, divided by class. `whole`: every bar is as long as the others, in shares; else by numbers."""
    totals = [sum(counts.get(kind, 0) for kind in kinds) for _, counts in bars]
    longest = max(totals, default=0) or 1
    said = "; ".join(f"{label}: {told(counts, kinds)}" for label, counts in bars)
    picture = Picture(name, title, said, WIDE, 46 + 30 * len(bars) + 44)
    top = picture.legend(8, 18, kinds, WIDE - 16) + 16
    room = WIDE - NAMES - 66
    for number, ((label, counts), total) in enumerate(zip(bars, totals, strict=True)):
        y = top + 30 * number
        picture.text(NAMES - 8, y + 15, label, at="end", room=NAMES - 14)
        x, scale = float(NAMES), room / ((total or 1) if whole else longest)
        for kind in kinds:
            count = counts.get(kind, 0)
            if not count:
                continue
            wide = count * scale
            picture.box(x, y, wide, 22, fill=kind, told=f"{label}, {kind}: {count} of {total}")
            if wide > width(str(count)) + 6:
                chip = width(str(count)) + 4
                picture.box(x + wide / 2 - chip / 2, y + 4, chip, 14, fill="#ffffff", stroke="none")
                picture.text(x + wide / 2, y + 15, str(count), at="middle")
            x += wide
        picture.text(x + 6, y + 15, f"of {total}", soft=True)
    picture.tall = top + 30 * len(bars) + 8
    return picture.svg()


def told(counts: Mapping[str, int], kinds: Sequence[str]) -> str:
    total = sum(counts.get(kind, 0) for kind in kinds)
    return ", ".join(f"{counts[kind]} of {total} {kind}" for kind in kinds if counts.get(kind))


def share_map(
    name: str,
    title: str,
    down: Sequence[str],
    across: Sequence[str],
    cells: Mapping[tuple[str, str], tuple[int, int]],
    wholes: Sequence[int] = (),
) -> str:
    """A table of shades with part and whole in every cell; `wholes`: that of each column, written once above it."""
    room = max(28.0 if wholes else 46.0, min(74.0, (WIDE - NAMES - 12) / max(len(across), 1)))
    wide = max(NAMES + room * len(across) + 12, 480)
    said = "; ".join(f"{d}, {a}: {part} of {all_}" for (d, a), (part, all_) in cells.items() if part or not wholes)
    longest = max(map(width, across), default=0)
    slanted = room < longest
    head = 30 + (0.75 * longest if slanted else 0) + (16 if wholes else 0)
    picture = Picture(name, title, said, wide, head + 28 * len(down) + 10)
    for column, label in enumerate(across):
        x, y = NAMES + room * (column + 0.5), head - 10 - (16 if wholes else 0)
        picture.text(x, y, label, at="start" if slanted else "middle", turned=-45 if slanted else 0)
        if wholes:
            picture.text(x, head - 8, str(wholes[column]), at="middle", soft=True, size=11)
    for line, row_name in enumerate(down):
        y = head + 28 * line
        picture.text(NAMES - 8, y + 18, row_name, at="end", room=NAMES - 14)
        for column, label in enumerate(across):
            part, whole = cells.get((row_name, label), (0, 0))
            fill, ink = shade(part / whole) if whole else ("#ffffff", INK)
            said_here = f"{row_name}, {label}: {part} of {whole} ({percent(part / whole if whole else None)})"
            picture.box(NAMES + room * column, y, room - 2, 26, fill=fill, stroke="#c9cad2", told=said_here)
            words = (str(part or "") if wholes else f"{part}/{whole}") if whole else "–"
            small = 11 if width(words) > room - 8 else 13
            picture.text(NAMES + room * (column + 0.5) - 1, y + 18, words, at="middle", fill=ink, size=small)
    if wholes:
        picture.text(NAMES - 8, head - 8, "all decisions", at="end", soft=True, size=11)
    return picture.svg()
