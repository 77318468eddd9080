"""The statements that `cohort --sql` prints: what the command would answer, for a database to answer.

In: the question, the cases with their columns, an engine. Out: SQL text. It connects to no database.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

from ..cohort.rows_in import DAYS, check_header
from ..cohort.run import Answering
from ..cohort.sources import Cases
from ..cohort.sql import counts_texts, faults_text, sql_text
from ..cohort.sql_layers import Dialect
from ..errors import Problem, RequestError
from ..library.read import read_library
from .main import deliver

TABLE = "cases"
Gives = Literal["rows", "counts", "faults"]


def write_sql(
    answering: Answering, cases: Cases, dialect: Dialect, gives: Gives, table: str | None, output: Path | None
) -> None:
    """Print the statements, or write them to a file. Raises `RequestError`."""
    if answering.as_of in DAYS:
        what, do = "SQL answers as of one day for all.", "Give a date, or run without --sql."
        raise RequestError([Problem("--as-of", what, do)])
    library = read_library()
    check_header(cases.schema(), library.facts, answering.keep)
    edition = library.edition(
        answering.edition, answering.region, date.fromisoformat(answering.as_of),
        even_if_expired=answering.even_if_expired,
    )  # fmt: skip
    name, columns = table or TABLE, cases.schema().names
    if gives == "counts":
        texts = counts_texts(edition, dialect, name, columns)
    elif gives == "faults":
        texts = [faults_text(edition, dialect, name, columns)]
    else:
        texts = [sql_text(edition, dialect, name, columns, answering.shown.decisions or None)]
    deliver(";\n\n".join(texts) + ";\n", output)
