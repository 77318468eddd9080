"""Who changes from one state to another -> an alluvial picture: two columns of states, a band for each move.

In: (state before, state after) -> how many. Out: SVG. A band that stays is pale, one that moves is dark; both bear
their number, and so does every state.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from .charts_picture import ACCENT, Picture
from .course_svg import GREY, wrapped

WIDE, SIDE, BLOCK, GAP, LINE = 940, 280, 14, 10, 16
LEAST = 18  # height of a state, so that its words have room
OTHER = "other"
Move = tuple[str, str]


def gathered(moves: Mapping[Move, int], most: int = 8) -> dict[Move, int]:
    """The moves with rare states put together as `other`, on each side on its own."""
    kept = []
    for side in (0, 1):
        sizes: Counter[str] = Counter()
        for move, count in moves.items():
            sizes[move[side]] += count
        kept.append({state for state, _ in sizes.most_common(most - 1 if len(sizes) > most else most)})
    found: Counter[Move] = Counter()
    for (before, after), count in moves.items():
        found[before if before in kept[0] else OTHER, after if after in kept[1] else OTHER] += count
    return dict(found)


def flow(name: str, title: str, heads: tuple[str, str], moves: Mapping[Move, int]) -> str:
    """The picture; states stand by size, the largest first."""
    moves = gathered(moves)
    total = sum(moves.values())
    said = f"{total} patients; " + "; ".join(f"{b} to {a}: {n}" for (b, a), n in sorted(moves.items()))
    sides = [states(moves, side) for side in (0, 1)]
    rows = max(sum(tall_of(state, n, 0) + GAP for state, n in side) for side in sides)
    picture = Picture(name, title, said, WIDE, rows + 150)
    unit = (rows + 60) / max(total, 1)
    tops = [tops_of(side, unit) for side in sides]
    picture.tall = 56 + max(sum(tall_of(state, n, unit) + GAP for state, n in side) for side in sides)
    for side, (head, at) in enumerate(zip(heads, ("end", "start"), strict=True)):
        x = SIDE if side == 0 else WIDE - SIDE
        picture.text(x + (BLOCK if side == 0 else -BLOCK), 20, head, at=at, bold=True)
    draw_bands(picture, moves, tops, unit)
    for side, every in enumerate(sides):
        for state, count in every:
            draw_state(picture, side, state, count, tops[side][state], total)
    return picture.svg()


def states(moves: Mapping[Move, int], side: int) -> list[tuple[str, int]]:
    sizes: Counter[str] = Counter()
    for move, count in moves.items():
        sizes[move[side]] += count
    return sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0]))


def words(state: str, count: int) -> list[str]:
    return wrapped(f"{state}: {count}", SIDE - 24)


def tall_of(state: str, count: int, unit: float) -> float:
    """A state is as high as its share, or as its words need."""
    return max(count * unit, LEAST, LINE * len(words(state, count)))


def tops_of(side: Sequence[tuple[str, int]], unit: float) -> dict[str, tuple[float, float]]:
    """The top and the height of each state; a small one has the room that its words need."""
    found, y = {}, 0.0
    for state, count in side:
        tall = count * unit
        found[state] = (y, tall)
        y += tall_of(state, count, unit) + GAP
    return found


def draw_bands(
    picture: Picture, moves: Mapping[Move, int], tops: Sequence[Mapping[str, tuple[float, float]]], unit: float
) -> None:
    """A band for each move, in the order of the states on both sides."""
    left, right = SIDE + BLOCK, WIDE - SIDE - BLOCK
    middle = (left + right) / 2
    used = [dict.fromkeys(side, 0.0) for side in tops]
    order = sorted(moves, key=lambda move: (tops[0][move[0]][0], tops[1][move[1]][0]))
    for before, after in order:
        count = moves[before, after]
        thick = count * unit
        y1 = 44 + tops[0][before][0] + used[0][before]
        y2 = 44 + tops[1][after][0] + used[1][after]
        used[0][before] += thick
        used[1][after] += thick
        way = (
            f"M{left:.1f} {y1:.1f} C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {right:.1f} {y2:.1f}"
            f" V{y2 + thick:.1f} C{middle:.1f} {y2 + thick:.1f} {middle:.1f} {y1 + thick:.1f}"
            f" {left:.1f} {y1 + thick:.1f} Z"
        )
        moved = before != after or before == OTHER
        picture.shape(way, fill=ACCENT if moved else "#d5d6dc", told=f"{before} to {after}: {count}")
        if thick > LINE:
            at = (left + 14, y1 + thick / 2 + 4)
            picture.text(*at, str(count), fill="#ffffff" if moved else GREY, size=12)


def draw_state(picture: Picture, side: int, state: str, count: int, place: tuple[float, float], total: int) -> None:
    top, tall = 44 + place[0], max(place[1], 1.5)
    x = SIDE if side == 0 else WIDE - SIDE - BLOCK
    picture.box(x, top, BLOCK, tall, fill="#1b1b1f", told=f"{state}: {count} of {total}")
    lines = words(state, count)
    y = top + max(tall / 2 - LINE * (len(lines) - 1) / 2 + 4, 12)
    for number, line in enumerate(lines):
        at = x - 8 if side == 0 else x + BLOCK + 8
        picture.text(at, y + LINE * number, line, at="end" if side == 0 else "start")
