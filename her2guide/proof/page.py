"""A report -> one HTML page that needs nothing else, and its lines for a terminal. Every text is escaped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .verify import Report, Section


def page(report: Report) -> str:
    folder = FileSystemLoader(Path(__file__).parent)
    made = Environment(loader=folder, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return made.get_template("page.html").render(report=report)


def lines(report: Report) -> Iterator[str]:
    """What is proved, a line for each family, then what is new."""
    days = f"on {report.on}" if report.on else f"on every day from {report.first_day} on"
    yield f"{report.edition} edition {days}, {' and '.join(report.regions)}, {report.spans} spans between changes"
    yield f"knowledge {report.knowledge}, code {report.code}, Z3 {report.solver}"
    yield f"to be reviewed by {report.review_by}" + (f", expires on {report.expires}" if report.expires else "")
    yield ""
    yield from map(counted, report.sections)
    for entry in report.new():
        found = entry.found
        yield ""
        yield f"NEW ({found.family}): {found.says}"
        yield f"  {', '.join(found.about)}; {' and '.join(found.regions)}, {found.first} to {found.last}"
        if entry.patient:
            yield f"  {entry.patient}" + (f"; THEN {entry.learned}" if entry.learned else "")


def counted(section: Section) -> str:
    status = [entry.known.status if entry.known else "new" for entry in section.entries]
    found = ", ".join(f"{status.count(kind)} {kind}" for kind in ("new", "open", "meant") if kind in status)
    held = f"{section.held:>7,} of {section.tried:>7,} hold"
    return f"{held}  {section.seconds:>6.1f} s  {section.says}" + (f" Found: {found}." if found else "")
