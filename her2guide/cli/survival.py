"""The command `survival`: Kaplan-Meier curves of the groups of a table.

In: a table with a time, an event and perhaps a group. Out: a picture with numbers at risk, or the numbers as JSON.
"""

from __future__ import annotations

from pathlib import Path

import click

from ..errors import Problem, RequestError
from .options import output_option


@click.command()
@click.argument("table", metavar="TABLE", type=click.Path(path_type=Path))
@click.option("--time", required=True, metavar="COLUMN", help="Time from zero to the event or the end of follow-up.")
@click.option("--event", required=True, metavar="COLUMN", help="1 or 0, yes or no, also as 1:DECEASED.")
@click.option("--group", metavar="COLUMN", help="The group; all patients together if not given.")
@click.option("--group-since", metavar="COLUMN", help="The time from which a patient belongs to the group.")
@click.option("--group-known-at-start", is_flag=True, help="Every group was known at time zero: no warning is needed.")
@click.option("--landmark", type=click.FloatRange(min=0), help="Count time from here, in the groups known then.")
@click.option("--unit", default="", help="The unit of the time, for the picture.")
@output_option("Write to a file: .svg, or .json for the numbers; else the summary as text.")
def survival(
    table: Path,
    time: str,
    event: str,
    group: str | None,
    group_since: str | None,
    group_known_at_start: bool,
    landmark: float | None,
    unit: str,
    output: Path | None,
) -> None:
    """Draw the survival of groups (Kaplan-Meier) with numbers at risk, and what must be known to read it."""
    from ..cohort.concordance_survival import Columns
    from ..cohort.concordance_survival import survival as estimate
    from ..guide.charts_survival import notes_of, survival_svg
    from .json_out import as_json
    from .main import deliver, form_of, keep_chart

    form = form_of(output, {".svg": "svg", ".json": "json"})
    keep_chart(table, output)
    if group_since and group_known_at_start:
        raise RequestError([Problem("--group-since", "does not go with --group-known-at-start.", "Use one of them.")])
    found = estimate(table, Columns(time, event, group, group_since), landmark)
    if form == "json":
        deliver(as_json(found), output)
    elif form == "svg":
        title = f"{time} by {group}" if group else time
        deliver(survival_svg(found, title, known_at_start=group_known_at_start, unit=unit), output)
    else:
        deliver("\n".join(notes_of(found, known_at_start=group_known_at_start)) + "\n", None)
