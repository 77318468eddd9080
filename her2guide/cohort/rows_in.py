"""A batch of Arrow rows -> what is known of each fact in every row, as the kernel has it.

In: a record batch whose columns are named after facts, NULL where unknown. Out: a column of planes or numbers for each
fact that is there; or every column that cannot be read, with its first bad row. No row becomes a Python object:
bitmaps and values are taken from the buffers of Arrow, texts are understood once for each different one.
It does not know where the batch came from.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..errors import Problem, RequestError, nearest
from ..language.typed import NotAValue, typed_value
from ..model.condition import Value
from ..model.fact import Fact
from .columns import NUMBERS, Coded, Column, Numbers
from .planes import Plane, Rows

PATIENT = "patient"
DAYS = ("diagnosis_date", "recorded_on")
HEADS = (PATIENT, *DAYS, "site", "synthetic")  # columns that are no facts
BLANK = ("", "unknown")
DAMAGED = "The file is damaged: make it anew."
MOST_AT_ONCE = 64
# Decimals that count: as `language.typed` rounds, and as many as 32 bits can tell apart in what is measured here.
DIGITS = {pa.float64(): 6, pa.float32(): 4}


class NotRead(Exception):
    """`row` of a column, counted from 0, cannot be read: `what` is wrong, `do` says what to write instead."""

    def __init__(self, row: int | None, what: str, do: str) -> None:
        super().__init__(what)
        self.row, self.what, self.do = row, what, do


def check_header(schema: pa.Schema, facts: Collection[str], keep: Collection[str] = ()) -> None:
    """Raises `RequestError` for a table without patients, and for each column that is no fact or stands twice."""
    problems = []
    names = schema.names
    if PATIENT not in names:
        problems.append(Problem("table", f"has no column `{PATIENT}`.", "Name the column of the patients' ids so."))
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            problems.append(Problem(f"column {name}", "stands twice.", "Rename one."))
        if name not in facts and name not in HEADS and name not in keep:
            hint = nearest(name, (*facts, *HEADS)) or "`her2guide facts` lists them; --keep passes a column on."
            problems.append(Problem(f"column {name}", "is no fact.", hint))
    problems += [Problem("--keep", f"there is no column `{name}`.", nearest(name, names)) for name in keep
                 if name not in names]  # fmt: skip
    if problems:
        raise RequestError(problems)


def columns_of(batch: pa.RecordBatch, facts: Mapping[str, Fact], first: int = 0) -> dict[str, Column]:
    """The columns of the facts in a batch; `first` is the number of rows before it, for what is told of bad rows.

    Raises `RequestError` with the first bad row of every column that has one.
    """
    rows = Rows(batch.num_rows)
    columns: dict[str, Column] = {}
    problems = []
    for name, array in zip(batch.schema.names, batch.columns, strict=True):
        if name not in facts or pa.types.is_null(array.type):
            continue
        try:
            columns[name] = column_of(facts[name], plain(array), rows)
        except NotRead as fault:
            where = f"column {name}" if fault.row is None else f"column {name}, row {first + fault.row + 1}"
            problems.append(Problem(where, fault.what, fault.do))
    if problems:
        raise RequestError(problems)
    return columns


def plain(array: pa.Array) -> pa.Array:
    """The array in a type that is read here. Raises `NotRead` for text or codes whose buffers are damaged."""
    kind = array.type
    if isinstance(array, pa.ExtensionArray):
        return plain(array.storage)
    if pa.types.is_dictionary(kind):
        if pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type):
            return array
        if pa.types.is_string_view(kind.value_type):
            return pa.DictionaryArray.from_arrays(array.indices, array.dictionary.cast(pa.string()))
        return plain(array.cast(kind.value_type))
    if pa.types.is_string_view(kind):
        return array.cast(pa.string())
    if pa.types.is_decimal(kind):
        return array.cast(pa.float64())
    return array


def column_of(fact: Fact, array: pa.Array, rows: Rows) -> Column:
    if fact.kind in NUMBERS:
        return numbers_of(fact, array, rows)
    if fact.kind == "yes_no" and pa.types.is_boolean(array.type):
        known = validity(array, rows)
        true = plane_of(array.buffers()[1], array.offset, rows) & known
        return Coded({True: true, False: known & ~true}, known, rows.none)
    if pa.types.is_dictionary(array.type):
        return coded(fact, array, rows)
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        whole(array)
    elif not pa.types.is_integer(array.type) and not pa.types.is_boolean(array.type):
        raise NotRead(None, f"its type {array.type} holds no values of `{fact.id}`.", "Write them as text.")
    return coded(fact, array.dictionary_encode(), rows)


def coded(fact: Fact, array: pa.DictionaryArray, rows: Rows) -> Coded:
    """The rows of each code. What the dictionary holds beside is a fault only where a row has it."""
    known, indices = validity(array, rows), values_in(array, array.type.index_type)
    texts = array.dictionary.to_pylist()
    outside = outside_of(indices, len(texts), known, rows)
    if outside.any():
        raise NotRead(first_in(outside, rows), "its code is not in the dictionary.", DAMAGED)
    planes: dict[Value, Plane] = {}
    for text, plane in zip(texts, planes_of(indices, len(texts), known, rows), strict=True):
        if blank(text):
            known = rows.less(known, plane)
        elif plane.any():
            value = understood(fact, text, plane, rows)
            planes[value] = planes[value] | plane if value in planes else plane
    return Coded(planes, known, rows.none)


def planes_of(indices: NDArray[Any], count: int, known: Plane, rows: Rows) -> Iterable[Plane]:
    """The rows of each index; one after the other where there are many, since most such columns end at a bad one."""
    if count <= MOST_AT_ONCE:
        return planes_by_bits(indices, count, known, rows)
    return (rows.both(rows.pack(indices == index), known) for index in range(count))


def planes_by_bits(indices: NDArray[Any], count: int, known: Plane, rows: Rows) -> list[Plane]:
    """The known rows of each index below `count`, by halves: a packing for each bit of an index costs the least."""
    planes = [known]
    for bit in reversed(range(max(count - 1, 0).bit_length())):
        ones = rows.pack((indices & indices.dtype.type(1 << bit)).astype(bool))
        planes = [half for plane in planes for half in (rows.less(plane, ones), rows.both(plane, ones))]
    return planes[:count]


def outside_of(indices: NDArray[Any], count: int, known: Plane, rows: Rows) -> Plane:
    """The rows whose index is not in the dictionary: in a damaged file it can be anything."""
    if indices.size == 0 or (indices.min() >= 0 and indices.max() < count):
        return rows.none
    return known & rows.pack((indices < 0) | (indices >= count))


MOST_AT_ONCE = 64


def blank(text: Any) -> bool:
    return text is None or (isinstance(text, str) and text.strip().lower() in BLANK)


def understood(fact: Fact, raw: Any, plane: Plane, rows: Rows) -> Value:
    """The typed value of what stands in some rows. Raises `NotRead` with the first of them."""
    try:
        return typed_value(fact, raw)
    except NotAValue as fault:
        raise NotRead(first_in(plane, rows), fault.what, fault.do) from None


def numbers_of(fact: Fact, array: pa.Array, rows: Rows) -> Numbers:
    """The numbers, each looked at: NaN, infinity, fractions of whole numbers and what is out of range are refused."""
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type) or pa.types.is_dictionary(array.type):
        array = numbers_in_text(fact, array)
    if not pa.types.is_integer(array.type) and array.type not in DIGITS:
        raise NotRead(None, f"its type {array.type} is no number for `{fact.id}`.", f"Write it in {fact.unit}.")
    known, values = validity(array, rows), values_in(array, array.type)
    good = np.isfinite(values) if fact.range is None else (values >= fact.range.low) & (values <= fact.range.high)
    if fact.kind == "integer" and pa.types.is_floating(array.type):
        good &= values == np.rint(values)
    bad = known & ~rows.pack(good)
    if bad.any():
        understood(fact, values[first_in(bad, rows)].item(), bad, rows)
    if array.type in DIGITS:
        values = np.round(values.astype(np.float64, copy=False), DIGITS[array.type])
    return Numbers(values, known, rows.none)


def numbers_in_text(fact: Fact, array: pa.Array) -> pa.Array:
    """Numbers that are written as text, as in CSV; blank is unknown."""
    if not pa.types.is_dictionary(array.type):
        whole(array)
    texts = pc.utf8_trim_whitespace(array.cast(pa.string()))
    texts = pc.if_else(pc.is_in(pc.utf8_lower(texts), pa.array(BLANK)), None, texts)
    number = pc.fill_null(pc.match_substring_regex(texts, r"^[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$"), True)
    if not pc.all(number).as_py() and len(number):
        row = pc.index(number, False).as_py()
        raise NotRead(row, f"'{texts[row].as_py()[:60]}' is not a number for `{fact.id}`.", f"Write it in {fact.unit}.")
    return pc.cast(texts, pa.float64())


def whole(array: pa.Array) -> None:
    """Raises `NotRead` for text whose offsets or letters are damaged: reading on could leave the buffer."""
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        raise NotRead(None, "its text is damaged.", DAMAGED) from None


def validity(array: pa.Array, rows: Rows) -> Plane:
    """The rows that are not null."""
    return plane_of(array.buffers()[0], array.offset, rows)


def plane_of(bits: pa.Buffer | None, offset: int, rows: Rows) -> Plane:
    """A bitmap of Arrow as a plane, without a copy where it fills whole words; no bitmap stands for all rows."""
    if bits is None or rows.count == 0:
        return rows.all
    if offset % 64 == 0 and rows.count % 64 == 0:
        return np.frombuffer(bits, np.uint64, rows.none.size, offset // 8)
    byte, bit = divmod(offset, 8)
    packed = np.frombuffer(bits, np.uint8, (bit + rows.count + 7) // 8, byte)
    if bit:
        flags = np.unpackbits(packed, count=bit + rows.count, bitorder="little")[bit:]
        return rows.pack(flags.astype(bool))
    plane = np.zeros_like(rows.none)
    plane.view(np.uint8)[: packed.size] = packed
    return plane & rows.all


def values_in(array: pa.Array, kind: pa.DataType) -> NDArray[Any]:
    """The values of a fixed width as they stand in their buffer; null rows hold anything."""
    letter = "f" if pa.types.is_floating(kind) else "i" if pa.types.is_signed_integer(kind) else "u"
    dtype = np.dtype(f"{letter}{kind.bit_width // 8}")
    if len(array) == 0:
        return np.empty(0, dtype)
    return np.frombuffer(array.buffers()[1], dtype, len(array), array.offset * dtype.itemsize)


def first_in(plane: Plane, rows: Rows) -> int:
    return int(rows.unpack(plane).argmax())
