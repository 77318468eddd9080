"""Words of the command line -> supposed values; a consultation -> a plain chart file.

In: `fact=value` words, or a chart with its answers. Out: typed values or text, or every problem as a sentence.
"""

from __future__ import annotations

from ..chart.plain import read_plain
from ..chart.write_plain import plain_text
from ..documents import read_yaml
from ..engine.consultation import Consultation
from ..errors import Problem, RequestError, nearest
from ..language.typed import NotAValue, written_value
from ..library.library import Library
from ..model.condition import Value


def supposed_values(pairs: tuple[str, ...], library: Library) -> dict[str, Value | None]:
    """The values of `fact=value` words; `unknown` is none. Raises `RequestError` with every problem."""
    found: dict[str, Value | None] = {}
    problems: list[Problem] = []
    for pair in pairs:
        name, sign, text = (part.strip() for part in pair.partition("="))
        if not sign or not text:
            problems.append(Problem(pair, "is not a fact with a value.", "Write it as fact=value."))
        elif name not in library.facts:
            hint = nearest(name, library.facts)
            problems.append(Problem(name, "there is no such fact.", hint or "`her2guide facts` lists them."))
        elif name in found:
            problems.append(Problem(name, "is given two values.", "Give one."))
        else:
            try:
                found[name] = None if text.lower() == "unknown" else written_value(library.facts[name], text)
            except NotAValue as fault:
                problems.append(Problem(pair, fault.what, fault.do))
    if problems:
        raise RequestError(problems)
    return found


def plain_chart(consultation: Consultation, name: str) -> str:
    """The chart with its answers in the plain form. Raises `ChartError` if it could not be read again."""
    text = plain_text(consultation.chart)
    read_plain(read_yaml(text, name), consultation.edition.library)
    return text
