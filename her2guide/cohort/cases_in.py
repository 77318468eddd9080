"""Finished cases -> pieces of a table, one row a patient.

In: cases as `her2guide abstract` writes them, a line of JSON each, or as they are made. Out: pieces that carry their
rows: the facts that a case knows, in their types, and a mark that nothing follows from them that they do not hold. So
a case gets the answers that `engine.apply` gives it. It does not know how a case was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import islice
from pathlib import Path

import msgspec
import pyarrow as pa
from msgspec import Struct

from ..errors import Problem, RequestError, nearest
from ..language.typed import NotAValue, typed_value
from ..library.read import read_library
from ..model.condition import Value
from ..model.fact import Fact
from .run import FINISHED
from .sources import Piece, told

SIZE = 1 << 14  # cases read at a time: each is some hundred objects until it is a row
TYPES = {"yes_no": pa.bool_(), "integer": pa.int64(), "decimal": pa.float64(), "code": pa.string()}


class Answer(Struct, frozen=True, gc=False):
    value: Value


class CaseRow(Struct, frozen=True, gc=False):
    """What is taken of a case (`model.case.Case`)."""

    patient: str
    as_of: date
    known: dict[str, Answer]


class CaseLines(Struct, frozen=True):
    """An NDJSON file of cases, or a folder of such files, read in the order of their names."""

    path: Path
    stamp: tuple[int, int]

    def schema(self) -> pa.Schema:
        return case_schema(read_library().facts)

    def rows(self) -> int | None:
        return None

    def pieces(self, size: int) -> Iterator[Piece]:
        return case_pieces(read_lines(self.path), min(size, SIZE))

    def batches(self, piece: Piece) -> Iterator[pa.RecordBatch]:
        return piece.batches()


def files_of(path: Path) -> list[Path]:
    return sorted(path.glob("*.ndjson")) if path.is_dir() else [path]


def holds_cases(path: Path) -> bool:
    """Whether the first line of the first file is a case."""
    with told(path):
        files = files_of(path)
        if not files or files[0].suffix.lower() != ".ndjson":
            return False
        with files[0].open("rb") as file:
            line = file.readline()
    try:
        msgspec.json.decode(line, type=CaseRow)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return True


def read_lines(path: Path) -> Iterator[CaseRow]:
    """Every case. Raises `RequestError` for a line that is none."""
    decoder = msgspec.json.Decoder(CaseRow)
    for place in files_of(path):
        with told(place), place.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    yield decoder.decode(line)
                except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
                    do = "Write it anew with `her2guide abstract`."
                    raise RequestError([Problem(f"{place}:{number}", f"is not a case: {fault}.", do)]) from None


def case_schema(facts: Mapping[str, Fact]) -> pa.Schema:
    """A column for each fact; `recorded_on` is the day that the case is of."""
    heads = {"patient": pa.string(), "recorded_on": pa.date32()}
    columns = {**heads, **{name: TYPES[fact.kind] for name, fact in facts.items()}}
    return pa.schema(list(columns.items()), metadata={FINISHED: b"true"})


def case_pieces(cases: Iterable[CaseRow], size: int) -> Iterator[Piece]:
    """Pieces of `size` cases. Raises `RequestError` for values that are none of their fact."""
    facts = read_library().facts
    schema, first, left = case_schema(facts), 0, iter(cases)
    while found := list(islice(left, size)):
        problems = [problem for case in found for problem in problems_of(case, facts)]
        if problems:
            raise RequestError(problems)
        known = [{name: answer.value for name, answer in case.known.items()} for case in found]
        heads = [[case.patient for case in found], [case.as_of for case in found]]
        columns = [*heads, *([values.get(name) for values in known] for name in facts)]
        arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
        yield Piece(first, len(found), rows=pa.record_batch(arrays, schema=schema))
        first += len(found)


def problems_of(case: CaseRow, facts: Mapping[str, Fact]) -> Iterator[Problem]:
    for name, answer in case.known.items():
        if name not in facts:
            yield Problem(f"patient {case.patient}", f"there is no fact `{name}`.", nearest(name, facts))
            continue
        try:
            typed_value(facts[name], answer.value)
        except NotAValue as fault:
            yield Problem(f"patient {case.patient}", fault.what, fault.do)
