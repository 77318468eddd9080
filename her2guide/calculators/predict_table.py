"""PREDICT Breast over a table: a batch of rows in, the same rows with survival by arm out.

In: Arrow batches with the columns of `Patients`; an empty cell is unknown. Out: the identifying columns, `refused` with
the reason where a row lies outside the model's domain, and percentages by arm and year, empty where refused.
It guesses nothing: only detection, grade, HER2, Ki-67 and PR may be unknown, as in the published model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..errors import Problem, RequestError, nearest
from .predict import UNKNOWN, Course, Numbers, Patients, Predict, letters
from .predict_model import Domain, read_predict

MAY_BE_UNKNOWN = {
    "screen": 2.0,
    "grade": 9.0,
    "her2": 9.0,
    "ki67": 9.0,
    "pr": 9.0,
}  # with the package's own code for it
CHOICES = {
    "screen": (0, 1),
    "grade": (1, 2, 3),
    "chemotherapy": (0, 2, 3),
    **dict.fromkeys(("er", "her2", "ki67", "pr", "hormone", "trastuzumab", "bisphosphonate"), (0, 1)),
    **dict.fromkeys(("radiotherapy", "smoker"), (0, 1)),
}
OUTSIDE = {  # columns that a table may have: a 1 puts the patient outside the population that the model is of
    "male": "the model is of women",
    "neoadjuvant": "treatment before surgery was given",
    "metastatic": "the cancer has spread",
}
NAMES = Patients.__struct_fields__
ARMS = ("s", "r", "rh", "rhc", "rhct", "rhctb")
AT_YEARS = (5, 10, 15)
DIGITS = 6


def check_columns(names: Sequence[str], place: str) -> None:
    """Raise `RequestError` where a table lacks a column of the model."""
    problems = [
        Problem(place, f"the column `{name}` is missing.", nearest(name, [n for n in names if n not in NAMES]))
        for name in NAMES
        if name not in names
    ]
    if problems:
        raise RequestError(problems)


def predicted(
    batches: Iterable[pa.RecordBatch], arms: Sequence[str], version: str | None = None, year: int | None = None
) -> Iterator[pa.RecordBatch]:
    """Survival and deaths in percent, and the gain in survival from arm to arm, for each row of each batch."""
    for arm in arms:
        letters(arm)
    for batch in batches:
        columns, refused = read(batch)
        kept = np.flatnonzero(refused == "")
        patients = Patients(**{name: column[kept] for name, column in columns.items()})
        model = Predict(patients, version, year)
        found = percentages({arm: model.course(arm) for arm in arms})
        others = {name: batch[name] for name in batch.schema.names if name not in NAMES}
        reasons = pa.array(refused.tolist(), pa.string())
        yield pa.record_batch(
            {
                **others,
                "refused": reasons,
                **{name: spread(value, kept, batch.num_rows) for name, value in found.items()},
            }
        )


def percentages(courses: dict[str, Course]) -> dict[str, Numbers]:
    """Percent alive, dead of breast cancer and of other causes at 5, 10, 15 years, and the gain on the arm before."""
    found: dict[str, Numbers] = {}
    before: Course | None = None
    for arm, course in courses.items():
        for at in AT_YEARS:
            found[f"alive_{arm}_{at}"] = 100 * course.alive[:, at - 1]
            found[f"breast_{arm}_{at}"] = 100 * course.breast[:, at - 1]
            found[f"other_{arm}_{at}"] = 100 * course.other[:, at - 1]
            if before:
                found[f"gain_{arm}_{at}"] = 100 * (course.alive - before.alive)[:, at - 1]
        before = course
    return found


def spread(values: Numbers, kept: NDArray[np.intp], rows: int) -> pa.Array:
    """The values of the rows that were kept, with empty cells for the others."""
    whole, empty = np.zeros(rows), np.ones(rows, bool)
    whole[kept], empty[kept] = np.round(values, DIGITS), False
    return pa.array(whole, mask=empty)


def read(batch: pa.RecordBatch) -> tuple[dict[str, Numbers], NDArray[np.object_]]:
    """The columns as numbers, and for each row why it is refused, or nothing."""
    domain = read_predict().domain
    refused = np.full(batch.num_rows, "", object)
    columns = {name: numbers(batch, name) for name in NAMES}
    no_radiotherapy = columns["radiotherapy"] == 0
    columns["heart_gy"] = np.where(no_radiotherapy, 0.0, columns["heart_gy"])  # a dose without radiotherapy is none
    for name, values in columns.items():
        if name in MAY_BE_UNKNOWN:
            values[np.isnan(values) | (values == MAY_BE_UNKNOWN[name])] = UNKNOWN
        note(refused, np.isnan(values), f"{name} is unknown")
        note(refused, ~inside(name, values, domain), f"{name} is outside the model")
    for name, why in OUTSIDE.items():
        if name in batch.schema.names:
            note(refused, numbers(batch, name) == 1, why)
    return columns, refused


def inside(name: str, values: Numbers, domain: Domain) -> NDArray[np.bool_]:
    """Whether a value is one that the model knows."""
    if name in CHOICES:
        known = [*CHOICES[name], *([UNKNOWN] if name in MAY_BE_UNKNOWN else [])]
        return np.isin(values, known) | np.isnan(values)
    low, high = getattr(domain, name)
    within: NDArray[np.bool_] = ((values >= low) & (values <= high)) | np.isnan(values)
    if name == "nodes":
        within &= (values == 0.5) | (values == np.floor(values)) | np.isnan(values)  # noqa: PLR2004 - micrometastases
    return within


def numbers(batch: pa.RecordBatch, name: str) -> Numbers:
    """A column as numbers, NaN where empty. Raises `RequestError` where it holds anything else."""
    try:
        values = pc.cast(batch[name], pa.float64())
    except pa.ArrowInvalid as fault:
        raise RequestError(
            [Problem(f"column {name}", f"{fault}.", "Give numbers; leave unknown cells empty.")]
        ) from None
    found: Numbers = values.to_numpy(zero_copy_only=False).copy()
    return found


def note(refused: NDArray[np.object_], where: NDArray[np.bool_], why: str) -> None:
    """The first reason stands."""
    refused[where & (refused == "")] = why
