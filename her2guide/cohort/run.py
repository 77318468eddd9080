"""One batch of rows in, one batch of answers out: what every way of running over a cohort shares.

In: which edition, where, as of when, what is shown. Out: a callable that can be sent to another process or machine: it
takes the sealed library from the cache there, once a process. It does not know where batches come from or go.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct

from ..errors import Problem, RequestError, nearest
from ..library.library import Edition, EditionInForce, Library, read_day
from ..library.read import read_library
from .answers import GROUPS, USUAL, Counts, Said, Shown, fields_of, said_of
from .columns import AS_OF
from .dated import any_day, days_of
from .kernel import judge
from .planes import Rows
from .rows_in import DAMAGED, DAYS, PATIENT, check_header, columns_of

MARK = "synthetic"
FINISHED = b"finished_cases"  # in the metadata of a batch: nothing follows from its columns that they do not hold


class Judged(NamedTuple):
    """Rows with what is said of them; to be counted, or made into a batch of answers."""

    batch: pa.RecordBatch
    rows: Rows
    said: list[Said]

    def counts(self) -> Counts:
        counts = {said.name: said.counts(self.rows) for said in self.said}
        return Counts(self.rows.count, {name: found for name, found in counts.items() if found})


class Answering(Struct, frozen=True):
    """A question to a cohort: `answering(batch)` is the batch of answers.

    `as_of`: a day, or the column of `DAYS` that has the day for each row. `keep`: columns that are passed on.
    `knowledge`: the digest of the library that is meant; where another is installed nothing is answered.
    """

    edition: str
    region: str
    as_of: str
    shown: Shown
    keep: tuple[str, ...]
    even_if_expired: bool
    knowledge: str

    def __call__(self, batch: pa.RecordBatch, first: int = 0) -> pa.RecordBatch:
        """The answers for a batch; `first` rows stood before it. Raises `RequestError` with what cannot be read."""
        return self.told(self.judged(batch, first))

    def judged(self, batch: pa.RecordBatch, first: int = 0) -> Judged:
        """What is said of a batch. Raises `RequestError`."""
        library, published, in_force = prepared(self)
        self.schema(batch.schema)
        rows, columns = Rows(batch.num_rows), columns_of(batch, library.facts, first)
        check_texts(batch, [PATIENT, *self.keep], first)
        if self.as_of in DAYS:
            columns[AS_OF] = days_of(batch, self.as_of, in_force.head.first_day, rows)
        finished = (batch.schema.metadata or {}).get(FINISHED) is not None
        found = judge(in_force, columns, rows, missing="missing" in self.shown.groups, settled=finished)
        return Judged(batch, rows, said_of(found, library, published, self.shown, rows))

    def told(self, judged: Judged) -> pa.RecordBatch:
        """What was judged as a batch of answers."""
        rows, table = judged.rows, judged.batch.schema
        passed = [judged.batch.column(name) for name in passed_on(table, self.keep)]
        return pa.record_batch([*passed, *(said.array(rows) for said in judged.said)], schema=self.schema(table))

    def schema(self, table: pa.Schema) -> pa.Schema:
        """The columns of the answers for a table. Raises `RequestError` for columns that are no facts."""
        library, published, _ = prepared(self)
        check_header(table, library.facts, self.keep)
        if self.as_of in DAYS and self.as_of not in table.names:
            raise RequestError([Problem("--as-of", f"the table has no column `{self.as_of}`.", "Give a date.")])
        passed = [table.field(name).remove_metadata() for name in passed_on(table, self.keep)]
        return pa.schema([*passed, *fields_of(self.shown.names(published, library.facts))])


def asking(
    edition: str = "current",
    region: str = "us",
    as_of: str | None = None,
    show: Iterable[str] = (),
    decisions: Iterable[str] = (),
    keep: Iterable[str] = (),
    *,
    even_if_expired: bool = False,
) -> Answering:
    """A question that can be answered. Raises `RequestError` with all that is wrong in it."""
    library = read_library()
    shown, when = Shown(tuple(show) or USUAL, tuple(decisions)), as_of if as_of in DAYS else read_day(as_of).isoformat()
    head = library.edition(edition, region, None if when in DAYS else when, even_if_expired=even_if_expired).head
    problems = [*unknown("--show", shown.groups, GROUPS)]
    problems += unknown("--decision", shown.decisions, [decision.id for decision in head.decisions])
    if problems:
        raise RequestError(problems)
    return Answering(edition, region, when, shown, tuple(keep), even_if_expired, library.digest)


def unknown(asked: str, named: Iterable[str], known: Iterable[str]) -> list[Problem]:
    known = list(known)
    return [
        Problem(asked, f"there is no `{name}`.", nearest(name, known) or f"There is: {', '.join(known)}.")
        for name in named
        if name not in known
    ]


@lru_cache(maxsize=4)
def prepared(answering: Answering) -> tuple[Library, Edition, EditionInForce]:
    """The library, the edition as published and as it is in force, read once a process. Raises `RequestError`."""
    library = read_library()
    if library.digest != answering.knowledge:
        what = f"the knowledge here is {library.digest}, the question was asked of {answering.knowledge}."
        raise RequestError([Problem("knowledge", what, "Install the same version everywhere.")])
    published = library.editions[answering.edition]
    if answering.as_of in DAYS:
        library.edition(answering.edition, answering.region, even_if_expired=answering.even_if_expired)
        return library, published, any_day(library, answering.edition, answering.region)
    in_force = library.edition(
        answering.edition, answering.region, answering.as_of, even_if_expired=answering.even_if_expired
    )
    return library, published, in_force


def passed_on(table: pa.Schema, keep: Iterable[str]) -> list[str]:
    """Columns that answers have in common with the table: the patient, the mark of invented ones, what is kept."""
    mark = [MARK] if MARK in table.names else []
    return list(dict.fromkeys([PATIENT, *mark, *keep]))


def check_texts(batch: pa.RecordBatch, passed: Iterable[str], first: int) -> None:
    """Raises `RequestError` where a row names no patient, or a column that is passed on is damaged."""
    problems = []
    for name in passed:
        try:
            batch.column(name).validate(full=True)
        except pa.ArrowInvalid:
            problems.append(Problem(f"column {name}", "its text is damaged.", DAMAGED))
    patients = batch.column(PATIENT)
    if patients.null_count:
        row = pc.index(pc.is_null(patients), True).as_py()
        where = f"column {PATIENT}, row {first + row + 1}"
        problems.append(Problem(where, "names no patient.", "Add the patient's id, or remove the row."))
    if problems:
        raise RequestError(problems)
