"""The commands of `her2guide`.

In: words on the command line. Out: text on the terminal or files; exit code 0, or 2 for input that
cannot be used, with every problem as a sentence. Nothing of a patient is stored or sent.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..errors import Her2guideError, Problem, RequestError
from .output import complain, say, write_whole

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)


class Reader(StrEnum):
    patient = "patient"
    clinician = "clinician"


Chart_ = Annotated[Path, typer.Argument(metavar="CHART", help="A chart: plain YAML or JSON, or FHIR R4 JSON.")]
Edition_ = Annotated[str, typer.Option("--edition", help="The edition of the knowledge.")]
Region_ = Annotated[str, typer.Option("--region", help="Whose approvals count: us, eu.")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="The day to answer for; today if not given.")]
Conflicts = Annotated[
    bool,
    typer.Option("--despite-conflicts", help="Go on although records contradict each other; those facts stay unknown."),
]
Expired = Annotated[bool, typer.Option("--even-if-expired", help="Use an edition past its expiry.")]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to a file instead of the terminal.")
]


@app.command()
def guide(
    chart: Chart_,
    edition: Edition_ = "article",
    region: Region_ = "us",
    as_of: AsOf = None,
    reader: Annotated[Reader, typer.Option("--reader", help="Who reads it.")] = Reader.patient,
    language: Annotated[str, typer.Option("--language", help="The language of the guide.")] = "en",
    output: Output = None,
    despite_conflicts: Conflicts = False,
    even_if_expired: Expired = False,
) -> None:
    """Write the guide for a visit: as text, or by the ending of FILE as .txt, .html, .pdf or .json."""
    from ..guide.write import write_guide
    from .steps import advise_chart

    form = form_of(output)
    guidance, library = advise_chart(chart, edition, region, as_of, despite_conflicts, even_if_expired)
    written = write_guide(guidance, reader.value, language, library)
    if form == "pdf":
        made: str | bytes = written.pdf()
    elif form == "html":
        made = written.html()
    elif form == "json":
        from .json_out import as_json

        made = as_json(written)
    else:
        made = written.text()
    deliver(made, output)


@app.command()
def advise(
    chart: Chart_,
    edition: Edition_ = "article",
    region: Region_ = "us",
    as_of: AsOf = None,
    json: Annotated[
        bool, typer.Option("--json", help="The whole guidance as JSON (schema: `her2guide schema guidance`).")
    ] = False,
    output: Output = None,
    despite_conflicts: Conflicts = False,
    even_if_expired: Expired = False,
) -> None:
    """Apply an edition to a chart: every option with its standing, or the whole guidance as JSON."""
    from .json_out import as_json
    from .steps import advise_chart
    from .tables import guidance_text

    guidance, library = advise_chart(chart, edition, region, as_of, despite_conflicts, even_if_expired)
    deliver(as_json(guidance) if json else guidance_text(guidance, library), output)


@app.command()
def explain(
    chart: Chart_,
    recommendation: Annotated[str, typer.Argument(metavar="RECOMMENDATION", help="The id of a recommendation.")],
    edition: Edition_ = "article",
    region: Region_ = "us",
    as_of: AsOf = None,
    despite_conflicts: Conflicts = False,
    even_if_expired: Expired = False,
) -> None:
    """Show why a recommendation applies or not: each criterion, the values used, and where they stand."""
    from .explain import explanation
    from .steps import advise_chart

    guidance, library = advise_chart(chart, edition, region, as_of, despite_conflicts, even_if_expired)
    deliver(explanation(guidance, recommendation, library), None)


@app.command()
def abstract(
    chart: Chart_,
    as_of: AsOf = None,
    json: Annotated[bool, typer.Option("--json", help="The case as JSON (schema: `her2guide schema case`).")] = False,
) -> None:
    """Show the case of a chart: each known fact with its origin, conflicts, and what was passed over."""
    from .json_out import as_json
    from .steps import case_of
    from .tables import case_text

    case, library = case_of(chart, as_of)
    deliver(as_json(case) if json else case_text(case, library), None)


@app.command()
def facts(
    name: Annotated[str | None, typer.Argument(metavar="FACT", help="Only this fact.")] = None,
) -> None:
    """List the facts a chart can state, with values, units and how each is found."""
    from ..library.read import read_library
    from .tables import facts_text

    deliver(facts_text(read_library(), name), None)


@app.command()
def lint(
    unverified: Annotated[
        bool, typer.Option("--unverified", help="List what has not been checked against a source.")
    ] = False,
) -> None:
    """Check the knowledge: form, references, words, examples. Exit code 2 when anything is wrong."""
    from ..guide.lint import lint_library, summary, unverified_items
    from ..library.read import read_library

    library = read_library()
    if unverified:
        deliver("\n".join(unverified_items(library)) + "\n", None)
        return
    problems = lint_library(library)
    if problems:
        raise RequestError(problems)
    deliver(summary(library) + "\n", None)


@app.command()
def claims(
    verdict: Annotated[str | None, typer.Option("--verdict", help="Only claims with this verdict.")] = None,
) -> None:
    """The claims of the article, each audited: verdict, why, what holds now, sources."""
    from ..library.read import read_library
    from .tables import claims_text

    deliver(claims_text(read_library(), verdict), None)


@app.command()
def book(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The HTML file to write.")] = Path(
        "book.html"
    ),
) -> None:
    """Write the knowledge as one readable HTML page, a sentence beside every rule."""
    from ..guide.book import write_book
    from ..library.read import read_library

    deliver(write_book(read_library()), output)


@app.command()
def schema(
    name: Annotated[str, typer.Argument(metavar="NAME", help="guidance, case, guide or chart.")],
) -> None:
    """Print a JSON Schema: of the guidance, the case, the guide, or the plain chart."""
    from ..library.read import read_library
    from .json_out import schema_text

    deliver(schema_text(name, read_library()), None)


FORMS = {".txt": "text", ".html": "html", ".pdf": "pdf", ".json": "json"}


def form_of(output: Path | None) -> str:
    """The form of a guide by the ending of its file."""
    if output is None:
        return "text"
    if output.suffix.lower() not in FORMS:
        known = ", ".join(FORMS)
        raise RequestError(
            [Problem(str(output), f"the ending '{output.suffix}' is not known.", f"Use one of {known}.")]
        )
    return FORMS[output.suffix.lower()]


def deliver(made: str | bytes, output: Path | None) -> None:
    """To the terminal, or whole into a file."""
    if output is None:
        sys.stdout.write(made if isinstance(made, str) else made.decode())
        return
    write_whole(output, made)
    say(f"wrote {output} ({len(made.encode() if isinstance(made, str) else made):,} bytes)")


def run() -> None:
    """Run the command line; problems become sentences on standard error and exit code 2."""
    try:
        app()
    except Her2guideError as fault:
        complain(fault.problems)
        raise SystemExit(2) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(0) from None
