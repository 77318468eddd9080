"""The form in which names of treatments are compared: in the knowledge and in records alike."""

from __future__ import annotations

import re
import unicodedata

from ..model.knowledge import Agent

MARKS = re.compile("[®™℠©]")
ORDINAL = re.compile(r"(?<=\d)\s+(?=(?:st|nd|rd|th)\b)")
# A word, parted from digits that stand before a long one (`5fluoro...`); or a sign that can mean something.
TOKEN = re.compile(r"\d+(?=[^\W\d_]{6})|[^\W_]+|[+,;&/()\[\]|<>=:?→\n]")


def plain(name: str) -> str:
    """Lower case, with spaces and underscores as hyphens."""
    return "-".join(name.strip().lower().replace("_", " ").replace("-", " ").split())


def names_of(agent: Agent) -> tuple[str, ...]:
    """Every written form of an agent, each once, in the form in which names are compared."""
    return tuple(dict.fromkeys(plain(name) for name in (agent.id, agent.title, *agent.names, *agent.brands)))


def tokens_of(text: str) -> tuple[str, ...]:
    """The words and signs of a text in lower case, without accents, hyphens, stops and invisible characters."""
    parted = unicodedata.normalize("NFKD", MARKS.sub(" ", text))
    kept = "".join(char for char in parted if unicodedata.category(char) not in ("Mn", "Cf"))
    return tuple(TOKEN.findall(ORDINAL.sub("", kept.casefold())))


def words_of(name: str) -> tuple[str, ...]:
    """The words of a text, without its signs."""
    return tuple(token for token in tokens_of(name) if token.isalnum())
