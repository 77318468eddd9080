"""Guide -> one HTML page that needs nothing else: no script, no network, the font inside.

In: blocks. Out: HTML 5 for screen, print and screen readers. Every text is escaped by the template.
"""

from __future__ import annotations

import base64
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .blocks import Guide

HERE = Path(__file__).parent


@lru_cache(maxsize=1)
def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.globals["fonts"] = {weight: font(weight) for weight in ("400", "700")}
    return made


def font(weight: str) -> str:
    """The font of one weight as base64, to stand inside the page."""
    name = f"atkinson-hyperlegible-next-latin-{weight}-normal.woff2"
    return base64.b64encode((HERE / "fonts" / name).read_bytes()).decode()


def write_html(guide: Guide) -> str:
    return environment().get_template("page.html").render(guide=guide, kind=kind_of)


def kind_of(block: object) -> str:
    """The tag of a block, by which the template chooses its form."""
    return str(type(block).__struct_config__.tag)  # type: ignore[attr-defined]
