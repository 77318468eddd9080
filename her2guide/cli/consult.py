"""A chart file and the choices of a command -> a consultation; a consultation -> a plain chart file.

In: words of the command line. Out: a chart before an edition, or every problem as a sentence.
"""

from __future__ import annotations

from pathlib import Path

from ..chart.plain import read_plain
from ..chart.read import read_chart
from ..chart.write_plain import plain_text
from ..documents import read_yaml
from ..engine.consultation import Consultation
from ..errors import Problem, RequestError, nearest
from ..language.typed import NotAValue, written_value
from ..library.library import Library, read_day
from ..library.read import read_library
from ..model.condition import Value
from .steps import note_reading, refuse_conflicts


def consult(
    path: Path,
    *,
    edition: str,
    region: str,
    as_of: str | None,
    records_until: str | None = None,
    despite_conflicts: bool,
    even_if_expired: bool,
) -> Consultation:
    """The consultation for a chart file. Raises `ChartError` on conflicts unless told to go on."""
    library = read_library()
    in_force = library.edition(edition, region, as_of, even_if_expired=even_if_expired)
    seen_on = read_day(records_until, "--records-until") if records_until else in_force.as_of
    chart = read_chart(path, library)
    note_reading(chart, seen_on)
    found = Consultation(chart, in_force, seen_on)
    if not despite_conflicts:
        refuse_conflicts(found.case(), path)
    return found


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
