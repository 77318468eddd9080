"""Arguments and options that commands share.

In: a command. Out: the command with them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def table_options(command: Command) -> Command:
    """Which patient is meant, where the record is a table of many, and how the table is read."""
    place = click.Path(path_type=Path)
    options = (
        click.option("--patient", metavar="ID", help="One patient of a record of many."),
        click.option(
            "--treatments-complete",
            is_flag=True,
            help="Every treatment that was given is recorded: what is not listed was not given.",
        ),
        click.option("--columns", metavar="MAP", type=place, help="Your own column map; see docs/columns.md."),
        click.option("--with", "others", metavar="TABLE", type=place, multiple=True, help="A table to join."),
    )
    for option in reversed(options):
        command = option(command)
    return command


chart_argument = click.argument("chart", metavar="CHART", type=click.Path(path_type=Path))
side_option = click.option(
    "--side", type=click.Choice(["left", "right"]), help="Which cancer is meant, where the record holds two."
)
as_of_option = click.option("--as-of", metavar="DATE", help="The day to answer for; today if not given.")


def advice_options(command: Command) -> Command:
    """The options that every command shares which applies an edition to a chart."""
    options = (
        click.option("--edition", default="current", show_default=True, help="The edition of the knowledge."),
        click.option("--region", default="us", show_default=True, help="Whose approvals count: us, eu."),
        as_of_option,
        click.option(
            "--records-until",
            metavar="DATE",
            help="Records up to this day count, whatever day the knowledge is of; the same day if not given.",
        ),
        click.option(
            "--despite-conflicts",
            is_flag=True,
            help="Go on although records contradict each other; those facts stay unknown.",
        ),
        side_option,
        click.option("--even-if-expired", is_flag=True, help="Use an edition past its expiry."),
        table_options,
    )
    for option in reversed(options):
        command = option(command)
    return command


def records_options(command: Command) -> Command:
    """Records of many patients as one `place`, how they are read, and where the site of a patient stands."""

    @wraps(command)
    def placed(records: Path, columns: Path | None, others: tuple[Path, ...], complete: bool, **choice: Any) -> Any:
        from .many import Place

        return command(place=Place(records, None, columns, others, complete), **choice)

    file = click.Path(path_type=Path)
    options = (
        click.argument("records", metavar="RECORDS", type=file),
        click.option("--with", "others", metavar="TABLE", type=file, multiple=True, help="A table to join."),
        click.option("--columns", metavar="MAP", type=file, help="Your own column map; see docs/columns.md."),
        click.option(
            "--treatments-complete",
            "complete",
            is_flag=True,
            help="Every treatment that was given is recorded: what is not listed was not given.",
        ),
        click.option("--sites", metavar="TABLE", type=file, help="A table with the columns patient and site."),
        click.option("--site-of-id", metavar="PATTERN", help="The site is the group of this pattern in the id."),
    )
    for option in reversed(options):
        placed = option(placed)
    return placed  # type: ignore[return-value]


def output_option(help_text: str) -> Callable[[Command], Command]:
    kind = click.Path(path_type=Path)
    return click.option("-o", "--output", metavar="FILE", type=kind, help=help_text)
