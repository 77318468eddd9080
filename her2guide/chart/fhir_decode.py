"""The text of a FHIR file -> its resources, each decoded straight into its struct.

In: JSON: a Bundle, a list of resources, one resource. Out: a record for each, also for what cannot be decoded.
It does not know what any of them means. Elements that no struct names are skipped, not built.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Raw, Struct

from ..documents import Unreadable, read_json
from ..errors import ChartError
from .fhir_structs import KINDS, Known, Resource


class Record(Struct, frozen=True, gc=False):
    """One resource with its place; `item` is None for a kind that is not used, or with a `fault`."""

    where: str
    kind: str
    raw: Raw | bytes
    item: Resource | None
    url: str = ""
    fault: str = ""


class Entry(Struct, frozen=True, gc=False):
    fullUrl: str | None = None
    resource: Raw = Raw()


class Loose(Struct, frozen=True, gc=False):
    """A resource of which nothing is sure."""

    resourceType: Raw = Raw()
    id: Raw = Raw()
    entry: Raw = Raw()


class Named(Struct, frozen=True, gc=False):
    """A resource of a kind that is not used."""

    resourceType: str = ""
    id: str = ""


class Head(Struct, frozen=True, gc=False):
    resourceType: str | None = None
    id: str | None = None
    entry: Sequence[Entry] = ()


KNOWN = msgspec.json.Decoder(Known)
HEAD = msgspec.json.Decoder(Head | list[Raw])
NAMED = msgspec.json.Decoder(Named)
NOT_JSON = (msgspec.DecodeError, RecursionError)  # a ValidationError is a DecodeError too
LOOSE = msgspec.json.Decoder(Loose)
ENTRY = msgspec.json.Decoder(Entry)
FRAME = msgspec.json.Decoder(dict[str, Raw])
ENTRIES = msgspec.json.Decoder(list[dict[str, Raw]])
RAWS = msgspec.json.Decoder(list[Raw])


def fhir_rows(text: str | bytes) -> list[Entry] | None:
    """Every resource of a file, still as text; None where the file is not FHIR, or no JSON at all."""
    try:
        found = HEAD.decode(text)
    except msgspec.ValidationError:
        return loose_rows(text)
    except NOT_JSON:
        return None
    if isinstance(found, list):
        return [Entry(None, raw) for raw in found] if found and is_resource(found[0]) else None
    if found.resourceType is None:
        return None
    return list(found.entry) if found.resourceType == "Bundle" else [Entry(None, Raw(as_bytes(text)))]


def as_bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def is_resource(raw: Raw) -> bool:
    try:
        return bool(bytes(LOOSE.decode(raw).resourceType))
    except NOT_JSON:
        return False


def loose_rows(text: str | bytes) -> list[Entry] | None:
    """The same for a file whose frame has slips: what stands in a list of entries is still read."""
    try:
        found = LOOSE.decode(text)
    except NOT_JSON:
        return None
    if bytes(found.resourceType) != b'"Bundle"':
        return [Entry(None, Raw(as_bytes(text)))] if bytes(found.resourceType) else None
    try:
        return [loose_entry(raw) for raw in RAWS.decode(found.entry)]
    except NOT_JSON:
        return []


def loose_entry(raw: Raw) -> Entry:
    try:
        return ENTRY.decode(raw)
    except NOT_JSON:
        return Entry(None, raw)


def record_of(raw: Raw | bytes, place: str, url: str | None = None, *, named: bool = True) -> Record:
    """One resource decoded. `place` names it where it has no id, or always if it is not to be `named` by its own."""
    try:
        item = KNOWN.decode(raw)
    except msgspec.ValidationError as fault:
        return not_decoded(raw, place, str(fault))
    except NOT_JSON as fault:
        return Record(place, "", raw, None, fault=f"it is not valid JSON: {fault}")
    kind = type(item).__name__
    return Record(f"{kind}/{item.id}" if named and item.id else place, kind, raw, item, url or "")


def not_decoded(raw: Raw | bytes, place: str, fault: str) -> Record:
    """A kind that is not used, or one whose elements are not what they should be."""
    kind, name = kind_and_id(raw)
    where = f"{kind}/{name}" if kind and name else place
    return Record(where, kind, raw, None, fault=f"it cannot be read: {fault}" if kind in KINDS else "")


def kind_and_id(raw: Raw | bytes) -> tuple[str, str]:
    try:
        named = NAMED.decode(raw)
    except NOT_JSON:
        pass
    else:
        return named.resourceType, named.id
    try:
        found = LOOSE.decode(raw)
    except NOT_JSON:
        return "", ""
    return as_text(found.resourceType), as_text(found.id)


def as_text(raw: Raw) -> str:
    try:
        return msgspec.json.decode(raw, type=str)
    except NOT_JSON:
        return ""


def refuse_repeated_frame_keys(text: str | bytes, source: str) -> None:
    """Raise `Unreadable` where a key stands twice around the resources: decoding would keep one and drop the other.

    The frame is taken apart and written again, the resources in it untouched: with a key less, it is read slowly.
    """
    raw = as_bytes(text)
    if raw.lstrip().startswith(b"["):
        return  # a list has no keys of its own
    with contextlib.suppress(*NOT_JSON):
        frame: dict[str, Any] = FRAME.decode(raw)
        if "entry" in frame:
            frame["entry"] = ENTRIES.decode(frame["entry"])
        if is_whole(raw, frame):
            return
    read_json(raw.decode(), source)


def is_whole(raw: bytes, data: Any) -> bool:
    """Whether data written again has as many colons as its text: a key that was dropped took one with it."""
    return b"\\u" not in raw and msgspec.json.encode(data).count(b":") == raw.count(b":")


def refuse_repeated_keys(record: Record, source: str) -> None:
    """Raise `ChartError` where a key stands twice in one object: which of the two is meant is not ours to pick.

    Decoding keeps one of them. Built and written again, such a record has fewer keys: only then is it read slowly.
    """
    raw = bytes(record.raw)
    with contextlib.suppress(*NOT_JSON):
        if is_whole(raw, msgspec.json.decode(raw)):
            return
    try:
        read_json(raw.decode(), f"{source}: {record.where}")
    except Unreadable as fault:
        raise ChartError([fault.problem]) from None
