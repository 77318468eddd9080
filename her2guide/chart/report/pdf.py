"""The text of a PDF, page after page, laid out as on the page so that tables keep their columns.

In: the bytes of a PDF. Out: its text, or a problem: a scan holds pictures of words and no text.
"""

from __future__ import annotations

import io
import logging

from pypdf import PdfReader
from pypdf.errors import DependencyError

from ...documents import Unreadable
from ...errors import Problem

PAGES = 100
SCAN = "Run it through text recognition (OCR) first, or type or paste the text into a file."


def pdf_text(content: bytes, name: str) -> str:
    """Raises `Unreadable`."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what it mends in a damaged file is no news here
    try:
        reader = PdfReader(io.BytesIO(content))
        fault = refused(reader)
        pages = [] if fault else [page.extract_text(extraction_mode="layout") for page in reader.pages]
    except DependencyError:
        raise Unreadable(Problem(name, "the PDF is encrypted.", "Save it without encryption.")) from None
    except Exception as error:  # damaged bytes bring the library down in more ways than it names
        what = f"is a damaged PDF: {type(error).__name__}."
        raise Unreadable(Problem(name, what, "Save it anew, or paste its text into a file.")) from None
    if fault:
        raise Unreadable(Problem(name, *fault))
    text = "\n".join(pages)
    if not text.strip():
        raise Unreadable(Problem(name, "the PDF has no text, only pictures of pages.", SCAN))
    return text


def refused(reader: PdfReader) -> tuple[str, str] | None:
    """What keeps a PDF from being read, and what to do."""
    if reader.is_encrypted and not reader.decrypt(""):
        return "the PDF needs a password.", "Save it without one."
    if len(reader.pages) > PAGES:
        return f"the PDF has more than {PAGES} pages.", "Give the pages of one report."
    return None
