"""A record -> one line of English, read in ten seconds; a difference -> a sentence.

In: facts with their values. Out: text with the titles and labels of the knowledge.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..language.sentence import Speaker
from ..library.library import Library
from ..model.condition import Compare, Expression, Not, Value, Yes


def speaker(library: Library) -> Speaker:
    phrases: dict[str, str] = library.words["en"]["sentences"]  # type: ignore[assignment]
    return Speaker(library.facts, phrases)


def said(given: Mapping[str, Value], library: Library) -> str:
    """Everything that a record says, in the order of the facts."""
    speaks = speaker(library)
    order = list(library.facts)
    return "; ".join(speaks.say(question(fact, given[fact])) for fact in sorted(given, key=order.index))


def question(fact: str, value: Value) -> Expression:
    """The question that this value of the fact answers with yes."""
    if isinstance(value, bool):
        return Yes(fact) if value else Not(Yes(fact))
    return Compare(fact, "=", value)
