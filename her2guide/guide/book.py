"""Library -> the book: the whole knowledge as one readable HTML page.

In: a library. Out: every recommendation with its rule as written and as a sentence, its examples,
evidence, claims; facts, agents with their safety, regimens, sources. It adds no statement of its own.
"""

from __future__ import annotations

from typing import Any

from ..language.sentence import Speaker
from ..language.settle import show
from ..library.library import Library
from .clinician import figure
from .html import environment
from .words import reference


def write_book(library: Library, language: str = "en") -> str:
    """The book as HTML, in reading order: editions, claims, facts, agents, evidence, sources."""
    speaker = Speaker(library.facts, library.words[language]["sentences"])  # type: ignore[arg-type]
    template = environment().get_template("book.html")
    claims: dict[str, list[Any]] = {}
    for claim in library.claims.values():
        for name in claim.recommendations:
            claims.setdefault(name, []).append(claim)
    return template.render(
        library=library,
        say=speaker.condition,
        show=show,
        figure=figure,
        reference=reference,
        claims=claims,
        language=language,
        about=library.words[language].get("about", {}).values(),
    )
