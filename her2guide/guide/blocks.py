"""The parts a guide is made of, the same for text, HTML and PDF.

In: nothing; these are the nouns. Out: a `Guide` of blocks in reading order.
They hold finished sentences and know neither medicine nor layout.
"""

from __future__ import annotations

from msgspec import Struct


class Heading(Struct, frozen=True, tag="heading"):
    text: str


class Subheading(Struct, frozen=True, tag="subheading"):
    text: str


class Paragraph(Struct, frozen=True, tag="paragraph"):
    text: str


class Notice(Struct, frozen=True, tag="notice"):
    """A banner that must be seen."""

    text: str


class Row(Struct, frozen=True):
    """A labelled line: label, text, and where it comes from."""

    label: str
    text: str
    origin: str = ""


class Rows(Struct, frozen=True, tag="rows"):
    """Labelled lines, such as what is known of the patient."""

    caption: str
    rows: tuple[Row, ...]


class Card(Struct, frozen=True, tag="card"):
    """One option: its name, its tags, and labelled lines about it."""

    title: str
    tags: tuple[str, ...]
    rows: tuple[Row, ...]


class Bullets(Struct, frozen=True, tag="bullets"):
    items: tuple[str, ...]


class Questions(Struct, frozen=True, tag="questions"):
    """Questions to take along; `room` leaves lines to write on."""

    items: tuple[str, ...]
    room: bool = True


class Table(Struct, frozen=True, tag="table"):
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Terms(Struct, frozen=True, tag="terms"):
    """Words explained."""

    rows: tuple[Row, ...]


class Numbered(Struct, frozen=True, tag="numbered"):
    """Sources, numbered from 1 as they are cited."""

    items: tuple[str, ...]


Block = Heading | Subheading | Paragraph | Notice | Rows | Card | Bullets | Questions | Table | Terms | Numbered


class Guide(Struct, frozen=True):
    """A finished guide. `reader` is patient or clinician; `foot` stands on every page."""

    title: str
    language: str
    reader: str
    meta: tuple[Row, ...]
    blocks: tuple[Block, ...]
    foot: str
    page: str
    of: str

    def text(self, width: int = 78) -> str:
        """The guide as plain text."""
        from .text import write_text

        return write_text(self, width)

    def html(self) -> str:
        """The guide as one self-contained HTML page."""
        from .html import write_html

        return write_html(self)

    def pdf(self) -> bytes:
        """The guide as a tagged PDF (PDF/UA-1)."""
        from .pdf import write_pdf

        return write_pdf(self)
