"""The command `cohort-compare`: what two editions, or one on two days, would offer the same patients.

In: records of many patients, two editions. Out: an HTML page or JSON; a few lines on the terminal.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import output_option, records_options

if TYPE_CHECKING:
    from ..guide.concordance import Basis
    from .many import Place


@click.command("cohort-compare")
@records_options
@click.argument("first", metavar="EDITION[@DATE]")
@click.argument("second", metavar="EDITION[@DATE]")
@click.option("--region", default="us", show_default=True, help="Whose approvals count: us, eu.")
@output_option("Write the comparison to a file: .html, or .json for every number.")
def cohort_compare(
    place: Place, site_of_id: str | None, sites: Path | None, first: str, second: str, region: str, output: Path | None
) -> None:
    """Compare what two editions, or one on two days, would offer the same patients at their decisions.

    Without a date an edition is taken as of the day of each decision; `today` is a date.
    """
    from ..cohort.concordance_knowledge import read_questions
    from ..guide.concordance import Judge
    from ..guide.concordance_compare import compare_cohort
    from ..guide.concordance_compare_page import compare_lines, compare_page
    from ..library.read import read_library
    from .concordance import FORMS, counted, keep_records, records_at, with_sites
    from .json_out import as_json
    from .main import deliver, form_of

    form, library = form_of(output, FORMS), read_library()
    keep_records(place, output)
    questions = read_questions(library)
    judges = tuple(Judge(library, questions, basis_of(text, region)) for text in (first, second))
    records = list(counted(with_sites(records_at(place, library, questions), site_of_id, sites)))
    found = compare_cohort(judges, place.path.name, records, date.today())  # type: ignore[arg-type]
    if form == "text":
        deliver("\n".join(compare_lines(found)) + "\n", None)
    else:
        deliver(compare_page(found) if form == "html" else as_json(found), output)


def basis_of(text: str, region: str) -> Basis:
    """`current`, `current@2015-01-01` or `current@today`. Raises `RequestError`."""
    from ..guide.concordance import Basis
    from ..library.library import read_day

    edition, _, day = text.partition("@")
    return Basis(edition, region, read_day(None if day == "today" else day, text) if day else None)
