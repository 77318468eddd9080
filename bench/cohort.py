"""The cohort kernel beside other engines with the same rules, on the whole current edition and synthetic patients.

In: how many rows and rounds. Out: a table of medians of interleaved runs, in processor time of one core; every engine
must count what the kernel counts before it is timed. `--write` puts the table into docs/benchmarks.md.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import click
import polars as pl
import pyarrow as pa

from her2guide.cohort.kernel import judge
from her2guide.cohort.planes import Rows
from her2guide.cohort.rows_in import columns_of
from her2guide.cohort.run import asking

from .cohort_counts import Counts, counted, counts_in, kernel_counts, total
from .cohort_cql import can_run, cql_counts
from .cohort_duckdb import DuckdbRules
from .cohort_numpy import numpy_counts
from .cohort_page import CQL, DUCKDB, KERNEL, LIMIT, Medians, page
from .cohort_polars import PolarsRules
from .cohort_scale import MILLION, sizes_of, stream
from .cohort_table import Table, asked, read_once, synthetic

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
LEAST = 0.5  # seconds
Engines = Mapping[str, Callable[[], Counts | None]]


def engines_of(table: Table) -> dict[str, Callable[[], Counts | None]]:
    """Everything that runs in this process; what counts nothing gives None. Plans and texts are made beforehand."""
    edition, batches, defined, texts = table.edition, table.batches(), table.defined(), table.texts()
    whole, facts, columns = pa.Table.from_batches(batches), edition.library.facts, asked(table.defined())
    ready = [(columns_of(batch, facts), Rows(batch.num_rows)) for batch in batches]
    day, shown = edition.as_of.isoformat(), ("applies", "standing")
    answering, missing = asking(as_of=day, show=shown), asking(as_of=day, show=(*shown, "missing"))
    polars, duckdb = PolarsRules(defined, texts), DuckdbRules(edition, whole, table.parquet)
    memory = polars.query(polars.frame(pl.DataFrame(whole).lazy()).collect().lazy())
    scan = polars.query(polars.frame(pl.scan_parquet(table.parquet)))
    return {
        LIMIT: lambda: nothing(read_once(batch, columns) for batch in batches),
        "kernel, columns ready, not counted": lambda: nothing(judge(edition, *part) for part in ready),
        "kernel, columns ready": lambda: total(counts_in(judge(edition, *part), part[1]) for part in ready),
        KERNEL: lambda: kernel_counts(edition, batches),
        "kernel, from Arrow to Arrow answers": lambda: nothing(map(answering, batches)),
        "the same, with the facts that are missing": lambda: nothing(map(missing, batches)),
        "kernel, from Parquet": lambda: kernel_counts(edition, stream(table.parquet, table.rows, columns)),
        "Polars expressions, in memory": lambda: polars.counts(memory),
        "Polars expressions, from Parquet": lambda: polars.counts(scan),
        "whole vectors in numpy (as OpenFisca), from Arrow": lambda: numpy_counts(defined, batches, texts),
        DUCKDB: lambda: duckdb.counts("memory"),
        "DuckDB, layered SELECT, from Parquet": lambda: duckdb.counts("parquet"),
    }


def nothing(parts: Iterable[object]) -> None:
    """Do it, keep none of it."""
    for _ in parts:
        pass


def medians(engines: Engines, table: Table, rounds: int) -> Medians:
    """Microseconds of processor time a patient, engines by turns. Raises `ValueError` where one counts otherwise."""
    expected = kernel_counts(table.edition, table.batches())
    for name, run in engines.items():
        if run() not in (None, expected):
            raise ValueError(f"{name} counts otherwise than the kernel")
        say(f"{name}: counts as the kernel does")
    taken: dict[str, list[float]] = {name: [] for name in engines}
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        for name, run in engines.items():
            taken[name].append(seconds(run) / table.rows * 1e6)
    return {name: statistics.median(times) for name, times in taken.items()}


def seconds(run: Callable[[], object]) -> float:
    """Processor time of a run; short ones are run again until the clock has something to measure."""
    start, runs, took = time.process_time(), 0, 0.0
    while took < LEAST:
        run()
        runs, took = runs + 1, time.process_time() - start
    return took / runs


def cql_median(table: Table, rows: int, rounds: int) -> float:
    """The same for the reference engine of CQL, over the first rows. Raises `ValueError` on other counts."""
    batch = table.batches()[0].slice(0, rows)
    expected, times = counted(table.edition, batch), []
    for _ in range(rounds):
        found, took = cql_counts(table.defined(), batch, table.edition.library.digest)
        if found != expected:
            raise ValueError(f"{CQL} counts otherwise than the kernel")
        times.append(took)
        say(f"{CQL}: {took:.0f} us a patient")
    return statistics.median(times)


def say(progress: str) -> None:
    click.echo(progress, err=True)


def rivals(table: Table, rounds: int, cql_rows: int) -> Medians:
    found = medians(engines_of(table), table, rounds)
    if can_run():
        found[CQL] = cql_median(table, cql_rows, rounds)
    else:
        say(f"{CQL} is left out: it needs node, and `npm ci --prefix bench/cql` once")
    return found


@click.command()
@click.option("--rows", default=MILLION, show_default=True, help="Patients; rivals get a million at most.")
@click.option("--rounds", default=3, show_default=True, help="Runs of each engine.")
@click.option("--cql-rows", default=300, show_default=True, help="Patients for the engine of CQL.")
@click.option("--write", is_flag=True, help="Write docs/benchmarks.md.")
def main(rows: int, rounds: int, cql_rows: int, write: bool) -> None:
    """Compare the cohort kernel with other engines."""
    with synthetic(min(rows, MILLION)) as table:
        found = rivals(table, rounds, cql_rows)
    with synthetic(rows) as large:
        sizes = sizes_of(large, rounds)
    text = page(found, sizes, table, rounds, cql_rows)
    click.echo(text)
    if write:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
