"""What Arrow holds is what the kernel is told: every type, offset and length; and what is refused, with its place."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from her2guide.cohort.columns import Coded, Column, Numbers
from her2guide.cohort.planes import Rows
from her2guide.cohort.rows_in import check_header, columns_of
from her2guide.errors import RequestError
from her2guide.library.library import Library

Make = Callable[[list[Any]], pa.Array]
CODES = ["premenopausal", None, "postmenopausal", "not_applicable", "postmenopausal"]
GRADES = ["1", None, "3", "2", "3"]
FLAGS = [True, None, False, False, True]
FIGURES = [2.5, None, 0.0, 199.1, 19.999]
COUNTS = [3, None, 0, 1, 2]


def as_type(kind: pa.DataType) -> Make:
    return lambda values: pa.array(values, kind)


def written(values: list[Any]) -> pa.Array:
    return pa.array([None if value is None else f" {value} " for value in values])


def decimals(values: list[Any]) -> pa.Array:
    return pa.array([None if v is None else Decimal(str(v)) for v in values], pa.decimal128(12, 6))


def coded(index: pa.DataType, text: pa.DataType) -> Make:
    return lambda values: pa.array(values, text).dictionary_encode().cast(pa.dictionary(index, text))


def with_null_in_dictionary(values: list[Any]) -> pa.Array:
    words = ["never used", None, *dict.fromkeys(value for value in values if value is not None)]
    return pa.DictionaryArray.from_arrays(pa.array([words.index(v) for v in values], pa.int8()), pa.array(words))


def said_otherwise(values: list[Any]) -> pa.Array:
    """Labels, other letter case, blanks and `unknown` are understood as in a chart."""
    words = {None: "unknown", True: "Yes", False: "no", "1": "G1"}
    return pa.array([words.get(v, v.upper() if isinstance(v, str) else v) for v in values] + [""])[:-1]


TEXT_FORMS: list[Make] = [
    as_type(pa.string()), as_type(pa.large_string()), as_type(pa.string_view()), coded(pa.int8(), pa.string()),
    coded(pa.uint32(), pa.string()), coded(pa.int32(), pa.large_string()), with_null_in_dictionary, said_otherwise,
]  # fmt: skip
HELD: list[tuple[str, list[Any], list[Make]]] = [
    ("menopausal_status", CODES, TEXT_FORMS),
    ("grade", GRADES, TEXT_FORMS),
    ("grade", GRADES, [lambda values: pa.array([None if v is None else int(v) for v in values], pa.int16())]),
    ("pregnant", FLAGS, [as_type(pa.bool_()), said_otherwise]),
    ("tumour_size", FIGURES, [as_type(pa.float64()), as_type(pa.float32()), decimals, written]),
    ("lvef", [50, None, 60, 55, 40], [as_type(pa.int8()), as_type(pa.uint64()), written]),
    ("positive_nodes", COUNTS, [as_type(kind) for kind in (pa.int8(), pa.uint16(), pa.int64(), pa.float64())]),
    ("positive_nodes", COUNTS, [written, coded(pa.int8(), pa.int64())]),
]  # fmt: skip
FORMS = [(fact, values, make) for fact, values, makes in HELD for make in makes]


def values_in(column: Column, count: int) -> list[Any]:
    rows = Rows(count)
    if isinstance(column, Numbers):
        present = rows.unpack(column.present)
        return [float(number) if known else None for number, known in zip(column.numbers, present, strict=True)]
    assert isinstance(column, Coded)
    found: list[Any] = [None] * count
    for value, plane in column.values.items():
        for row in np.flatnonzero(rows.unpack(plane)):
            assert found[row] is None, "two values in one row"
            found[row] = value
    assert [value is not None for value in found] == list(rows.unpack(column.present))
    return found


@pytest.mark.parametrize(("fact", "values", "make"), FORMS)
@pytest.mark.parametrize(("offset", "count"), [(0, 320), (64, 128), (3, 61), (8, 200), (65, 255), (319, 1), (0, 0)])
def test_every_form_of_arrow(
    library: Library, fact: str, values: list[Any], make: Make, offset: int, count: int
) -> None:
    whole = make(values * 64)
    batch = pa.record_batch({fact: whole.slice(offset, count)})
    expected = (values * 64)[offset : offset + count]
    assert values_in(columns_of(batch, library.facts)[fact], count) == expected


def test_columns_of_nulls_are_no_columns(library: Library) -> None:
    assert columns_of(pa.record_batch({"grade": pa.nulls(3)}), library.facts) == {}


def damaged_codes() -> pa.Array:
    indices = pa.array([0, 1, 0, 9], pa.int8())
    return pa.DictionaryArray.from_arrays(indices, pa.array(["1", "2"]), safe=False)


def damaged_text() -> pa.Array:
    offsets = pa.array([0, 999_999, 2, 3], pa.int32())
    return pa.Array.from_buffers(pa.string(), 3, [None, offsets.buffers()[1], pa.py_buffer(b"123")])


NAN, INFINITY = float("nan"), float("inf")
REFUSED = [
    ("grade", pa.array(["1", "4"]), "column grade, row 102: '4' is not a value of `grade`. It has: 1, 2, 3."),
    ("menopausal_status", pa.array(["postmenopausl"]), "Did you mean postmenopausal?"),
    ("grade", pa.array([1.0]), "column grade: its type double holds no values of `grade`."),
    ("grade", pa.array([True]), "row 101: True is not a value of `grade`."),
    ("pregnant", pa.array([0, 1]), "row 101: 0 does not answer `pregnant`. Write yes or no"),
    ("pregnant", pa.array(["maybe"]), "'maybe' does not answer `pregnant`."),
    ("lvef", pa.array([55, 400]), "row 102: 400 % is outside the range of `lvef`"),
    ("lvef", pa.array([55, NAN]), "row 102: nan is not a number for `lvef`."),
    ("lvef", pa.array([55, None, -INFINITY]), "row 103: -inf is not a number for `lvef`."),
    ("lvef", pa.array(["55", "fifty"]), "row 102: 'fifty' is not a number for `lvef`. Write it in %."),
    ("lvef", pa.array(["nan"]), "'nan' is not a number for `lvef`."),
    ("lvef", pa.array([55.0], pa.float16()), "its type halffloat is no number for `lvef`."),
    ("lvef", pa.array([True]), "its type bool is no number for `lvef`."),
    ("ecog", pa.array([1.0, 1.5]), "row 102: 1.5 is not a whole number for `ecog`."),
    ("ecog", pa.array([[1]]), "its type list<item: int64> is no number for `ecog`."),
    ("grade", damaged_codes(), "row 104: its code is not in the dictionary. The file is damaged"),
    ("grade", damaged_text(), "column grade: its text is damaged."),
    ("lvef", damaged_text(), "column lvef: its text is damaged."),
]


@pytest.mark.parametrize(("fact", "array", "says"), REFUSED)
def test_what_is_refused(library: Library, fact: str, array: pa.Array, says: str) -> None:
    with pytest.raises(RequestError) as fault:
        columns_of(pa.record_batch({fact: array}), library.facts, first=100)
    assert says in str(fault.value)
    assert len(fault.value.problems) == 1


def test_what_stands_where_nothing_is_known_means_nothing(library: Library) -> None:
    """Arrow says nothing of the value of a null: here it is one that would be refused."""
    values, valid = np.array([NAN, 55.0]), pa.py_buffer(np.packbits([False, True], bitorder="little"))
    array = pa.Array.from_buffers(pa.float64(), 2, [valid, pa.py_buffer(values)])
    assert values_in(columns_of(pa.record_batch({"lvef": array}), library.facts)["lvef"], 2) == [None, 55.0]


def test_every_bad_column_is_told(library: Library) -> None:
    batch = pa.record_batch({"grade": pa.array(["1", "9"]), "lvef": pa.array([1, 60]), "ecog": pa.array([1, 2])})
    with pytest.raises(RequestError) as fault:
        columns_of(batch, library.facts)
    assert [problem.where for problem in fault.value.problems] == ["column grade, row 2", "column lvef, row 1"]


def test_many_different_texts_end_at_the_first(library: Library) -> None:
    words = pa.array(["1", *(f"name {number}" for number in range(1000))])
    with pytest.raises(RequestError, match="column grade, row 2: 'name 0' is not a value"):
        columns_of(pa.record_batch({"grade": words}), library.facts)


@pytest.mark.parametrize(
    ("names", "keep", "says"),
    [
        (["patient", "grad"], [], ["column grad: is no fact. Did you mean grade?"]),
        (["grade"], [], ["table: has no column `patient`."]),
        (["patient", "grade", "grade"], [], ["column grade: stands twice."]),
        (["patient", "given"], ["giver"], ["column given: is no fact.", "--keep: there is no column `giver`. Did you"]),
        (["patient", "given", "site", "synthetic", "diagnosis_date"], ["given"], []),
    ],
)
def test_the_header(library: Library, names: list[str], keep: list[str], says: list[str]) -> None:
    schema = pa.schema([(name, pa.string()) for name in names])
    if not says:
        check_header(schema, library.facts, keep)
        return
    with pytest.raises(RequestError) as fault:
        check_header(schema, library.facts, keep)
    for problem, said in zip(fault.value.problems, says, strict=True):
        assert str(problem).startswith(said)
