"""`her2guide cohort --engine spark`: the same question, and the same summary, where the patients lie on a cluster.

In: an address, a place of Parquet and a new place, both as the cluster names them. Out: the counts, and the digest of
the rows. It opens no file here.
"""

from __future__ import annotations

import click
from click.core import ParameterSource

from ..cohort.call import Written
from ..cohort.run import Answering
from ..cohort.spark import cohort_on_spark
from ..errors import Problem, RequestError

HERE = (
    "table",
    "form",
    "processes",
    "part_rows",
    "side",
    "columns",
    "others",
    "treatments_complete",
    "sql",
    "sql_gives",
    "rows_digest",
)


def answered_on_cluster(cases: str, out: str | None, remote: str | None, answering: Answering) -> Written:
    """Raises `RequestError` with what is not said, or what the cluster refuses."""
    problems = [Problem(name, "does not go with --engine spark.", "Leave it out.") for name in given(HERE)]
    if remote is None:
        problems.append(Problem("--remote", "is missing.", "Give the address of the cluster: sc://host:port."))
    if out is None:
        problems.append(Problem("-o", "is missing.", "Name a new folder that the cluster can write."))
    if problems or remote is None or out is None:
        raise RequestError(problems)
    tally = cohort_on_spark(remote, cases, out, answering)
    return Written(tally.counts, tally.parts, "", str(tally.digest))


def given(names: tuple[str, ...]) -> list[str]:
    """Those options that stand on the command line, as they are written there."""
    context = click.get_current_context()
    named = [option for option in context.command.params if option.name in names]
    return [option.opts[0] for option in named
            if context.get_parameter_source(option.name or "") is ParameterSource.COMMANDLINE]  # fmt: skip
