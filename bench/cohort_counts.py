"""What every engine must agree on: how many rows each verdict is true and unknown in, and how many each standing.

In: what the kernel or a rival found. Out: `Counts`, compared before anything is timed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from her2guide.cohort.kernel import judge
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


def kernel_counts(edition: EditionInForce, batches: Sequence[pa.RecordBatch]) -> Counts:
    """The kernel from Arrow to counts."""
    return total(counted(edition, batch) for batch in batches)


def counted(edition: EditionInForce, batch: pa.RecordBatch) -> Counts:
    rows = Rows(batch.num_rows)
    verdicts = judge(edition, columns_of(batch, edition.library.facts), rows)
    found: Counts = {}
    for name, truths in verdicts.applies.items():
        found[f"applies.{name}"] = (bits(truths.true), bits(rows.unknown(truths)))
    for name, standings in verdicts.options.items():
        found[f"standing.{name}"] = tuple(map(bits, standings.values()))
    return found


def bits(plane: Plane) -> int:
    return int(np.bitwise_count(plane).sum())
