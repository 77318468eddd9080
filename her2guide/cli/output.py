"""Notes and problems go to standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from ..documents import printable
from ..errors import Problem


def say(note: str) -> None:
    sys.stderr.write(f"{printable(note)}\n")


def complain(problems: Iterable[Problem]) -> None:
    """Every problem on its own line."""
    for problem in problems:
        say(f"error: {problem}")
