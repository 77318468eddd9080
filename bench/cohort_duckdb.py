"""A rival: the edition as one layered SELECT in DuckDB, on one thread, over its own table or over Parquet.

In: an edition and a synthetic table. Out: the counts of each verdict and standing.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

from her2guide.cohort.sql import counts_texts
from her2guide.library.library import EditionInForce
from her2guide.model.guidance import BEST_FIRST

from .cohort_counts import Counts

WORDS = {"applies": ("true", "unknown"), "standing": BEST_FIRST}


class DuckdbRules:
    """Two tables, `memory` and `parquet`, and the SELECT for each."""

    def __init__(self, edition: EditionInForce, table: pa.Table, parquet: Path) -> None:
        columns = table.schema.names
        self.texts = {name: counts_texts(edition, "duckdb", name, columns) for name in ("memory", "parquet")}
        self.connection = duckdb.connect()
        self.connection.execute("SET threads = 1")
        self.connection.register("arrow", table)
        self.connection.execute("CREATE TABLE memory AS SELECT * FROM arrow")
        self.connection.unregister("arrow")
        self.connection.read_parquet(str(parquet)).create_view("parquet")

    def counts(self, table: str) -> Counts:
        (text,) = self.texts[table]
        relation = self.connection.execute(text)
        names = [column[0] for column in relation.description]
        row = dict(zip(names, relation.fetchone() or (), strict=True))
        found: Counts = {}
        for column in names:
            word, _, name = column.partition(".")
            group = "applies" if word in WORDS["applies"] else "standing"
            found[f"{group}.{name}"] = tuple(row[f"{each}.{name}"] for each in WORDS[group])
        return found
