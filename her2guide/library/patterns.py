"""The patterns of `knowledge/reports/` and of column maps: filled in, compiled, checked.

In: a regular expression in which `{name}` stands for a term. Out: a compiled pattern, or every problem.
A choice of lengths inside a repetition is refused, so that no text can make a search last.
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
LONGEST = 10_000
ROUNDS = 5  # of a repetition; what has a choice within more of them can be tried in too many ways


def compiled(pattern: str, terms: Mapping[str, str]) -> re.Pattern[str]:
    """A pattern with its terms filled in, for any case. Raises `KeyError` or `re.error`."""
    return _compile(filled(pattern, terms))


def filled(pattern: str, terms: Mapping[str, str]) -> str:
    """Terms may name other terms, but not in a circle, nor so often that the pattern grows out of bounds."""
    for _ in terms:
        if not NAME.search(pattern):
            break
        if len(pattern) > LONGEST:
            raise re.error(f"with its terms filled in it has more than {LONGEST} characters")
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
    if lasts(whole):
        yield Problem(owner, f"`{pattern}` {LASTS[0]}", LASTS[1])


LASTS = ("leaves a choice inside a repetition: a text could make it last for ever.", "Repeat a fixed part instead.")


def lasts(pattern: str) -> bool:
    """Whether some text could make a search last, as with `(a+)+` or `(a|aa)*`; errs to yes."""
    return chooses(_parser.parse(pattern), 1)


def chooses(tree: Any, rounds: int) -> bool:
    """Whether a part that is passed in many rounds can match in more than one length or way."""
    for kind, value in tree:
        if kind in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            least, most, body = value
            if (rounds > ROUNDS and least != most) or chooses(body, rounds * most):
                return True
        elif (rounds > ROUNDS and kind is _constants.BRANCH) or any(chooses(part, rounds) for part in parts_of(value)):
            return True
    return False


def parts_of(value: Any) -> Iterator[Any]:
    """The patterns within one step of a parsed pattern."""
    if isinstance(value, _parser.SubPattern):
        yield value
    elif isinstance(value, list | tuple):
        for part in value:
            yield from parts_of(part)
