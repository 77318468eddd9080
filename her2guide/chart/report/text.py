"""The text of a report -> statements: sentences and rows on one line each, with the place of every character.

In: text as it was typed, scanned or taken from a page. Out: statements; what stood on two lines is joined, a word
divided at the end of a line is whole again, the columns of a table stand with their heads.
It does not know what a statement says.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator

from msgspec import Struct

from .proposal import Place

LONGEST = 2000  # characters of a statement; what is longer is cut
LABEL = 3  # characters: a line that begins with so few and a full stop begins with the label of a specimen
FULL = 60  # a line with as many characters was ended by the margin of the page, not by its writer
ALIKE = str.maketrans({"–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "×": "x", "’": "'", "“": '"', "”": '"'})
WORD_CUT = re.compile(r"[A-Za-z]-\Z")
GOES_ON = re.compile(r"\s*(?:[a-z]+(?![A-Za-z0-9])|[(,)])")
LABELLED = re.compile(r"\s*(?:[^\w\s(]{1,3}\s*)?[A-Za-z][^:.;]{0,60}?(?::|\s{4})")
BULLET = re.compile(r"\s*(?:[-*+|•▪·]|\w{1,2}[.)])\s")
SENTENCE = re.compile(r"(?<=[.;])\s+(?=[A-Z(*•])|\s\.\s+(?=[A-Z(])|;\s+")
CELLS = re.compile(r"\S+(?: \S+)*")


class Statement(Struct, frozen=True):
    """`places`: where each character of `text` stands in the report. `opens`: it begins a line. `block`: lines
    without an empty one between them have the same."""

    text: str
    places: tuple[int, ...]
    indent: int
    opens: bool
    block: int


class Text(Struct, frozen=True):
    """A report as given (`original`), and with one kind of dash, quote and space at the same places (`plain`)."""

    original: str
    plain: str
    starts: tuple[int, ...]

    def place(self, start: int, end: int) -> Place:
        return Place(bisect_right(self.starts, start), start, end)

    def words(self, place: Place) -> str:
        """The exact words of a place, on one line."""
        return " ".join(self.original[place.start : place.end].split())


def text_of(original: str) -> Text:
    plain = "".join(plain_character(c) for c in original) if not original.isascii() else original.translate(ALIKE)
    plain = re.sub(r"\.{3,}", lambda found: " " * len(found.group()), plain)  # lines that lead the eye
    plain = re.sub(r"[\r\x00-\x08\x0e-\x1f\x7f]", " ", plain).replace("\f", "\n").replace("\v", "\n")
    starts = (0, *(found.end() for found in re.finditer("\n", plain)))
    return Text(original, plain, starts)


def plain_character(character: str) -> str:
    """The same character in its usual form, always one."""
    if character in "\n\t":
        return character
    usual = unicodedata.normalize("NFKC", character)
    usual = usual if len(usual) == 1 else character
    return usual.translate(ALIKE) if usual.isprintable() else " "


def statements(text: Text, only_heads: Callable[[str], bool]) -> list[Statement]:
    """Every statement in reading order. `only_heads`: whether a cell names a subject and nothing else."""
    found: list[Statement] = []
    for line in lines(text, only_heads):
        found += sentences(line)
    return found


def lines(text: Text, only_heads: Callable[[str], bool]) -> list[Statement]:
    """Lines as they were meant: joined where the page divided them, a table of columns as one for each column."""
    found: list[Statement] = []
    block = 0
    rows = text.plain.split("\n")
    taken = -1
    for number, row in enumerate(rows):
        if number <= taken:
            continue
        if not row.strip():
            block += 1
            continue
        columns = table(rows, number, only_heads) if number + 1 < len(rows) else []
        for head, cell in columns:
            found.append(column(text, number, head, cell, block))
        if columns:
            taken = number + 1
            continue
        line = whole_line(row, text.starts[number], block)
        if found and found[-1].block == block and (joined := join(found[-1], line)):
            found[-1] = joined
        else:
            found.append(line)
    return found


def whole_line(row: str, start: int, block: int) -> Statement:
    indent = len(row) - len(row.lstrip())
    return Statement(row, tuple(range(start, start + len(row))), indent, True, block)


def join(before: Statement, line: Statement) -> Statement | None:
    """Both as one, where the second goes on with the first."""
    end = before.text.rstrip()
    if len(end) > LONGEST or BULLET.match(line.text):
        return None
    cut = WORD_CUT.search(end)
    if cut and GOES_ON.match(line.text):
        return joined(before, len(end) - 1, line, "")
    heading = line.text.isupper() and not before.text.isupper()
    full = len(end) >= FULL and not (LABELLED.match(line.text) or tabular(end) or heading)
    if not end.endswith((".", ";", ":")) and (GOES_ON.match(line.text) or full) and not tabular(line.text):
        return joined(before, len(end), line, " ")
    return None


def tabular(row: str) -> bool:
    return "|" in row or "\t" in row or re.search(r"\S {3,}\S", row) is not None


def joined(before: Statement, kept: int, line: Statement, between: str) -> Statement:
    begin = len(line.text) - len(line.text.lstrip())
    places = (*before.places[:kept], *(before.places[kept - 1] for _ in between), *line.places[begin:])
    return Statement(before.text[:kept] + between + line.text[begin:], places, before.indent, True, before.block)


def table(rows: list[str], number: int, only_heads: Callable[[str], bool]) -> list[tuple[tuple[int, int], ...]]:
    """Head and cell of each column, where a line of heads stands over a line of as many cells."""
    heads, cells = cells_of(rows[number]), cells_of(rows[number + 1])
    if len(heads) != len(cells):
        return []
    if heads and not only_heads(rows[number][slice(*heads[0])]):
        heads, cells = heads[1:], cells[1:]  # the first column may name the rows
    if len(heads) < 2:  # noqa: PLR2004 - one column is no table
        return []
    if not all(only_heads(rows[number][a:b]) for a, b in heads):
        return []
    if any(only_heads(rows[number + 1][a:b]) for a, b in cells):
        return []
    return list(zip(heads, cells, strict=True))


def cells_of(row: str) -> list[tuple[int, int]]:
    return [found.span() for found in CELLS.finditer(row.replace("|", "\t"))]


def column(text: Text, number: int, head: tuple[int, int], cell: tuple[int, int], block: int) -> Statement:
    upper, lower = text.starts[number], text.starts[number + 1]
    places = (*range(upper + head[0], upper + head[1]), upper + head[1] - 1, *range(lower + cell[0], lower + cell[1]))
    written = text.plain[upper + head[0] : upper + head[1]] + " " + text.plain[lower + cell[0] : lower + cell[1]]
    return Statement(written, places, head[0], True, block)


def sentences(line: Statement) -> Iterator[Statement]:
    """The sentences of a line."""
    begin = 0
    ends = [found.start() for found in SENTENCE.finditer(line.text)]
    ends = [end for end in ends if len(line.text[:end].strip()) > LABEL]
    for end in (*ends, len(line.text)):
        while end - begin > LONGEST:
            yield part(line, begin, begin + LONGEST)
            begin += LONGEST
        if line.text[begin:end].strip(" .;"):
            yield part(line, begin, end)
        begin = end


def part(line: Statement, begin: int, end: int) -> Statement:
    return Statement(
        line.text[begin:end].replace("\t", " "), line.places[begin:end], line.indent, begin == 0, line.block
    )
