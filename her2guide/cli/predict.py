"""The command `predict`: PREDICT Breast over a table.

In: a CSV or Parquet table with the columns of the model. Out: the same rows with survival by arm, and how many rows
were refused and why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import click

from ..errors import Problem, RequestError
from ..whole_files import write_whole
from .options import output_option
from .output import say

ROWS = 1 << 16


@click.command()
@click.argument("table", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--arms", default="s,r,rh,rhc,rhct,rhctb", show_default=True, help="Treatments given, arm by arm.")
@click.option("--model-version", default=None, help="2.1 to 3.2; the newest if none.")
@click.option(
    "--year",
    type=click.IntRange(1990, 2030),
    default=None,
    help="The calendar year of the equations: 2017 as in the original.",
)
@output_option("The file to write: .csv, .parquet or .arrow.")
def predict(table: Path, arms: str, model_version: str | None, year: int | None, output: Path | None) -> None:
    """Survival after surgery by the published PREDICT Breast equations, for every row of a table.

    Not the official tool. Arms are letters in this order: r radiotherapy, h hormone therapy for 5 years (h10: for
    10), c chemotherapy, t trastuzumab, b bisphosphonate; s is surgery alone. No advice is made of it.
    """
    from ..calculators.predict_model import read_predict
    from ..calculators.predict_table import predicted
    from ..cohort.file_out import FORMS, file_bytes
    from .main import form_of

    if output is None:
        raise RequestError([Problem("-o", "is missing.", "Name a file: -o survival.csv, .parquet or .arrow.")])
    form = form_of(output, FORMS)
    read_predict().version(model_version)
    tally: Counter[str] = Counter()
    found = counted(predicted(read_batches(table), arms.split(","), model_version, year), tally)
    first = next(found, None)
    if first is None:
        raise RequestError([Problem(str(table), "it holds no rows.", "Give a table with patients.")])
    size = write_whole(output, file_bytes(chain([first], found), first.schema, form))
    rows = tally.total()
    say(f"wrote {output} ({rows:,} patients, {rows - tally['']:,} of them refused, {size:,} bytes)")
    for why, count in tally.most_common():
        if why:
            say(f"  {count:>9,} {why}")
    say(read_predict().caution)


def read_batches(table: Path) -> Iterator[Any]:
    """The rows of a CSV or Parquet file, some at a time."""
    import pyarrow as pa
    from pyarrow import csv, parquet

    from ..calculators.predict_table import NAMES, OUTSIDE, check_columns

    try:
        if table.suffix == ".parquet":
            file = parquet.ParquetFile(table)
            check_columns(file.schema_arrow.names, str(table))
            yield from file.iter_batches(ROWS)
        else:
            types = dict.fromkeys((*NAMES, *OUTSIDE), pa.float64())
            convert = csv.ConvertOptions(column_types=types, null_values=["", "NA"], strings_can_be_null=True)
            with csv.open_csv(table, convert_options=convert) as reader:
                check_columns(reader.schema.names, str(table))
                yield from (batch for batch in reader if batch.num_rows)
    except (pa.ArrowInvalid, OSError) as fault:
        raise RequestError(
            [Problem(str(table), f"{fault}.".replace("..", "."), "Give a CSV or Parquet table.")]
        ) from None


def counted(batches: Iterable[Any], tally: Counter[str]) -> Iterator[Any]:
    for batch in batches:
        tally.update(batch["refused"].to_pylist())
        yield batch
