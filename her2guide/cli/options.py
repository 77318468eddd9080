"""Options that commands share which read a chart.

In: a command. Out: the command with the options.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def table_options(command: Command) -> Command:
    """Which patient is meant, where the record is a table of many, and how the table is read."""
    place = click.Path(path_type=Path)
    options = (
        click.option("--patient", metavar="ID", help="One patient of a table (CSV, TSV, Parquet)."),
        click.option("--columns", metavar="MAP", type=place, help="Your own column map; see docs/columns.md."),
        click.option("--with", "others", metavar="TABLE", type=place, multiple=True, help="A table to join."),
    )
    for option in reversed(options):
        command = option(command)
    return command
