"""The command `cohort`: an edition over a table of patients.

In: a table of cases, or records of many patients that are first abstracted. Out: the answers as a folder of parts or
one file, and a summary on the terminal or as JSON.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from ..errors import Problem, RequestError
from ..model.chart import Side
from .options import table_options
from .output import say

if TYPE_CHECKING:
    from ..cohort.call import Written
    from ..cohort.parts import Part
    from ..cohort.run import Answering
    from ..cohort.sources import Cases
    from .many import Place


@click.command()
@click.argument("cases", metavar="CASES", type=click.Path())
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    type=click.Path(),
    help="A new folder for the answers in parts, or one file: .parquet, .arrow, .csv; nothing: only count.",
)
@click.option("--edition", default="current", show_default=True, help="The edition of the knowledge.")
@click.option("--region", default="us", show_default=True, help="Whose approvals count: us, eu.")
@click.option(
    "--as-of",
    metavar="DATE|COLUMN",
    help="The day to answer for (today if not given), or the column with "
    "the day for each patient: diagnosis_date, recorded_on.",
)
@click.option(
    "--show",
    multiple=True,
    metavar="GROUP",
    help="Columns to write: decision, standing, missing, applies; the first three if not given. May be repeated.",
)
@click.option("--decision", "decisions", multiple=True, metavar="ID", help="Only this decision. May be repeated.")
@click.option("--keep", multiple=True, metavar="COLUMN", help="A column to pass on to the answers. May be repeated.")
@click.option("--table", metavar="NAME", help="The table of a database that holds several.")
@click.option(
    "--form",
    type=click.Choice(["parquet", "arrow"]),
    default="parquet",
    show_default=True,
    help="The form of the parts in a folder; arrow is written faster.",
)
@click.option("--processes", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes at work.")
@click.option("--part-rows", type=click.IntRange(64), default=1 << 17, show_default=True, help="Patients in a part.")
@click.option("--even-if-expired", is_flag=True, help="Use an edition past its expiry.")
@click.option(
    "--engine",
    type=click.Choice(["here", "spark"]),
    default="here",
    show_default=True,
    help="Where it runs; spark: on a cluster, which reads CASES (Parquet) and writes OUT.",
)
@click.option("--rows-digest", is_flag=True, help="Also a digest of the answers that is the same in any order of rows.")
@click.option("--remote", metavar="URL", help="The cluster, with --engine spark: sc://host:port.")
@click.option("--json", "as_data", is_flag=True, help="The summary as JSON.")
@click.option(
    "--sql",
    type=click.Choice(["duckdb", "sqlite", "postgres"]),
    help="Answer nothing: print SQL that a database answers, for a table with the columns of CASES.",
)
@click.option(
    "--sql-gives",
    type=click.Choice(["rows", "counts", "faults"]),
    default="rows",
    show_default=True,
    help="A row for each patient, only counts, or how many cells are no value of their column.",
)
@click.option("--side", type=click.Choice(["left", "right"]), help="For charts: which cancer, where there are two.")
@table_options
def cohort(cases: str, output: str | None, as_data: bool, part_rows: int, processes: int, form: str,
           table: str | None, side: Side | None, patient: str | None, sql: Any, sql_gives: Any,
           engine: str, remote: str | None, rows_digest: bool, **choice: Any) -> None:  # fmt: skip
    """Apply an edition to every patient of a table: what each decision comes to, each option, what is missing.

    CASES is a table with a column `patient` and columns named after facts (.parquet .arrow .csv .duckdb), the cases
    that `abstract` writes (.ndjson), or records of many patients as `abstract` reads them. An ended run goes on where
    it was when it is started again.
    """
    from ..cohort.digest import stored_digest
    from ..cohort.run import asking
    from .cohort_text import as_summary, summary_text
    from .json_out import as_json
    from .main import deliver

    if patient is not None:
        raise RequestError([Problem("--patient", "a cohort has all patients.", "`her2guide advise` is for one.")])
    records = {name: choice.pop(name) for name in ("columns", "others", "treatments_complete")}
    answering = asking(**choice)
    if engine == "spark":
        from .cohort_spark import answered_on_cluster

        written = answered_on_cluster(cases, output, remote, answering)
    else:
        from .many import Place

        place, out = Place(Path(cases), None, **records), Path(output) if output is not None else None
        source = source_of(place, out, table, side, answering, remote)
        if sql is not None:
            from .cohort_sql import write_sql

            return write_sql(answering, source, sql, sql_gives, table, out)
        check_output(out, rows_digest=rows_digest)
        written = answered_aloud(source, answering, out, form=form, size=part_rows, processes=processes)
        if rows_digest and out is not None:
            written = replace(written, rows_digest=str(stored_digest(out, answering.schema(source.schema()))))
    summary = as_summary(answering, written)
    deliver(as_json(summary) if as_data else summary_text(summary), None)
    if output is not None:
        say(f"wrote {output} ({written.counts.patients:,} patients, {written.parts} parts)")


def source_of(place: Place, out: Path | None, table: str | None, side: Side | None, answering: Answering,
              remote: str | None) -> Cases:  # fmt: skip
    """The cases that are read here. Raises `RequestError`, also for an output that cannot be."""
    from .cohort_cases import cases_of
    from .main import keep_chart

    if remote is not None:
        raise RequestError([Problem("--remote", "goes with --engine spark.", "Add it, or leave both out.")])
    keep_chart(place.path, out)
    return cases_of(place, table, side, answering.as_of)


def answered_aloud(source: Cases, answering: Answering, output: Path | None, **how: Any) -> Written:
    """Run with a bar on standard error. Raises `RequestError`, and tells what is kept."""
    from ..cohort.call import write_answers

    with click.progressbar(length=source.rows() or 0, label="patients", file=sys.stderr) as bar:
        done: list[Part] = []

        def told(part: Part) -> None:
            done.append(part)
            bar.update(part.rows)

        try:
            return write_answers(source, answering, output, told=told, **how)
        except RequestError:
            if output is not None and done:
                say(f"\nnote: {len(done)} parts are finished and kept; the same command goes on from there")
            raise


def check_output(output: Path | None, *, rows_digest: bool) -> None:
    """A folder has no ending, so that a slip in the ending of a file makes no folder. Raises `RequestError`."""
    from ..cohort.file_out import FORMS
    from .main import form_of

    if output is not None and output.suffix and not output.is_dir():
        form_of(output, FORMS)
    if rows_digest and (output is None or output.suffix == ".csv"):
        raise RequestError([Problem("--rows-digest", "is of Parquet or Arrow answers.", "Name them: -o OUT.")])
