"""A rival: the same definitions as CQL, translated and run by the reference implementation in JavaScript.

In: definitions and rows of recorded values. Out: the answers of each row and the processor time of one.
Needs node and, once, `npm ci --prefix bench/cql`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import pyarrow as pa

from her2guide.cohort.cql import cql_text, parameter
from her2guide.cohort.definitions import Defined, Recorded
from her2guide.model.condition import Value
from her2guide.model.guidance import BEST_FIRST

from .cohort_counts import Counts

PLACE = Path(__file__).parent / "cql"
WARM = 100  # rows before the clock starts: the engine's own compiler is at work
Answer = Mapping[str, Value | None]


class Run(msgspec.Struct):
    """`answers`: for each row the values of the definitions asked."""

    microseconds: float
    answers: list[list[bool | str | None]]


def can_run() -> bool:
    return shutil.which("node") is not None and (PLACE / "node_modules").is_dir()


def cql_run(defined: Defined, rows: Sequence[Answer], asked: Sequence[str], version: str, warm: int = 0) -> Run:
    """`rows`: recorded values by fact; `asked`: names of definitions. Raises `CalledProcessError`, with reasons."""
    recorded = [each.meaning for each in defined.definitions if isinstance(each.meaning, Recorded)]
    given = [{parameter(each): row.get(each.fact) for each in recorded} for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        texts = {
            "rules.cql": cql_text(defined, "rules", version),
            "rows": json.dumps(given),
            "asked": json.dumps(asked),
        }
        for name, text in texts.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        line = ["node", str(PLACE / "run.mjs"), *(f"{folder}/{name}" for name in texts), str(warm)]
        printed = subprocess.run(line, check=True, stdout=subprocess.PIPE).stdout
    return msgspec.json.decode(printed, type=Run)


def cql_counts(defined: Defined, batch: pa.RecordBatch, version: str) -> tuple[Counts, float]:
    """The counts of a batch, and microseconds a patient."""
    asked = list(dict.fromkeys([*defined.applies.values(), *defined.standings.values()]))
    run = cql_run(defined, batch.to_pylist(), asked, version, WARM)
    said = {name: Counter(column) for name, column in zip(asked, zip(*run.answers, strict=True), strict=True)}
    found: Counts = {f"applies.{name}": (said[of][True], said[of][None]) for name, of in defined.applies.items()}
    for name, of in defined.standings.items():
        found[f"standing.{name}"] = tuple(said[of][standing] for standing in BEST_FIRST)
    return found, run.microseconds
