"""Comparisons for the terminal: one case topic by topic, or many cases as counts.

In: what `engine.compare` found. Out: text. It says how two editions differ, not which is right.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..chart.read import CHARTS, charts_in
from ..engine.compare import KINDS, Comparison, counts
from ..errors import Problem, RequestError


def charts_at(place: Path) -> list[Path]:
    """The chart itself, or every chart of a folder. Raises `RequestError` for a folder without one."""
    if not place.is_dir():
        return [place]
    found = charts_in(place)
    if not found:
        raise RequestError([Problem(str(place), "holds no chart.", f"Charts end in {', '.join(CHARTS)}.")])
    return found


def comparison_text(first: str, second: str, comparisons: tuple[Comparison, ...]) -> str:
    """One case: each topic with its kind and what only one of the two offers."""
    lines = [f"{second} against {first}"]
    for comparison in comparisons:
        lines += ["", f"{comparison.topic}: {comparison.kind}"]
        lines += listed("both", comparison.both)
        lines += listed(f"only {first}", comparison.only_first)
        lines += listed(f"only {second}", comparison.only_second)
        lines += listed("one offers what the other advises against", comparison.opposed)
    return "\n".join(lines) + "\n"


def listed(label: str, treatments: tuple[str, ...]) -> Iterator[str]:
    if treatments:
        yield f"  {label}:"
        yield from (f"    {treatment}" for treatment in treatments)


def counts_text(first: str, second: str, compared: dict[str, tuple[Comparison, ...]]) -> str:
    """Many cases: how often each kind, by topic."""
    lines = [f"{second} against {first}, {len(compared)} charts", "", f"{'':<24}" + "".join(f"{k:>13}" for k in KINDS)]
    for topic, row in counts(compared).items():
        lines.append(f"{topic:<24}" + "".join(f"{row[kind]:>13}" for kind in KINDS))
    return "\n".join(lines) + "\n"
