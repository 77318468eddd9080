"""The page of the benchmark: the machine, the engines side by side, what was to be reached, and the figures at size.

In: medians and sizes of one run. Out: Markdown.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path

from .cohort_scale import MILLION, Sizes
from .cohort_table import Table, asked

LARGE = 10 * MILLION
LIMIT, KERNEL, CQL = "every column asked for, read once", "kernel, from Arrow", "cql-execution, flat input"
DUCKDB = "DuckDB, layered SELECT, in memory"
HOW = """\
Every engine answers the same questions: for each recommendation the patients to whom it applies and those of whom that
cannot be told, for each option those of each standing. All these counts were equal before anything was timed. Plans and
texts are made before. Polars and DuckDB have one thread; whole vectors are cut as for the kernel, 131,072 rows each;
CQL is translated before, each of its definitions is worked out once a patient, and nothing is kept for a trace."""
Medians = dict[str, float]  # engine -> microseconds of processor time a patient


def compared(found: Medians) -> Iterator[str]:
    """The table of engines, each against the kernel from Arrow."""
    yield "| engine | CPU us a patient | patients a second and core | times the kernel |"
    yield "|---|---:|---:|---:|"
    for name, took in found.items():
        yield f"| {name} | {took:,.3f} | {MILLION / took:,.0f} | {took / found[KERNEL]:,.2f} |"


def promised(found: Medians, sizes: Sizes) -> Iterator[str]:
    """What the kernel is to reach, and what it does."""
    kernel, memory, growth = found[KERNEL], list(sizes.memory.values()), list(sizes.growth.items())
    (few, short), (many, long) = growth[0], growth[-1]
    yield "| from Arrow, to reach | measured | reached |"
    yield "|---|---:|---|"
    yield at_most(5, kernel / found[LIMIT], "times the reading of the columns")
    yield at_least(30, found[DUCKDB] / kernel, "times as fast as DuckDB in memory")
    if CQL in found:
        yield at_least(5000, found[CQL] / kernel, "times as fast as cql-execution")
    if sizes.patients == LARGE:
        yield at_most(3, sizes.pair.answers, "s for 10 million patients on two processes")
    times = max(sizes.memory) // min(sizes.memory)
    yield at_most(1.1, memory[-1] / memory[0], f"times the memory for {times} times the rows")
    yield at_most(many / few, long / short, f"times the time for {many / few:.1f} times the rules")


def at_most(limit: float, measured: float, what: str) -> str:
    return f"| at most {limit:,.3g} {what} | {measured:,.2f} | {'yes' if measured <= limit else '**no**'} |"


def at_least(limit: float, measured: float, what: str) -> str:
    return f"| at least {limit:,} {what} | {measured:,.0f} | {'yes' if measured >= limit else '**no**'} |"


def scaled(sizes: Sizes) -> Iterator[str]:
    """Two processes, memory, growth."""
    pair = sizes.pair
    yield f"- {sizes.patients:,} patients from mapped Arrow on two processes: {pair.answers:.2f} s on the clock,"
    yield f"  {pair.processor:.2f} s of a core; {pair.whole:.2f} s with the start of the processes and the library."
    for patients, megabytes in sizes.memory.items():
        yield f"- {patients:,} patients streamed from Parquet, the file again and again: {megabytes:.0f} MB at most."
    for number, took in sizes.growth.items():
        yield f"- {number} recommendations: {took:.3f} us a patient, columns ready."


def machine() -> str:
    """Processor, systems, date."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.processor())
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "pyarrow", "polars", "duckdb"))
    load = f"{os.cpu_count()} cores shared with others (load {os.getloadavg()[2]:.1f})"
    return f"{date.today()}, {model}, {load}, Python {platform.python_version()}, {packages}"


def page(found: Medians, sizes: Sizes, table: Table, rounds: int, cql_rows: int) -> str:
    edition = table.edition
    return "\n".join([
        "# Benchmarks of the cohort kernel",
        "",
        "Written by `python -m bench.cohort --rows 10000000 --write`. Compare figures of one run only.",
        "",
        f"{machine()}. {len(edition.recommendations)} recommendations of the {edition.head.id} edition, "
        f"{len(asked(table.defined()))} columns asked for; {table.rows:,} synthetic patients ({cql_rows:,} for {CQL}). "
        f"Medians of {rounds} runs of all engines by turns, processor time of one core.",
        "",
        HOW,
        "",
        *compared(found),
        "",
        *promised(found, sizes),
        "",
        *scaled(sizes),
        "",
    ])  # fmt: skip
