"""The command `report`: lists what a written report says, asks for each proposal, writes the confirmed ones.

In: a text file or PDF, and yes or no from a person. Out: a list on the terminal, or a plain chart.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--list", "only_list", is_flag=True, help="List only; so it is without a terminal.")
@click.option("--accept-all", is_flag=True, help="Confirm every proposal without being asked.")
@click.option("--on", metavar="DATE", help="The day of the report, where it does not say.")
@click.option("-o", "--output", metavar="CHART", type=click.Path(path_type=Path), help="Write a chart: .yaml.")
def report(file: Path, only_list: bool, accept_all: bool, on: str | None, output: Path | None) -> None:
    """Read a pathology report, text or PDF: propose facts with the words they came from.

    A proposal is not a fact: each one is confirmed (y or n) before it is written to a chart.
    """
    from ..chart.report.proposal import confirmed
    from ..chart.report.read import read_report
    from ..chart.write_plain import plain_text
    from ..library.library import read_day
    from ..library.read import read_library
    from .main import deliver, form_of, keep_chart, next_line
    from .proposals import asked, asked_day, listed, refuse_unclear

    keep_chart(file, output)
    form_of(output, {".yaml": "plain", ".yml": "plain"})
    library = read_library()
    found = read_report(file, library, read_day(on, "--on") if on else None)
    asking = sys.stdin.isatty() and not only_list and not accept_all
    refuse_unclear(output, found, only_list=only_list, accept_all=accept_all, asking=asking)
    if not asking:
        deliver(listed(found, library), None)
    if output is None and not asking:
        return
    accepted = found.proposals if accept_all else asked(found, library, next_line)
    day = found.day if accept_all or not accepted else found.day or asked_day(next_line)
    written = plain_text(confirmed(found, accepted, day))
    deliver(written, output)
