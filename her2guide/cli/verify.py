"""The command `verify`: what is proved about the knowledge, what was found, and what changed between two days.

In: an edition, or two days. Out: lines on the terminal; a folder with a report, a page and a chart for each finding.
"""

from __future__ import annotations

from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import Problem, RequestError
from ..whole_files import write_whole
from .output import say

if TYPE_CHECKING:
    from ..proof.verify import Entry, Report


@click.command()
@click.option("--edition", default="current", show_default=True, help="Which edition: current or article.")
@click.option("--region", default="us", show_default=True, help="The region of --difference: us, eu.")
@click.option("--quick", is_flag=True, help="Today alone: digests, expiry and the invariants.")
@click.option("--difference", nargs=2, metavar="DAY DAY", help="Say exactly what changed between two days.")
@click.option("-o", "output", type=click.Path(path_type=Path), help="A folder for verification.json, a page, charts.")
@click.pass_context
def verify(
    context: click.Context, edition: str, region: str, quick: bool, difference: tuple[str, str], output: Path | None
) -> None:
    """Prove what holds for every patient, on every day and in every region of an edition."""
    if difference:
        told_difference(edition, region, difference)
        return
    if find_spec("z3") is None:
        do = "Install it: pip install 'her2guide[proof]'."
        raise RequestError([Problem("verify", "the solver Z3 is not installed.", do)])
    from ..proof.page import lines
    from ..proof.verify import QUICK
    from ..proof.verify import verify as prove

    report = prove(edition, date.today(), QUICK) if quick else prove(edition)
    click.echo("\n".join(lines(report)))
    if quick and output is not None:
        click.echo(of_the_same(output, report))
    elif output is not None:
        write_report(output, report)
    if report.new():
        context.exit(1)


def told_difference(edition: str, region: str, days: tuple[str, str]) -> None:
    from ..library.read import read_library
    from ..proof.difference import differences

    library = read_library()
    first, second = (library.edition(edition, region, day, even_if_expired=True) for day in days)
    sentences = list(differences(first, second, library))
    click.echo("\n".join(sentences) or "Nothing changed.")


def of_the_same(folder: Path, report: Report) -> str:
    """Whether the full proof that stands in a folder is of the same knowledge and code."""
    import msgspec

    from ..proof.verify import Report as Kept

    try:
        kept = msgspec.json.decode((folder / "verification.json").read_bytes(), type=Kept)
    except (OSError, msgspec.DecodeError):
        return f"{folder / 'verification.json'} holds no full proof"
    same = (kept.knowledge, kept.code) == (report.knowledge, report.code)
    return "the full proof is of this knowledge and code" if same else "the full proof is of other knowledge or code"


def write_report(folder: Path, report: Report) -> None:
    import msgspec

    from ..proof.page import page

    charts = folder / "charts"
    charts.mkdir(parents=True, exist_ok=True)
    entries = [entry for section in report.sections for entry in section.entries if entry.found.given is not None]
    for entry in entries:
        write_whole(charts / f"{chart_name(entry)}.yaml", chart_text(entry, report).encode())
    encoded = msgspec.json.format(msgspec.json.encode(report), indent=2)
    write_whole(folder / "verification.json", encoded)
    write_whole(folder / "verification.html", page(report).encode())
    say(f"wrote {folder}: verification.json, verification.html and {len(entries)} charts")


def chart_name(entry: Entry) -> str:
    return "--".join((entry.found.family, *(part.replace(" ", "-") for part in entry.found.about)))


def chart_text(entry: Entry, report: Report) -> str:
    """The record as a plain chart of the day on which it shows what was found, with how to run it."""
    from ..chart.write_plain import plain_text
    from ..model.chart import Chart, Observation

    found = entry.found
    given = {**(found.given or {}), **(found.then or {})}
    seen = tuple(Observation(fact, value, found.last, "found") for fact, value in given.items())
    where = f"--edition {report.edition} --region {found.regions[-1]} --as-of {found.last}"
    head = [f"Found by `her2guide verify`: {found.says}", f"{', '.join(found.about)}", entry.patient]
    head += [f"Then it is learned: {entry.learned}"] if entry.learned else []
    head.append(f"her2guide advise {chart_name(entry)}.yaml {where}")
    comment = "".join(f"# {line}\n" for line in head)
    return comment + plain_text(Chart(f"found-{found.about[0]}", "found", observations=seen))
