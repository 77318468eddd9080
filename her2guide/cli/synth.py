"""The command `synth`: a synthetic cohort for benchmarks and teaching.

In: how many rows, a seed, a file. Out: a table whose every row says that it is synthetic.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from ..errors import Problem, RequestError
from ..whole_files import write_whole
from .options import output_option
from .output import say

MOST = 999_999_999


@click.command()
@click.argument("rows", metavar="N", type=click.IntRange(0, MOST))
@click.option("--seed", default=0, show_default=True, help="The same seed and knowledge give the same file.")
@output_option("The file to write; its ending decides the form: .parquet, .arrow or .csv.")
def synth(rows: int, seed: int, output: Path | None) -> None:
    """Write a cohort of N invented patients: facts as a registry records them, with gaps, marked in every row."""
    from ..cohort.file_out import FORMS, file_bytes
    from ..cohort.recipe import read_recipe
    from ..cohort.synth import cohort_batches, schema_of
    from ..library.read import read_library
    from .main import form_of

    if output is None:
        raise RequestError([Problem("-o", "is missing.", "Name a file: -o cohort.parquet, .arrow or .csv.")])
    form = form_of(output, FORMS)
    library = read_library()
    recipe = read_recipe(library)
    schema = schema_of(recipe, seed, library.digest)
    with click.progressbar(length=rows, label="patients", file=sys.stderr) as bar:
        batches = counted(cohort_batches(recipe, rows, seed, schema), bar.update)
        size = write_whole(output, file_bytes(batches, schema, form))
    say(f"wrote {output} ({rows:,} synthetic patients, {size:,} bytes)")


def counted(batches: Iterable[Any], count: Callable[[int], None]) -> Iterator[Any]:
    """The batches, each counted before it is passed on."""
    for batch in batches:
        count(batch.num_rows)
        yield batch
