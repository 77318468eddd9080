"""The command `names`: how names of treatments are read.

In: names, or a column of a table. Out: what each means, or why it stays undecided, and how many were read.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..documents import Unreadable, read_text
from ..errors import Problem, RequestError, nearest

if TYPE_CHECKING:
    from ..chart.names import Reading

WIDEST = 60


@click.command()
@click.argument("texts", metavar="[NAME]...", nargs=-1)
@click.option("--table", type=click.Path(path_type=Path), help="Read a column of this table: .tsv, or .csv.")
@click.option("--column", metavar="NAME", help="The column that holds the names.")
def names(texts: tuple[str, ...], table: Path | None, column: str | None) -> None:
    """Show how names of treatments are read, however they are typed: drugs, or why that stays undecided."""
    from ..chart.names import AgentNames
    from ..library.read import read_library
    from .main import deliver

    if bool(texts) == bool(table) or bool(table) != bool(column):
        raise RequestError([Problem("names", "needs names, or a table and its column.", "Write names TAC, say.")])
    typed = column_of(table, column) if table and column else list(texts)
    known = AgentNames(read_library())
    counted = [(text, lines, known.read(text)) for text, lines in Counter(typed).most_common()]
    deliver("\n".join(named_lines(counted)) + "\n", None)


def column_of(table: Path, column: str) -> list[str]:
    """The cells of a column. Raises `RequestError`."""
    try:
        text = read_text(table)
    except Unreadable as fault:
        raise RequestError([fault.problem]) from None
    rows = csv.DictReader(text.splitlines(), delimiter="\t" if "\t" in text.partition("\n")[0] else ",")
    try:
        heads = rows.fieldnames or ()
        if column not in heads:
            do = nearest(column, heads) or f"It has: {', '.join(heads)}."
            raise RequestError([Problem(str(table), f"there is no column `{column}`.", do)])
        return [row[column] or "" for row in rows]
    except csv.Error as fault:
        problem = Problem(f"{table}:{rows.line_num}", f"is no table: {fault}.", "Save it as CSV or TSV.")
        raise RequestError([problem]) from None


def named_lines(counted: list[tuple[str, int, Reading]]) -> Iterator[str]:
    """Lines, name, meaning; then how many lines were read of those that name something."""
    width = min(WIDEST, max((len(text) for text, _, _ in counted), default=0))
    for text, lines, reading in counted:
        yield f"{lines:>6}  {text[:WIDEST]:<{width}}  {meaning(reading)}"
    named = sum(lines for _, lines, reading in counted if not reading.missing)
    read = sum(lines for _, lines, reading in counted if reading.how and not reading.why)
    share = f" ({100 * read / named:.1f} %)" if named else ""
    yield f"{read:,} of {named:,} lines that name something were read in full{share}."


def meaning(reading: Reading) -> str:
    drugs = " + ".join([*reading.agents, *reading.substances])
    how = f" [{reading.how}]" if reading.how in ("regimen", "respelled") else ""
    left = f"undecided: {reading.why}" if reading.why and not reading.missing else ""
    return "nothing is recorded" if reading.missing else "; ".join(part for part in (drugs + how, left) if part)
