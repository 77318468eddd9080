"""Guide -> plain text for a terminal or an e-mail.

In: blocks. Out: text wrapped to a width, in ASCII rules and plain words. It adds no sentence.
"""

from __future__ import annotations

import textwrap

from .blocks import (
    Block,
    Bullets,
    Card,
    Guide,
    Heading,
    Notice,
    Numbered,
    Paragraph,
    Questions,
    Row,
    Rows,
    Subheading,
    Table,
    Terms,
)


def write_text(guide: Guide, width: int = 78) -> str:
    """The whole guide; every line at most `width` characters unless one word is longer."""
    lines = [guide.title, "=" * min(len(guide.title), width)]
    lines += [f"{row.label}: {row.text}" for row in guide.meta]
    for block in guide.blocks:
        lines += block_lines(block, width)
    lines += ["", *wrap(guide.foot, width)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def wrap(text: str, width: int, first: str = "", rest: str | None = None) -> list[str]:
    indent = " " * len(first) if rest is None else rest
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    ) or [first]


def block_lines(block: Block, width: int) -> list[str]:
    match block:
        case Heading(text):
            return ["", text.upper(), "-" * min(len(text), width)]
        case Subheading(text):
            return ["", text]
        case Paragraph(text):
            return ["", *wrap(text, width)]
        case Notice(text):
            return ["", *wrap(text, width, "! ", "! ")]
    return list_lines(block, width)


def list_lines(block: Block, width: int) -> list[str]:
    """The lines of a block that holds several things."""
    match block:
        case Rows(_, rows) | Terms(rows):
            return [line for row in rows for line in row_lines(row, width, "  ")]
        case Card(title, tags, rows):
            named = f"{title}  [{'; '.join(tags)}]" if tags else title
            return ["", *wrap(named, width, "* "), *(line for row in rows for line in row_lines(row, width, "    "))]
        case Bullets(items):
            return [line for item in items for line in wrap(item, width, "  - ")]
        case Questions(items, room):
            return [line for item in items for line in question_lines(item, width, room)]
        case Table(_, head, rows):
            return [line for row in rows for line in table_lines(head, row, width)]
        case Numbered(items):
            return [line for number, item in enumerate(items, 1) for line in wrap(item, width, f"  [{number}] ")]
    return []


def row_lines(row: Row, width: int, indent: str) -> list[str]:
    origin = f"  ({row.origin})" if row.origin else ""
    return wrap(f"{row.label}: {row.text}{origin}", width, indent, indent + "  ")


def question_lines(item: str, width: int, room: bool) -> list[str]:
    return [*wrap(item, width, "  ? "), *(["    " + "_" * (width - 8)] if room else [])]


def table_lines(head: tuple[str, ...], row: tuple[str, ...], width: int) -> list[str]:
    """A row of a table as one entry: its first cell, then the others with their heads."""
    cells = [f"{name}: {cell}" for name, cell in zip(head[1:], row[1:], strict=True) if cell]
    return [*wrap(row[0], width, "* "), *(line for cell in cells for line in wrap(cell, width, "    ", "      "))]
