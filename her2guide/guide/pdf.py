"""Guide -> a tagged PDF (PDF/UA-1, enforced by the compiler) in a typeface made for reading.

In: blocks, handed to the template as data, never as markup. Out: the bytes of the PDF.
Typst compiles it; nothing is fetched and no system font is used.
"""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import msgspec
import typst

from .blocks import Guide

HERE = Path(__file__).parent

# What the typeface can show; PDF/UA refuses a character that no font shows.
SHOWN = frozenset(
    chr(code)
    for first, last in (
        (0x20, 0x7E),
        (0xA0, 0xAC),
        (0xAE, 0xB4),
        (0xB6, 0xFF),
        (0x152, 0x153),
        (0x2013, 0x2014),
        (0x2018, 0x201A),
        (0x201C, 0x201E),
        (0x2022, 0x2022),
        (0x2026, 0x2026),
        (0x20AC, 0x20AC),
        (0x2122, 0x2122),
        (0x2212, 0x2212),
    )
    for code in range(first, last + 1)
)
SPELLED = {"\u2265": ">=", "\u2264": "<=", "\u00b5": "u", "\u03bc": "u", "\u2192": "->"}


def showable(data: Any) -> Any:
    """The same data; in its texts, what the typeface lacks is spelled out, unaccented or a question mark."""
    if isinstance(data, str):
        return "".join(character if character in SHOWN else spelled(character) for character in data)
    if isinstance(data, dict):
        return {key: showable(value) for key, value in data.items()}
    return [showable(value) for value in data] if isinstance(data, list | tuple) else data


def spelled(character: str) -> str:
    bare = "".join(part for part in unicodedata.normalize("NFKD", character) if part in SHOWN)
    return SPELLED.get(character) or bare or "?"


def write_pdf(guide: Guide) -> bytes:
    """The bytes of the PDF. Characters that the typeface lacks are spelled out."""
    data = json.dumps(showable(msgspec.to_builtins(guide)))
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
