"""The patterns of `knowledge/reports/`: filled in, compiled, checked.

In: a regular expression in which `{name}` stands for a term. Out: a compiled pattern, or every problem.
A repetition inside a repetition is refused, so that no text can make a search last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

from ..errors import Problem, nearest
from ..model.fact import Fact
from ..model.report import Reading, ReportWords

NAME = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
MANY = 200  # a repetition that can take more characters than this counts as endless


def compiled(pattern: str, terms: Mapping[str, str]) -> re.Pattern[str]:
    """A pattern with its terms filled in, for any case. Raises `KeyError` or `re.error`."""
    return _compile(filled(pattern, terms))


def filled(pattern: str, terms: Mapping[str, str]) -> str:
    """Terms may name other terms, but not in a circle."""
    for _ in terms:
        if not NAME.search(pattern):
            break
        pattern = NAME.sub(lambda found: terms[found[1]], pattern)
    return pattern


@lru_cache(maxsize=1024)
def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def check_reports(words: ReportWords, facts: Mapping[str, Fact]) -> Iterator[Problem]:
    """Every pattern that cannot be used, and every name that leads nowhere."""
    for owner, pattern in patterns_of(words):
        yield from check_pattern(owner, pattern, words.terms)
    for subject in words.subjects.values():
        owner = f"subject {subject.id}"
        for name in (*subject.within, *subject.through):
            if name not in words.subjects:
                yield Problem(owner, f"there is no subject `{name}`.", nearest(name, words.subjects))
        for reading in subject.readings:
            for name in (reading.fact, *reading.yields_to, *([reading.settles] if reading.settles else [])):
                if name not in facts:
                    yield Problem(owner, f"there is no fact `{name}`.", nearest(name, facts))


def patterns_of(words: ReportWords) -> Iterator[tuple[str, str]]:
    """Owner and pattern."""
    for subject in words.subjects.values():
        readings: Iterable[str] = (p for reading in subject.readings for p in of_reading(reading))
        for pattern in (subject.pattern, subject.lead, *readings):
            yield f"subject {subject.id}", pattern
    for name, group in (("excuse", words.excuses), ("heading", words.headings)):
        for item in group.values():
            yield f"{name} {item.id}", item.pattern
    for name, pattern in words.terms.items():
        yield f"term {name}", pattern


def of_reading(reading: Reading) -> tuple[str, ...]:
    others = (reading.not_between, reading.not_after, reading.only_in, reading.unless_in)
    return (reading.pattern, *reading.words.values(), *others)


def check_pattern(owner: str, pattern: str, terms: Mapping[str, str]) -> Iterator[Problem]:
    try:
        whole = filled(pattern, terms)
        re.compile(whole)
    except KeyError as fault:
        yield Problem(owner, f"there is no term {fault}.", nearest(str(fault.args[0]), terms))
        return
    except (re.error, RecursionError, OverflowError) as fault:
        yield Problem(owner, f"`{pattern}` is no pattern: {fault}.", "Correct it.")
        return
    if repeats_inside(_parser.parse(whole), inside=False):
        yield Problem(owner, f"`{pattern}` repeats a repetition without end.", "Give the inner or outer one a limit.")


def repeats_inside(tree: Any, *, inside: bool) -> bool:
    """Whether something endless stands within something endless, as in `(a+)+`."""
    for kind, value in tree:
        if kind in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            endless = value[1] > MANY
            if (endless and inside) or repeats_inside(value[2], inside=inside or endless):
                return True
        elif any(repeats_inside(part, inside=inside) for part in parts_of(value)):
            return True
    return False


def parts_of(value: Any) -> Iterator[Any]:
    """The patterns within one step of a parsed pattern."""
    if isinstance(value, _parser.SubPattern):
        yield value
    elif isinstance(value, list | tuple):
        for part in value:
            yield from parts_of(part)
