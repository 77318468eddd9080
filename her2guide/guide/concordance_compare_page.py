"""The comparison of a cohort -> one HTML page with its pictures.

In: what `concordance_compare` found. Out: HTML 5. Every text is escaped by the template.
"""

from __future__ import annotations

from collections.abc import Iterator

from .charts_flow import flow
from .charts_picture import percent
from .charts_shares import class_bars
from .concordance_compare import Compared
from .concordance_report import DEMAND
from .html import environment


def compare_page(found: Compared) -> str:
    pictures = {
        part.question: flow(
            f"m-{part.question}", part.title, ("first", "second"), {(b, a): count for b, a, count in part.moves}
        )
        for part in found.decisions
        if part.changed or part.same
    }
    demand = []
    for number, (name, counted) in enumerate(zip((found.first, found.second), found.demand, strict=True)):
        bars = [(one.title, one.counts) for one in counted]
        demand.append((name, bars and class_bars(f"d-{number}", name, bars, DEMAND, whole=False)))
    return (
        environment()
        .get_template("concordance_compare.html")
        .render(
            title="What changes between two states of the knowledge",
            found=found,
            pictures=pictures,
            demand=demand,
            of=of,
        )
    )


def of(part: int, whole: int) -> str:
    """A number with its share."""
    return f"{part} ({percent(part / whole)})" if whole else str(part)


def compare_lines(found: Compared) -> Iterator[str]:
    """The same in a few lines."""
    yield f"first: {found.first}"
    yield f"second: {found.second}"
    for part in found.decisions:
        yield (
            f"{part.title}: other options for {of(part.changed, part.patients)} of {part.patients}, the same for"
            f" {part.same}, no option for {part.without}, cannot tell for {part.untold}"
        )
