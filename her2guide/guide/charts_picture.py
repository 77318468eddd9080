"""A picture of numbers: a title, a description, a scale, marks and labels -> SVG.

In: what is drawn, piece by piece, in user units. Out: SVG that stands alone or inside a page: the ids of its patterns
begin with its own name. A class has a pattern and a word as well as a colour. It knows nothing of medicine.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from ..documents import printable
from .course_svg import GREY, GRID, INK, fitting, width

ACCENT, PALE, PAPER = "#7a1f4f", "#f3e3ec", "#ffffff"
SIZE = 13
# How a class or a standing is filled: its ground, and lines or dots on it.
LOOKS = {
    "concordant": ("#7a1f4f", ""),
    "offered": ("#7a1f4f", ""),
    "alternative": ("#d9a9c3", "M0 6 L6 0"),
    "offered with caution": ("#d9a9c3", "M0 6 L6 0"),
    "not recommended": ("#f2c14e", "M0 3 H6"),
    "needs check": ("#f2c14e", "M0 3 H6"),
    "not given": ("#ffffff", "M3 0 V6"),
    "ruled out": ("#1b1b1f", ""),
    "cannot tell": ("#e4e5ea", "M2 3 H4"),
}


class Picture:
    """What is drawn so far. `name` begins every id; words are escaped here and nowhere else."""

    def __init__(self, name: str, title: str, description: str, wide: float, tall: float) -> None:
        self.name, self.title, self.description = name, title, description
        self.wide, self.tall = wide, tall
        self.pieces: list[str] = []
        self.looks: dict[str, int] = {}

    def text(self, x: float, y: float, words: str, *, at: str = "start", soft: bool = False, bold: bool = False,
             size: float = SIZE, fill: str = "", turned: float = 0, room: float = 0) -> None:  # fmt: skip
        """Words whose letters stand on y; `room`: no wider than that."""
        told = fitting(words, room * SIZE / size, bold=bold) if room else words
        look = f' text-anchor="{at}" fill="{fill or (GREY if soft else INK)}" font-size="{size:g}"'
        look += ' font-weight="700"' if bold else ""
        look += f' transform="rotate({turned:g} {x:.1f} {y:.1f})"' if turned else ""
        self.pieces.append(f'<text x="{x:.1f}" y="{y:.1f}"{look}>{escape(printable(told))}</text>')

    def line(self, x1: float, y1: float, x2: float, y2: float, *, stroke: str = GRID, dash: str = "",
             thick: float = 1) -> None:  # fmt: skip
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        place = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
        self.pieces.append(f'<line {place} stroke="{stroke}" stroke-width="{thick:g}"{dashed}/>')

    def path(self, points: Sequence[tuple[float, float]], *, stroke: str = INK, fill: str = "none", dash: str = "",
             thick: float = 1.5) -> None:  # fmt: skip
        way = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.pieces.append(
            f'<polyline points="{way}" fill="{fill}" stroke="{stroke}" stroke-width="{thick:g}"{dashed}/>'
        )

    def box(self, x: float, y: float, wide: float, tall: float, *, fill: str = PALE, stroke: str = INK,
            told: str = "") -> None:  # fmt: skip
        """A rectangle; `fill` is a colour or the name of a look; `told` is shown where a pointer rests."""
        title = f"<title>{escape(printable(told))}</title>" if told else ""
        place = f'x="{x:.1f}" y="{y:.1f}" width="{max(wide, 0):.1f}" height="{tall:.1f}"'
        self.pieces.append(
            f'<rect {place} fill="{self.fill(fill)}" stroke="{stroke}" stroke-width="0.7">{title}</rect>'
        )

    def dot(self, x: float, y: float, *, radius: float = 4, fill: str = ACCENT, told: str = "") -> None:
        title = f"<title>{escape(printable(told))}</title>" if told else ""
        self.pieces.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{fill}" stroke="{INK}">{title}</circle>'
        )

    def shape(self, way: str, *, fill: str, told: str = "") -> None:
        title = f"<title>{escape(printable(told))}</title>" if told else ""
        self.pieces.append(f'<path d="{way}" fill="{self.fill(fill)}" fill-opacity="0.75">{title}</path>')

    def fill(self, name: str) -> str:
        if name not in LOOKS:
            return name
        if not LOOKS[name][1]:
            return LOOKS[name][0]
        number = self.looks.setdefault(name, len(self.looks))
        return f"url(#{self.name}-look-{number})"

    def legend(self, x: float, y: float, names: Sequence[str], room: float) -> float:
        """The looks with their words, on as many lines as they need; the height where they end."""
        at = x
        for name in names:
            wide = 26 + width(name) + 14
            if at + wide > x + room and at > x:
                at, y = x, y + 20
            self.box(at, y - 11, 18, 13, fill=name)
            self.text(at + 24, y, name)
            at += wide
        return y

    def svg(self) -> str:
        name = self.name
        return "\n".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.wide:g} {self.tall:g}" role="img"'
            f' aria-labelledby="{name}-title {name}-text" font-family="Atkinson Hyperlegible Next, Verdana, sans-serif"'
            f' font-size="{SIZE}">',
            f'<title id="{name}-title">{escape(printable(self.title))}</title>',
            f'<desc id="{name}-text">{escape(printable(self.description))}</desc>',
            *self.patterns(),
            '<rect width="100%" height="100%" fill="#ffffff"/>',
            *self.pieces,
            "</svg>\n",
        ])  # fmt: skip

    def patterns(self) -> list[str]:
        """The looks that were used."""
        return [
            f'<pattern id="{self.name}-look-{number}" width="6" height="6" patternUnits="userSpaceOnUse">'
            f'<rect width="6" height="6" fill="{LOOKS[look][0]}"/>'
            f'<path d="{LOOKS[look][1]}" stroke="{INK}" stroke-width="0.9"/></pattern>'
            for look, number in self.looks.items()
        ]


def percent(value: float | None) -> str:
    return "no figure" if value is None else f"{100 * value:.0f} %"


def shade(value: float) -> tuple[str, str]:
    """A colour between white and the accent, and the colour of letters that can be read on it."""
    mixed = [round(255 + (int(ACCENT[i : i + 2], 16) - 255) * value) for i in (1, 3, 5)]
    return f"#{mixed[0]:02x}{mixed[1]:02x}{mixed[2]:02x}", PAPER if value > 0.55 else INK  # noqa: PLR2004 - contrast
