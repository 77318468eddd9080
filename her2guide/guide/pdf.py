"""Guide -> a tagged PDF (PDF/UA-1, enforced by the compiler) in a typeface made for reading.

In: blocks, handed to the template as data, never as markup. Out: the bytes of the PDF.
Typst compiles it; nothing is fetched and no system font is used.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import typst

from .blocks import Guide

HERE = Path(__file__).parent
SPELLED = {
    "\u2265": "at least ",
    "\u2264": "at most ",
    "\u00b5": "micro",
    "\u2192": "to",
}


def write_pdf(guide: Guide) -> bytes:
    """The bytes of the PDF. Characters that the typeface lacks are spelled out."""
    data = msgspec.json.encode(guide).decode()
    for character, spelled in SPELLED.items():
        data = data.replace(character, spelled)
    made: bytes = typst.compile(
        str(HERE / "page.typ"),
        root=str(HERE),
        font_paths=[str(HERE / "fonts")],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"guide": data},
        pdf_standards=["ua-1"],
    )
    return made
