"""The commands of `her2guide`.

In: words on the command line. Out: text on the terminal or files; exit code 0, or 2 for input that
cannot be used, with every problem as a sentence. Nothing of a patient is stored or sent.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from .. import VERSION
from ..documents import printable
from ..errors import Her2guideError, Problem, RequestError
from ..model.chart import Side
from ..whole_files import write_whole
from .cohort import cohort
from .cohort_compare import cohort_compare
from .concordance import concordance
from .named import names
from .options import advice_options, as_of_option, chart_argument, output_option, side_option, table_options
from .output import complain, say
from .predict import predict
from .report import report
from .survival import survival
from .synth import synth

CALENDAR_MONTHS = 12


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="her2guide")
def commands() -> None:
    """Treatment guidance for HER2-positive breast cancer: executable, dated, cited.

    Education for a visit, not medical advice. Charts are plain YAML or JSON (docs/chart.md) or FHIR R4 JSON.
    """


@commands.command()
@chart_argument
@advice_options
@click.option("--reader", default="patient", show_default=True, help="Who reads it: patient or clinician.")
@click.option("--language", default="en", show_default=True, help="The language of the guide.")
@click.option("--calendar", "regimen", metavar="REGIMEN", help="Add the calendar of this option, with --start.")
@click.option("--start", metavar="DATE", help="The first day of the calendar.")
@output_option("Write to a file; its ending decides the form: .txt, .html, .pdf or .json.")
def guide(
    chart: Path, reader: str, language: str, regimen: str | None, start: str | None, output: Path | None, **choice: Any
) -> None:
    """Write the guide for a visit."""
    from ..guide.write import write_guide
    from .json_out import as_json
    from .steps import advise_chart, calendar_for

    form = form_of(output)
    keep_chart(chart, output)
    guidance, library = advise_chart(chart, **choice)
    planned = calendar_for(guidance, library, regimen, start, CALENDAR_MONTHS) if regimen else None
    written = write_guide(guidance, reader, language, library, planned)
    forms: dict[str, Callable[[], str | bytes]] = {
        "text": written.text,
        "html": written.html,
        "pdf": written.pdf,
        "json": lambda: as_json(written),
    }
    deliver(forms[form](), output)


@commands.command()
@chart_argument
@advice_options
@click.option("--json", "as_data", is_flag=True, help="The whole guidance as JSON; see `her2guide schema guidance`.")
@output_option("Write to a file instead of the terminal.")
def advise(chart: Path, as_data: bool, output: Path | None, **choice: Any) -> None:
    """Apply an edition to a chart: every option with its standing."""
    from .json_out import as_json
    from .steps import advise_chart
    from .tables import guidance_text

    keep_chart(chart, output)
    guidance, library = advise_chart(chart, **choice)
    deliver(as_json(guidance) if as_data else guidance_text(guidance, library), output)


@commands.command()
@chart_argument
@click.argument("recommendation", metavar="RECOMMENDATION")
@advice_options
def explain(chart: Path, recommendation: str, **choice: Any) -> None:
    """Show why a recommendation applies or not: each criterion, the values, where they stand in the record."""
    from .explain import explanation
    from .steps import advise_chart

    guidance, library = advise_chart(chart, **choice)
    deliver(explanation(guidance, recommendation, library), None)


@commands.command()
@click.argument("chart", metavar="CHART|TABLE|FOLDER", type=click.Path(path_type=Path))
@as_of_option
@side_option
@table_options
@click.option("--json", "as_data", is_flag=True, help="The case as JSON; see `her2guide schema case`.")
@output_option("Write the cases of all patients of a table, one line of JSON each (.ndjson).")
def abstract(
    chart: Path, as_of: str | None, side: Side | None, as_data: bool, output: Path | None, **table: Any
) -> None:
    """Show the case of a chart: each known fact with its origin, conflicts, and what was passed over."""
    from ..library.library import read_day
    from .json_out import as_json
    from .many import Place, abstract_all
    from .steps import case_of
    from .tables import case_text

    place = Place(chart, **table)
    if place.patient is None and place.holds_many():
        abstract_all(place, read_day(as_of), side, output, as_data=as_data)
        return
    keep_chart(chart, output)
    case, library = case_of(chart, read_day(as_of), side, **table)
    deliver(as_json(case) if as_data else case_text(case, library), output)


@commands.command()
@click.argument("name", metavar="[FACT]", required=False)
def facts(name: str | None) -> None:
    """List the facts a chart can state, or one of them, with values, units, rules and codes."""
    from ..library.read import read_library
    from .tables import facts_text

    deliver(facts_text(read_library(), name), None)


@commands.command()
@click.option("--unverified", is_flag=True, help="List what has not been checked against a source, and why.")
def lint(unverified: bool) -> None:
    """Check the knowledge: form, references, words, examples. Exit code 2 when anything is wrong."""
    from ..cohort.concordance_knowledge import read_questions
    from ..cohort.recipe import read_recipe
    from ..guide.lint import lint_library, summary, unverified_items
    from ..library.read import read_library

    library = read_library()
    read_recipe(library)
    read_questions(library)
    problems = [] if unverified else lint_library(library)
    if problems:
        raise RequestError(problems)
    lines = unverified_items(library) if unverified else [summary(library)]
    deliver("\n".join(lines) + "\n", None)


@commands.command()
@click.option("--verdict", help="Only these: supported, imprecise, outdated, contested, wrong.")
def claims(verdict: str | None) -> None:
    """The claims of the article, each audited: verdict, why, what holds now, sources."""
    from ..library.read import read_library
    from .tables import claims_text

    deliver(claims_text(read_library(), verdict), None)


@commands.command()
@output_option("Write to a file instead of the terminal, as HTML.")
def book(output: Path | None) -> None:
    """Write the knowledge as one readable HTML page, with a sentence beside every rule."""
    from ..guide.book import write_book
    from ..library.read import read_library

    deliver(write_book(read_library()), output)


@commands.command()
@click.argument("name", metavar="NAME")
def schema(name: str) -> None:
    """Print a JSON Schema: chart (the plain form), or what a command writes with --json; `schema x` lists them."""
    from ..library.read import read_library
    from .json_out import schema_text

    deliver(schema_text(name, read_library()), None)


@commands.command()
@chart_argument
@advice_options
@click.option("--since", metavar="DATE", help="The advice from this day on; its picture is of every option.")
@output_option("Write to a file: .txt, or .svg for the picture.")
def timeline(chart: Path, since: str | None, output: Path | None, **choice: Any) -> None:
    """Show the course of the patient, and how the advice changed as the knowledge changed, and why."""
    from ..library.library import read_day
    from .steps import consult
    from .told import told_picture, told_text

    keep_chart(chart, output)
    form = form_of(output, {".txt": "text", ".svg": "svg"})
    consultation = consult(chart, **choice)
    start = read_day(since, "--since") if since else None
    deliver(told_picture(consultation, start) if form == "svg" else told_text(consultation, start), output)


@commands.command()
@click.argument("charts", metavar="CHART|FOLDER", type=click.Path(path_type=Path))
@click.argument("first", metavar="EDITION")
@click.argument("second", metavar="EDITION")
@click.option("--region", default="us", show_default=True, help="Whose approvals count: us, eu.")
@as_of_option
@click.option("--json", "as_data", is_flag=True, help="The comparison as JSON.")
def compare(charts: Path, first: str, second: str, region: str, as_of: str | None, as_data: bool) -> None:
    """Compare two editions for a chart, or for all charts of a folder, topic by topic."""
    from .compared import charts_at, comparison_text, counts_text
    from .json_out import as_json
    from .steps import compared

    found = {str(place): compared(place, first, second, region, as_of) for place in charts_at(charts)}
    if as_data:
        deliver(as_json(found), None)
    elif charts.is_dir():
        deliver(counts_text(first, second, found), None)
    else:
        deliver(comparison_text(first, second, found[str(charts)]), None)


@commands.command()
@chart_argument
@click.argument("regimen", metavar="REGIMEN")
@advice_options
@click.option("--start", metavar="DATE", required=True, help="The first day of treatment.")
@click.option(
    "--months",
    default=CALENDAR_MONTHS,
    show_default=True,
    type=click.IntRange(1, 60),
    help="How far the calendar goes.",
)
@click.option("--language", default="en", show_default=True, help="The language of the calendar.")
@output_option("Write to a file: .txt, or .ics for a calendar program.")
def calendar(
    chart: Path, regimen: str, start: str, months: int, language: str, output: Path | None, **choice: Any
) -> None:
    """Write the calendar of one of the options: rounds of treatment, heart checks, blood tests."""
    from ..guide.calendar import calendar_ics, calendar_text
    from ..guide.words import Voice, read_language
    from .steps import advise_chart, calendar_for

    keep_chart(chart, output)
    form = form_of(output, {".txt": "text", ".ics": "ics"})
    guidance, library = advise_chart(chart, **choice)
    voice = Voice(library, read_language(language, library))
    made = (*calendar_for(guidance, library, regimen, start, months), voice)
    deliver(calendar_ics(*made) if form == "ics" else calendar_text(*made), output)


@commands.command()
@chart_argument
@advice_options
@click.option("--list", "only_list", is_flag=True, help="List the questions; so it is without a terminal.")
@click.option("--interactive", is_flag=True, help="Ask one at a time, also when answers are piped in.")
@click.option("--json", "as_data", is_flag=True, help="The questions, or what came of asking, as JSON.")
@output_option("Write the chart with the answers to a file: .yaml.")
def ask(chart: Path, only_list: bool, interactive: bool, as_data: bool, output: Path | None, **choice: Any) -> None:
    """Ask what could change the advice for a chart: one question at a time, or as a list."""
    from .asking import asked_chart, listed_questions
    from .steps import consult

    keep_chart(chart, output)
    form_of(output, {".yaml": "plain", ".yml": "plain"})
    asking = interactive or (sys.stdin.isatty() and not only_list)
    if only_list and interactive:
        raise RequestError([Problem("--list", "does not go with --interactive.", "Use one of them.")])
    if output is not None and not asking:
        raise RequestError([Problem(str(output), "there are no answers to write.", "Use --interactive.")])
    found = consult(chart, **choice)
    if not asking:
        deliver(listed_questions(found, as_data=as_data), None)
        return
    text, answered = asked_chart(found, next_line, as_data=as_data, name=str(output) if output else None)
    deliver(text, None)
    if output is not None:
        deliver(answered, output)


def next_line() -> str | None:
    """The next line that is typed or piped in; None at its end. Raises `RequestError` for what is not text."""
    try:
        line = sys.stdin.readline()
    except UnicodeDecodeError:
        raise RequestError([Problem("answers", "are not UTF-8 text.", "Write one answer a line.")]) from None
    return line if line else None


@commands.command()
@chart_argument
@click.argument("pairs", metavar="[FACT=VALUE]...", nargs=-1)
@advice_options
@click.option("--json", "as_data", is_flag=True, help="The changes as JSON.")
def whatif(chart: Path, pairs: tuple[str, ...], as_data: bool, **choice: Any) -> None:
    """Show what changes if facts had these values; without values, every single fact that changes the options."""
    from ..engine.flips import flips
    from ..engine.whatif import whatif as supposing
    from .consult import supposed_values
    from .json_out import as_json
    from .steps import consult
    from .supposed import flips_text, whatif_text

    found = consult(chart, **choice)
    supposed = supposed_values(pairs, found.edition.library)
    if not supposed:
        single = flips(found)
        deliver(as_json(single) if as_data else flips_text(single, found), None)
        return
    changed = supposing(found, supposed)
    deliver(as_json(changed) if as_data else whatif_text(changed, found), None)


commands.add_command(cohort)
commands.add_command(cohort_compare)
commands.add_command(concordance)
commands.add_command(names)
commands.add_command(predict)
commands.add_command(report)
commands.add_command(survival)
commands.add_command(synth)

FORMS = {".txt": "text", ".html": "html", ".pdf": "pdf", ".json": "json"}


def form_of(output: Path | None, forms: Mapping[str, str] = FORMS) -> str:
    """The form of an output by the ending of its file."""
    if output is None:
        return "text"
    if output.suffix.lower() not in forms:
        known = ", ".join(forms)
        raise RequestError(
            [Problem(str(output), f"the ending '{output.suffix}' is not known.", f"Use one of {known}.")]
        )
    return forms[output.suffix.lower()]


def keep_chart(chart: Path, output: Path | None) -> None:
    """Refuse to write over the record that is read."""
    if output is not None and os.path.realpath(output) == os.path.realpath(chart):
        raise RequestError([Problem(str(output), "is the chart itself.", "Write to another file.")])


def deliver(made: str | bytes, output: Path | None) -> None:
    """To the terminal, or whole into a file."""
    if output is None:
        lines = made.split("\n") if isinstance(made, str) else made.decode().split("\n")
        sys.stdout.buffer.write("\n".join(map(printable, lines)).encode())
        sys.stdout.buffer.flush()
        return
    data = made.encode() if isinstance(made, str) else made
    write_whole(output, data)
    say(f"wrote {output} ({len(data):,} bytes)")


def run() -> None:
    """Run the command line; problems become sentences on standard error and exit code 2."""
    try:
        commands(prog_name="her2guide")
    except Her2guideError as fault:
        complain(fault.problems)
        raise SystemExit(2) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(0) from None
    except OSError as fault:
        complain([Problem("output", f"cannot be written: {fault.strerror or fault}.", "Choose another place.")])
        raise SystemExit(2) from None
