"""A written report -> `Report`: what it says, proposed for confirmation.

In: a text file or a PDF. Out: proposals with their words, and what was seen but not proposed.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from ...documents import LARGEST_FILE, Unreadable, read_text
from ...errors import ChartError, Problem
from ...library.library import Library
from ...library.patterns import compiled
from .dates import stated_day
from .proposal import Passed, Proposal, Report
from .reading import Reader
from .sections import Sections
from .text import statements, text_of
from .value import Values
from .weigh import Weighing

LONGEST = 200_000  # characters, a hundred pages; the longest reports have a tenth of it


def read_report(path: str | Path, library: Library, on: date | None = None) -> Report:
    """Read a report from a file; `on` is its day where it does not say it. Raises `ChartError`."""
    place = Path(path)
    try:
        with place.open("rb") as file:
            content = file.read(LARGEST_FILE + 1) if file.read(5) == b"%PDF-" else None
        text = read_text(place) if content is None else text_of_pdf(b"%PDF-" + content, str(place))
        return report_of(text, str(place), library, on)
    except OSError as fault:
        what = f"cannot be read: {fault.strerror or 'it cannot be opened'}."
        raise ChartError([Problem(str(place), what, "Check the name of the file.")]) from None
    except Unreadable as fault:
        raise ChartError([fault.problem]) from None


def text_of_pdf(content: bytes, name: str) -> str:
    from .pdf import pdf_text  # its library takes longer to load than all the rest

    if len(content) > LARGEST_FILE:
        raise Unreadable(Problem(name, "the PDF is too large.", "Give the pages of one report."))
    return pdf_text(content, name)


def report_of(written: str, name: str, library: Library, on: date | None = None) -> Report:
    """Read the text of a report. Raises `Unreadable` for what cannot be one."""
    refuse(written, name)
    words, text = library.reports, text_of(written)
    heads = compiled("(?:{heads})", words.terms)
    found = statements(text, lambda cell: heads.fullmatch(cell.strip(" *|")) is not None)
    sections = Sections(words, found)
    placed = list(sections.sections())
    first = [statement.text for statement, section in placed if not section.addendum]
    day = stated_day(first, "reported", words) or stated_day(first, "dated", words)
    if day and on and day != on:
        raise Unreadable(Problem(name, f"is dated {day}, and {on} is given.", "Leave the day out, or correct it."))
    day = day or on
    reader = Reader(text, words, Values(library.facts, words.terms, day))
    seen = [one for statement, section in placed for one in reader.read(statement, section)]
    proposals, passed = Weighing(words, library.facts).weighed(
        [one for one in seen if isinstance(one, Proposal)],
        [one for one in seen if isinstance(one, Passed)],
        len(sections.sides),
    )
    return Report(name, day, stated_day(first, "taken", words), proposals, passed)


def refuse(text: str, name: str) -> None:
    if not text.strip():
        raise Unreadable(Problem(name, "is empty.", "Paste the text of the report into it."))
    if len(text) > LONGEST:
        what = f"has more than {LONGEST:,} characters, which no report has."
        raise Unreadable(Problem(name, what, "Give the text of one report."))
    if "\0" in text:
        raise Unreadable(Problem(name, "is no text.", "Give a text file or a PDF."))
