"""A raw value from a file -> the typed value of a fact, or the reason why it is none.

In: text or number as written, the fact it answers, a unit if one was given.
Out: yes/no as bool, codes as text, numbers in the fact's unit. It never guesses.
"""

from __future__ import annotations

import math
import re
from typing import Any

from ..errors import nearest
from ..model.condition import Value
from ..model.fact import Fact

YES_NO = {"yes": True, "no": False, "true": True, "false": False, True: True, False: False}
NUMBER = re.compile(r"([-+]?[0-9]+(?:\.[0-9]+)?)\s*(\S.*)?")
LONGEST = 60  # no value is longer

MOST_BITS = 1000  # bits of a whole number that is written out in a message


class NotAValue(Exception):
    """`what` is wrong with the raw value; `do` says what to write instead."""

    def __init__(self, what: str, do: str = "") -> None:
        super().__init__(what)
        self.what, self.do = what, do


def typed_value(fact: Fact, raw: Any, unit: str | None = None) -> Value:
    """The typed value. Raises `NotAValue` for anything else, unknown units and ranges included."""
    if fact.kind == "yes_no":
        return yes_no(fact, raw)
    if fact.kind == "code":
        return code(fact, raw)
    return number(fact, raw, unit)


def written_value(fact: Fact, text: str) -> Value:
    """The value of a line of text: `yes`, a code or its label, `26`, `2.6 cm`. Raises `NotAValue`."""
    written = NUMBER.fullmatch(text.strip())
    if fact.kind in ("yes_no", "code") or not written:
        return typed_value(fact, text.strip()[:LONGEST])
    return typed_value(fact, float(written[1]), written[2])


def yes_no(fact: Fact, raw: Any) -> bool:
    key = raw.strip().lower() if isinstance(raw, str) else raw
    if isinstance(key, bool | str) and key in YES_NO:
        return YES_NO[key]
    raise NotAValue(f"{raw!r} does not answer `{fact.id}`.", "Write yes or no, or leave it out if unknown.")


def code(fact: Fact, raw: Any) -> str:
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        raise NotAValue(f"{raw!r} is not a value of `{fact.id}`.", f"It has: {', '.join(fact.values)}.")
    text = str(raw).strip()
    if text in fact.values:
        return text
    if text in fact.reads:
        return str(fact.reads[text])
    labels = {label.lower(): value for value, label in dict(fact.values).items()}  # type: ignore[arg-type]
    lowered = {**labels, **{value.lower(): value for value in fact.values}}
    if text.lower() in lowered:
        return lowered[text.lower()]
    close = nearest(text, fact.values)
    raise NotAValue(f"'{text[:60]}' is not a value of `{fact.id}`.", close or f"It has: {', '.join(fact.values)}.")


def number(fact: Fact, raw: Any, unit: str | None) -> int | float:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not is_finite(raw):
        said = "a number of hundreds of digits" if isinstance(raw, int) and raw.bit_length() > MOST_BITS else repr(raw)
        raise NotAValue(f"{said} is not a number for `{fact.id}`.", f"Write it in {fact.unit}.")
    value = raw * factor(fact, unit)
    if fact.kind == "integer":
        if not float(value).is_integer():
            raise NotAValue(f"{raw:g} is not a whole number for `{fact.id}`.", "Leave the fraction out.")
        value = int(value)
    if fact.range and not fact.range.low <= value <= fact.range.high:
        raise NotAValue(
            f"{value:g} {fact.unit or ''} is outside the range of `{fact.id}`"
            f" ({fact.range.low:g} to {fact.range.high:g}).",
            "Check the value and its unit.",
        )
    return round(value, 6) if isinstance(value, float) else value


def is_finite(number: float) -> bool:
    """Whether it is a number that a measurement can have; a whole number of hundreds of digits is none."""
    try:
        return math.isfinite(number)
    except OverflowError:
        return False


def factor(fact: Fact, unit: str | None) -> float:
    if unit is None or unit == fact.unit:
        return 1
    if unit in fact.units:
        return fact.units[unit]
    known = ", ".join(dict.fromkeys([*fact.units, fact.unit or ""]))
    raise NotAValue(f"the unit '{unit}' is not one of `{fact.id}`.", f"Use {known}.")
