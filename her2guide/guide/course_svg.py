"""The course of a patient -> a picture: days across, what happened down the page, text of the same beside it.

In: a course. Out: SVG as wide as a page, with a title and a description. Shape and words tell everything that colour
does; no label lies on another. It knows nothing of medicine.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from datetime import date
from unicodedata import east_asian_width
from xml.sax.saxutils import escape

from msgspec import Struct

from ..chart.months import add_months
from ..documents import printable
from .course import Course, Mark, Measured, Span, course_text
from .timeline import short

WIDTH, NAMES, EDGE = 900, 270, 12
LEFT, RIGHT = NAMES + 6, WIDTH - EDGE
SIZE, LETTER, CAPITAL, LINE = 13, 7.2, 10, 17  # of the type, a usual letter, a capital, the lines
INK, GREY, GRID, GIVEN, ADVISED = "#1b1b1f", "#55565e", "#d5d6dc", "#7a1f4f", "#e3bfd0"
SHAPES = {"Specimens": "circle", "Operations": "square"}
MOST_TICKS, A_YEAR = 8, 12
LEGEND = "Filled diamond: the result changed. Arrow: going on. Broken line with ?: an end is not recorded."


class Box(Struct, frozen=True):
    """Where a label lies."""

    left: float
    top: float
    right: float
    bottom: float
    words: str

    def meets(self, other: Box) -> bool:
        apart = self.right <= other.left or other.right <= self.left
        return not (apart or self.bottom <= other.top or other.bottom <= self.top)


class Sheet:
    """What is drawn so far, and where its labels lie. `y` is the first free height."""

    def __init__(self, course: Course) -> None:
        self.start = course.start
        self.days = max((course.end - course.start).days, 1)
        self.back: list[str] = []
        self.pieces: list[str] = []
        self.labels: list[Box] = []
        self.y = 8.0

    def x(self, day: date) -> float:
        """Where a day stands from left to right."""
        share = min(max((day - self.start).days / self.days, 0), 1)
        return round(LEFT + 8 + (RIGHT - LEFT - 24) * share, 1)

    def text(
        self, x: float, y: float, words: str, *, end: bool = False, bold: bool = False, soft: bool = False
    ) -> None:
        """A label whose letters stand on y, from x on or up to it."""
        self.labels.append(box_of(x, y, words, end=end, bold=bold))
        look = f' text-anchor="{"end" if end else "start"}" fill="{GREY if soft else INK}"'
        look += ' font-weight="700"' if bold else ""
        self.pieces.append(f'<text x="{x:g}" y="{y:g}"{look}>{escape(printable(words))}</text>')

    def free(self, x: float, y: float, words: str) -> bool:
        new = box_of(x, y, words)
        return not any(new.meets(box) for box in self.labels) and new.left >= LEFT and new.right <= WIDTH

    def heading(self, words: str) -> None:
        self.y += 12
        self.back.append(f'<line x1="8" x2="{RIGHT}" y1="{self.y:g}" y2="{self.y:g}" stroke="{GREY}"/>')
        for line in wrapped(words, RIGHT - 8, bold=True):
            self.y += LINE
            self.text(8, self.y, line, bold=True)
        self.y += 4


def width(words: str, *, bold: bool = False) -> float:
    """About how wide letters are, rather more than less."""
    return sum(map(letter_width, words)) * (1.1 if bold else 1)


def letter_width(letter: str) -> float:
    """Letters as wide as high, the squares of Asian scripts among them; capitals; all others."""
    if letter in "mwMW@%" or east_asian_width(letter) in "WF":
        return SIZE
    return CAPITAL if letter.isupper() else LETTER


def box_of(x: float, y: float, words: str, *, end: bool = False, bold: bool = False) -> Box:
    wide = width(words, bold=bold)
    left = x - wide if end else x
    return Box(left, y - SIZE + 1, left + wide, y + 3, words)


def course_svg(course: Course) -> str:
    """The picture as SVG."""
    sheet = drawing(course)
    title = f"{course.title}, {course.start} to {course.end}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {sheet.y:g}" role="img"'
            f' aria-labelledby="title text" font-family="Atkinson Hyperlegible Next, Verdana, sans-serif"'
            f' font-size="{SIZE}">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="text">{escape(course_text(course))}</desc>',
            "<style>text { paint-order: stroke; stroke: #fff; stroke-width: 3px; stroke-linejoin: round }</style>",
            '<rect width="100%" height="100%" fill="#ffffff"/>',
            *sheet.back,
            *sheet.pieces,
            "</svg>\n",
        ]
    )


def drawing(course: Course) -> Sheet:
    """Everything drawn, from the top down."""
    sheet = Sheet(course)
    sheet.y += LINE
    sheet.text(8, sheet.y, fitting(f"{course.title}, {course.start} to {course.end}", RIGHT - 8, bold=True), bold=True)
    sheet.y += LINE + 8
    top = sheet.y
    for section in course.sections:
        if section.marks or section.spans:
            sheet.heading(section.heading)
            draw_marks(sheet, section.marks, SHAPES.get(section.heading, "triangle"))
            draw_spans(sheet, section.spans, GIVEN)
    if course.measured.values:
        draw_measured(sheet, course.measured)
    sheet.heading(course.advice.heading)
    draw_spans(sheet, course.advice.spans, ADVISED)
    paragraphs(sheet, () if course.advice.spans else (course.advice.none,))
    axis(sheet, course, top)
    if course.undated:
        sheet.heading("Without a day")
        paragraphs(sheet, course.undated)
    sheet.y += 12
    paragraphs(sheet, (LEGEND,), soft=True)
    sheet.y += EDGE
    return sheet


def fitting(words: str, room: float, *, bold: bool = False) -> str:
    """The words, or as much of them as there is room for."""
    most = min(len(words), int(room / LETTER))
    while width(told := short(words, most), bold=bold) > room and most > len("..."):
        most -= 1
    return told


def wrapped(words: str, room: float, *, bold: bool = False) -> list[str]:
    """The words on as many lines as they need."""
    most = int(room / LETTER)
    lines = textwrap.wrap(words, most)
    while any(width(line, bold=bold) > room for line in lines):
        most -= 1
        lines = textwrap.wrap(words, most)
    return lines


def paragraphs(sheet: Sheet, told: Iterable[str], *, soft: bool = False) -> None:
    for words in told:
        for line in wrapped(words, RIGHT - 16):
            sheet.y += LINE
            sheet.text(16, sheet.y, line, soft=soft)


def axis(sheet: Sheet, course: Course, top: float) -> None:
    """A line across for each year or month, as many as their names leave room for."""
    bottom = sheet.y + 6
    for day, name in ticks(course.start, course.end):
        x = sheet.x(day)
        sheet.back.append(f'<line x1="{x}" x2="{x}" y1="{top + 2:g}" y2="{bottom:g}" stroke="{GRID}"/>')
        if sheet.free(x, top, name):
            sheet.text(x, top, name, soft=True)


def ticks(start: date, end: date) -> list[tuple[date, str]]:
    """The first days of months, or of years, between two days; the days themselves where there is no such day."""
    months = (end.year - start.year) * 12 + end.month - start.month
    step = next(step for step in (1, 3, 6, A_YEAR, 24, 60, 120, 1200) if months / step <= MOST_TICKS)
    first = date(start.year, 1, 1)
    found = [add_months(first, n) for n in range(0, months + 13, step)]
    inside = [day for day in found if start <= day <= end]
    return [(day, str(day)[: 4 if step >= A_YEAR else 7]) for day in inside] or [(start, str(start))]


def draw_marks(sheet: Sheet, marks: Sequence[Mark], shape: str) -> None:
    """Marks with their words on the side that has room; as many lanes as it takes that none lies on another."""
    lanes: list[float] = []
    rows: list[list[tuple[Mark, float, bool]]] = []
    for mark in marks:
        x = sheet.x(mark.day)
        wide = max(map(width, mark.lines))
        before = x + 10 + wide > RIGHT and x - 8 > RIGHT - x
        left, right = (max(8, x - 10 - wide), x + 8) if before else (x - 8, min(x + 10 + wide, RIGHT))
        lane = next((n for n, used in enumerate(lanes) if used + LETTER <= left), len(lanes))
        if lane == len(lanes):
            lanes.append(0)
            rows.append([])
        lanes[lane] = right
        rows[lane].append((mark, x, before))
    for row in rows:
        for mark, x, before in row:
            draw_mark(sheet, mark, x, shape, before=before)
        sheet.y += LINE * max(len(mark.lines) for mark, _, _ in row) + 4


def draw_mark(sheet: Sheet, mark: Mark, x: float, shape: str, *, before: bool) -> None:
    y = sheet.y + LINE - 4
    sheet.pieces.append(figure("diamond" if mark.changed else shape, x, y))
    for number, line in enumerate(mark.lines):
        room = x - 18 if before else RIGHT - x - 10
        at = x - 10 if before else x + 10
        sheet.text(at, sheet.y + LINE * (number + 1), fitting(line, room), end=before)


def figure(shape: str, x: float, y: float) -> str:
    if shape == "circle":
        return f'<circle cx="{x}" cy="{y:g}" r="5" fill="#ffffff" stroke="{INK}" stroke-width="2"/>'
    points = {
        "square": ((-5, -5), (5, -5), (5, 5), (-5, 5)),
        "triangle": ((0, -6), (6, 5), (-6, 5)),
        "diamond": ((0, -7), (7, 0), (0, 7), (-7, 0)),
    }[shape]
    return f'<polygon points="{" ".join(f"{x + dx:g},{y + dy:g}" for dx, dy in points)}" fill="{INK}"/>'


def draw_spans(sheet: Sheet, spans: Sequence[Span], colour: str) -> None:
    """A heading for each group, and under it one row for each name with all its bars."""
    for group in dict.fromkeys(span.group for span in spans):
        sheet.y += LINE
        sheet.text(8, sheet.y, fitting(group, RIGHT - 8), soft=True)
        mine = [span for span in spans if span.group == group]
        for name in dict.fromkeys(span.title for span in mine):
            sheet.y += LINE
            long = width(name) > NAMES - 16  # it has a line of its own, with its bars below
            sheet.text(16, sheet.y, fitting(name, (RIGHT if long else NAMES) - 16))
            sheet.y += LINE if long else 0
            for span in (span for span in mine if span.title == name):
                draw_bar(sheet, span, colour)


def draw_bar(sheet: Sheet, span: Span, colour: str) -> None:
    """A bar from day to day; an arrow where it goes on, a broken line where its end is not recorded."""
    left, y = sheet.x(span.start), sheet.y - 10
    if span.end is None and not span.ongoing:
        sheet.pieces.append(f'<rect x="{left}" y="{y:g}" width="3" height="11" fill="{colour}"/>')
        line = f'y1="{y + 6:g}" y2="{y + 6:g}" stroke="{GREY}" stroke-dasharray="4 4"'
        sheet.pieces.append(f'<line x1="{left + 3:g}" x2="{RIGHT - 14}" {line}/>')
        if sheet.free(RIGHT - 10, sheet.y, "?"):
            sheet.text(RIGHT - 10, sheet.y, "?")
        return
    right = sheet.x(span.end) if span.end else RIGHT - 16.0
    sheet.pieces.append(
        f'<rect x="{left}" y="{y:g}" width="{max(right - left, 3):g}" height="11" fill="{colour}" stroke="{INK}"'
        f' stroke-width="0.5"><title>{escape(printable(f"{span.title}: {span.days()}"))}</title></rect>'
    )
    if span.end is None:
        sheet.pieces.append(
            f'<polygon points="{right:g},{y - 2:g} {right + 10:g},{y + 5.5:g} {right:g},{y + 13:g}" fill="{INK}"/>'
        )


def draw_measured(sheet: Sheet, found: Measured) -> None:
    """A line through the values, the levels across it; a value is written where there is room."""
    sheet.heading(found.heading)
    every = [value for _, value in found.values] + list(found.levels)
    low, high = min(every) - 8, max(every) + 8
    tall = max(90.0, (high - low) * 1.7)
    top = sheet.y + 4

    def y(value: float) -> float:
        return round(top + tall * (high - value) / (high - low), 1)

    for level in found.levels:
        line = f'y1="{y(level)}" y2="{y(level)}" stroke="{GREY}" stroke-dasharray="6 4"'
        sheet.back.append(f'<line x1="{LEFT}" x2="{RIGHT}" {line}/>')
        sheet.text(NAMES, y(level) + 4, f"{level:g} {found.unit}", end=True, soft=True)
    points = [(sheet.x(day), y(value)) for day, value in found.values]
    way = " ".join(f"{x},{at}" for x, at in points)
    sheet.pieces.append(f'<polyline points="{way}" fill="none" stroke="{INK}" stroke-width="1.5"/>')
    for (x, at), (_, value) in zip(points, found.values, strict=True):
        sheet.pieces.append(f'<circle cx="{x}" cy="{at}" r="3.5" fill="{INK}"/>')
        words = f"{value:g}"
        places = [(x - width(words) / 2, at - 7), (x - width(words) / 2, at + 18)]
        free = next((place for place in places if sheet.free(*place, words)), None)
        if free:
            sheet.text(*free, words)
    sheet.y = top + tall
