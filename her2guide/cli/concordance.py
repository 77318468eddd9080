"""The command `concordance`: given treatment against what was recommended, for a registry.

In: records of many patients, or a table of cases with what was given. Out: an HTML page or JSON; a few sentences on the
terminal. Nothing of a patient is stored or sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import Problem, RequestError
from .options import output_option, records_options
from .output import say

if TYPE_CHECKING:
    from ..cohort.concordance_given import Record
    from ..cohort.concordance_knowledge import Questions
    from ..library.library import Library
    from .many import Place

FORMS = {".html": "html", ".json": "json"}


@click.command()
@records_options
@click.option("--edition", default="current", show_default=True, help="The edition that judges.")
@click.option("--region", default="us", show_default=True, help="Whose approvals count: us, eu.")
@click.option(
    "--edition-as-of",
    "by",
    metavar="DATE|today",
    help="Judge every decision by the knowledge of this day, and say so; each by its own day if not given.",
)
@click.option("--without-patients", is_flag=True, help="Counts only: no list of patients, no ids.")
@output_option("Write the report to a file: .html, or .json for every number and every patient.")
def concordance(
    place: Place,
    site_of_id: str | None,
    sites: Path | None,
    edition: str,
    region: str,
    by: str | None,
    without_patients: bool,
    output: Path | None,
) -> None:
    """Compare the treatment that was given with what was recommended at the time: by decision, year and site."""
    from ..cohort.concordance_knowledge import read_questions
    from ..guide.concordance import Basis, Judge
    from ..guide.concordance_page import Page, concordance_page
    from ..guide.concordance_report import counts_only, report_of
    from ..library.library import read_day
    from ..library.read import read_library
    from .json_out import as_json
    from .main import deliver, form_of

    form, library = form_of(output, FORMS), read_library()
    keep_records(place, output)
    questions = read_questions(library)
    day = None if by is None else read_day(None if by == "today" else by, "--edition-as-of")
    judge = Judge(library, questions, Basis(edition, region, day))
    records = list(counted(with_sites(records_at(place, library, questions), site_of_id, sites)))
    report = report_of(judge, place.path.name, records, date.today())
    if without_patients:
        report = counts_only(report)
    if form == "html":
        deliver(concordance_page(report, questions, library), output)
    elif form == "json":
        deliver(as_json(report), output)
    else:
        deliver("\n".join(Page(report, questions, library).short()) + "\n", None)


def records_at(place: Place, library: Library, questions: Questions) -> Iterator[Record]:
    """The records there: of a table of cases, or the charts of anything else."""
    from ..cohort.concordance_given import Record
    from ..cohort.concordance_table import is_case_table, read_cases
    from ..model.chart import Unread
    from .many import charts_at

    if not place.columns and not place.others and is_case_table(place.path, library):
        yield from read_cases(place.path, library, questions)
        return
    unread = list[Unread]()
    for chart in charts_at(place, library, unread):
        yield Record(chart)
    for entry in unread:
        say(f"note: {entry.where}, {entry.what}: {entry.why}")


def with_sites(records: Iterable[Record], site_of_id: str | None, sites: Path | None) -> Iterator[Record]:
    """The records with their site: from a table, or from the patient's id. Raises `RequestError`."""
    from msgspec.structs import replace

    named = site_table(sites) if sites else {}
    pattern = id_pattern(site_of_id) if site_of_id else None
    for record in records:
        found = pattern.match(record.chart.patient) if pattern else None
        site = named.get(record.chart.patient) or (found and found[1]) or record.site
        yield replace(record, site=site) if site != record.site else record


def id_pattern(text: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(text)
    except re.error as fault:
        raise RequestError([Problem("--site-of-id", f"cannot be read: {fault}.", "Give a pattern.")]) from None
    if pattern.groups != 1:
        raise RequestError([Problem("--site-of-id", "has not one group.", "Put the site into ( ): 'TCGA-(..)'.")])
    return pattern


def site_table(path: Path) -> dict[str, str]:
    """Patient -> site, from a table with these two columns."""
    from ..chart.table_file import look_at, rows_by

    table = look_at(path)
    for name in ("patient", "site"):
        if name not in table.header:
            raise RequestError([Problem(str(path), f"has no column `{name}`.", "Name its columns patient and site.")])
    at = [table.header.index(name) for name in ("patient", "site")]
    pairs = ((cells[at[0]] or "", cells[at[1]] or "") for _, cells in rows_by(table, at[0]))
    return {patient.strip(): site.strip() for patient, site in pairs}


def counted(records: Iterable[Record]) -> Iterator[Record]:
    """Each record, told in a bar on standard error. Raises `RequestError` where there is none."""
    import sys

    total = 0
    with click.progressbar(records, label="patients", file=sys.stderr) as bar:
        for record in bar:
            total += 1
            yield record
    if not total:
        raise RequestError([Problem("RECORDS", "hold no patient.", "Give the records of at least one.")])


def keep_records(place: Place, output: Path | None) -> None:
    """Refuse to write over what is read. Raises `RequestError`."""
    if output is not None and output.resolve() in {path.resolve() for path in (place.path, *place.others)}:
        raise RequestError([Problem(str(output), "is the record itself.", "Write to another file.")])
