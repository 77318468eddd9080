"""What went wrong, where, and what to do about it.

Her2guideError
 +-- KnowledgeError   a file under knowledge/ cannot be used
 +-- ChartError       a patient's record cannot be read
 +-- RequestError     something was asked for that does not exist or cannot be answered
Every error carries all problems that were found, not only the first.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from msgspec import Struct


class Problem(Struct, frozen=True):
    """One fault: `where` is file:line or a path in the record; `do` says what to do."""

    where: str
    what: str
    do: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f" {self.do}" if self.do else "")


class Her2guideError(Exception):
    """The base of every error that this package raises on purpose."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class KnowledgeError(Her2guideError):
    """A file under knowledge/ cannot be used."""


class ChartError(Her2guideError):
    """A patient's record cannot be read."""


class RequestError(Her2guideError):
    """Something was asked for that does not exist or cannot be answered."""


def nearest(name: str, known: Iterable[str], alike: float = 0.65) -> str:
    """A sentence naming the closest known name, or an empty string; `alike` is from 0 to 1 (difflib ratio)."""
    close = get_close_matches(name, list(known), n=1, cutoff=alike)
    return f"Did you mean {close[0]}?" if close else ""
