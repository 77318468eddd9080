"""What every engine must agree on: how many rows each verdict is true and unknown in, and how many each standing.

In: what the kernel or a rival found. Out: `Counts`, compared before anything is timed.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from her2guide.cohort.kernel import Verdicts, judge
from her2guide.cohort.planes import Plane, Rows
from her2guide.cohort.rows_in import columns_of
from her2guide.library.library import EditionInForce

# `applies.x` -> rows true, rows unknown; `standing.x` -> rows of each standing, the best first.
Counts = dict[str, tuple[int, ...]]


def total(parts: Iterable[Counts]) -> Counts:
    """The counts of parts of a table together."""
    found: Counts = {}
    for part in parts:
        for name, numbers in part.items():
            before = found.get(name, (0,) * len(numbers))
            found[name] = tuple(a + b for a, b in zip(before, numbers, strict=True))
    return found


def kernel_counts(edition: EditionInForce, batches: Iterable[pa.RecordBatch]) -> Counts:
    """The kernel from Arrow to counts."""
    return total(counted(edition, batch) for batch in batches)


def counted(edition: EditionInForce, batch: pa.RecordBatch) -> Counts:
    """Columns, verdicts and counts of a batch."""
    rows = Rows(batch.num_rows)
    return counts_in(judge(edition, columns_of(batch, edition.library.facts), rows), rows)


def counts_in(verdicts: Verdicts, rows: Rows) -> Counts:
    """How many rows are in each plane; many verdicts share their planes, so each plane is counted once."""
    planes = {id(plane): plane for truths in verdicts.applies.values() for plane in truths}
    planes |= {id(plane): plane for standings in verdicts.options.values() for plane in standings.values()}
    tally = {key: bits(plane) for key, plane in planes.items()}
    found: Counts = {}
    for name, truths in verdicts.applies.items():
        true, false = tally[id(truths.true)], tally[id(truths.false)]
        found[f"applies.{name}"] = (true, rows.count - true - false)
    for name, standings in verdicts.options.items():
        found[f"standing.{name}"] = tuple(tally[id(plane)] for plane in standings.values())
    return found


def bits(plane: Plane) -> int:
    return int(np.add.reduce(np.bitwise_count(plane)))
